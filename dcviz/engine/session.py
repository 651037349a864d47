"""One sitting of a training: data, device, snapshots, events; what is left when it ends is the run folder."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from dcviz.data.dataset import DataError, Dataset
from dcviz.data.download import telling
from dcviz.data.loading import load
from dcviz.engine import several
from dcviz.engine.control import FileControl
from dcviz.engine.devices import cpu_count
from dcviz.engine.endings import Ending
from dcviz.engine.lease import leased, own_share, shortest_queue
from dcviz.engine.probe import Probe, probe_for
from dcviz.engine.recorder import M_MAX, Recorder
from dcviz.engine.reporter import Reporter
from dcviz.engine.warned import kept_warnings
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.runs.errors import RunError
from dcviz.runs.files import write_bytes
from dcviz.runs.process import started_at
from dcviz.runs.writer import RunWriter

Fit = Callable[..., Iterator[Any]]
Listed = Callable[[dict[str, Any]], None]


class Session:
    """One sitting of a training on one run folder, whose lock the caller holds.

    Args:
        run: the folder.
        writer: its pen.
        reporter: its pulse.
        listed: called with each line of metrics.jsonl once it is on the disk.
        fit: stands in for `models.training.fit` in tests.
    """

    steering = FileControl
    keeping: Recorder | None = None

    def __init__(self, run: Run, writer: RunWriter, reporter: Reporter, listed: Listed, fit: Fit | None):
        self.run, self.writer, self.reporter, self.listed, self.fit = run, writer, reporter, listed, fit
        self.spec = run.spec
        self.control = self.steering(run.path / "control", changed=self.changed, moved=self.moved)
        self.control.forget(before=started_at())

    def log(self, text: str) -> None:
        """Append to log.txt; a disk that is full must not hide what went wrong."""
        try:
            with open(self.run.path / "log.txt", "a") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text.rstrip()}\n")
        except OSError:
            sys.stderr.write(f"{text}\n")

    def changed(self, state: str, epoch: int, batch: int) -> None:
        """The control halted the training or let it go on."""
        self.reporter.update(state=state)
        self.writer.event("pause" if state == "paused" else "continue", epoch=epoch, batch=batch)

    def moved(self, epoch: int, batch: int, batches: int) -> None:
        """Between two batches, and while paused: tell where it is; a disk that is full ends it here."""
        self.reporter.move(epoch, batch, batches)
        if self.keeping is not None:
            self.keeping.check()

    def train(self, start: str | None) -> Ending:
        """Read the data, wait for the device, train and record."""
        self.reporter.update(message="reading the data")
        data = self.read_data()
        device = self.device()
        self.reporter.update(state="queued", device=device, message=f"waiting for {device}")
        with ExitStack() as leases:
            for each in several.devices_of(self.spec, device):
                leases.enter_context(leased(each, run=self.run.id, path=self.run.path, waiting=self.waiting))
            self.reporter.update(state="starting", message="starting torch")
            keep_to_share(device)
            self.log(
                f"{self.spec['method']} on {self.spec['dataset']} with {device} from {start or 'the start'}"
            )
            self.session(data, device, start)
        if self.control.stopping:
            self.writer.event("stop", epoch=self.reporter.status.get("epoch"))
            return Ending("stopped", "stopped; resume goes on from here")
        return Ending("finished", "")

    def read_data(self) -> Dataset:
        """Load the data set; store what pages need of it on the first start."""
        data = self.load()
        if (self.run.path / "data" / "facts.json").exists():
            if data.n != self.spec["n"]:
                raise DataError(
                    f"the data have changed: this run began with n = {self.spec['n']}, now n = {data.n}"
                )
            return data
        plane = data.x.astype("float32") * data.scale if data.input_dim == 2 else None
        self.writer.data(labels=data.labels, position=data.position, inputs=plane)
        self.store_sprites(data)
        self.writer.facts(
            {"n": data.n, "input_dim": data.input_dim, "image_shape": data.image_shape, "note": data.note,
             "class_names": list(data.class_names), "labeled": data.labels is not None}
        )  # fmt: skip
        return data

    def load(self) -> Dataset:
        """The data set as the run names it."""
        told = telling(lambda text: self.reporter.arrive(message=text))
        return load(self.spec["dataset"], progress=told, **(self.spec.get("dataset_options") or {}))

    def store_sprites(self, data: Dataset) -> None:
        """Thumbnails are an extra: without Pillow, training goes on without them."""
        from dcviz.data.sprites import sprite_files

        try:
            for name, content in sprite_files(data):
                write_bytes(self.run.path / "data" / name, content)
        except ImportError as error:
            self.log(f"no thumbnails: {error}")

    def device(self) -> str:
        """The very device: of several GPUs the one with the shortest queue."""
        asked = str(self.spec.get("device") or "cpu")
        if several.device_count(self.spec) > 1:
            return several.devices_of(self.spec, asked)[0]
        if asked != "cuda":
            return asked
        import torch

        count = torch.cuda.device_count()
        if not count:
            raise RunError(
                "this run asks for a CUDA device, and there is none here: branch it with device cpu"
            )
        return shortest_queue([f"cuda:{i}" for i in range(count)])

    def waiting(self, ahead: int) -> bool:
        """Show the place in the queue; a stop leaves it."""
        self.reporter.update(message=f"waiting for {self.reporter.status['device']}: {ahead} before this run")
        self.control.look()
        return not self.control.stopping

    def session(self, data: Dataset, device: str, start: str | None) -> None:
        """The training itself: snapshots go to the recorder as they come."""
        with self.recorder(data, start) as self.keeping, kept_warnings(self.warned, self.log):
            for snapshot in self.snapshots(data, device, start):
                self.note(snapshot)
                self.keeping.put(snapshot, graph=self.graph_of(snapshot, device))

    def recorder(self, data: Dataset, start: str | None) -> Recorder:
        """What writes the snapshots; after a resume with the clusters of the checkpoint."""
        recorder = Recorder(
            self.writer, labels=data.labels, clusters=int(self.spec["settings"].get("clusters") or 0),
            thresholds=Thresholds(**(self.spec.get("thresholds") or {})), listed=self.listed,
            probe=self.probe(data), telling=self.reporter.score,
        )  # fmt: skip
        if start is not None:
            self.continue_from(start, recorder)
        return recorder

    def warned(self, text: str) -> None:
        """Keep what the method warns of; a look at the end of an epoch comes before the next move."""
        now = self.reporter.status
        epoch, at_end = now.get("epoch"), now.get("batch", 0) + 1 == now.get("batches")
        self.writer.event("warning", epoch=None if epoch is None else epoch + at_end, text=text)

    def probe(self, data: Dataset) -> Probe | None:
        """What measures gradients beside the training: on a copy, with the labels, out of `fit`'s sight."""
        if several.device_count(self.spec) > 1:
            return None  # its copy would wait for ranks that do not measure
        return probe_for(self.spec, data, self.settings())

    def settings(self) -> Any:
        """The settings object of the run."""
        from models.catalog import method_entry
        from models.settings import make

        return make(method_entry(self.spec["method"]).settings, self.spec["settings"])

    def continue_from(self, key: str, recorder: Recorder) -> None:
        """Take up clusters and phase where the checkpoint was taken."""
        epoch = self.run.epoch(key)
        recorder.previous = self.run.assigned(key)
        self.reporter.update(phase=epoch.phase, phase_index=epoch.phase_index, epoch=epoch.epoch)
        self.writer.event("resume", epoch=epoch.position, key=key, listed=self.run.epochs()[-1].key)

    def snapshots(self, data: Dataset, device: str, start: str | None) -> Iterator[Any]:
        """`fit` on these data; the labels stay behind."""
        fit = self.fit or _torch_fit()
        return fit(
            self.spec["method"], data.x, scale=data.scale, image_shape=data.image_shape, device=device,
            **self.own(start),
        )  # fmt: skip

    def own(self, start: str | None) -> dict[str, Any]:
        """The arguments of `fit` that are this run's alone."""
        from models.schedule import Schedule
        from models.snapshot import Checkpoint

        parent = self.spec.get("parent") or {}
        return {
            "settings": self.settings(),
            "seed": int(self.spec.get("seed") or 0),
            "checkpoint": None if start is None else Checkpoint(*self.run.checkpoint(start)),
            "start_phase": self.spec.get("start_phase") if start == parent.get("key") else None,
            "control": several.leading(self.control, start),
            "schedule": Schedule(**(self.spec.get("schedule") or {})),
        }

    def graph_of(self, snapshot: Any, device: str) -> Any:
        """Neighbors found on the GPU, on the training thread: another would disturb a graph capture."""
        if not device.startswith("cuda"):
            return None
        import torch

        from models.neighbors import torch_neighbor_graph

        return torch_neighbor_graph(torch.from_numpy(snapshot.latents).to(device), m=M_MAX)

    def note(self, snapshot: Any) -> None:
        """Put phase and state into the status; a switch is an event at the epoch the old phase ended."""
        known, last = self.reporter.status.get("phase"), self.reporter.status.get("kept")
        fresh = {"state": "running", "message": ""} if self.reporter.status["state"] == "starting" else {}
        tell = self.reporter.update if fresh else self.reporter.arrive
        tell(
            phase=snapshot.phase, phase_index=snapshot.phase_index, epoch=snapshot.epoch,
            batch=snapshot.batch, kept=snapshot.epoch, **fresh,
        )  # fmt: skip
        if known is not None and known != snapshot.phase:
            self.writer.event("phase", epoch=last, old=known, new=snapshot.phase)


def keep_to_share(device: str) -> None:
    """Out of memory is then the fault, and the end, of the training that asked for too much."""
    if device.startswith("cuda") and own_share() < 1:
        import torch

        torch.cuda.set_per_process_memory_fraction(own_share(), torch.device(device))


def _torch_fit() -> Fit:
    import torch

    from models.training import fit

    torch.set_num_threads(max(1, cpu_count() - 1))
    return fit
