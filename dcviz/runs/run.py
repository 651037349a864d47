"""One training as a folder: what it was asked to do, how far it is, and every epoch it kept."""

import re
import shutil
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dcviz.runs.checkpoint import StoredCheckpoint, read_checkpoint
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_array, read_arrays, read_json
from dcviz.runs.graphs import found_again, read_graph
from dcviz.runs.lock import is_locked
from dcviz.runs.metrics import Epoch, JsonLines, Metrics, check_key, span
from dcviz.runs.notes import Notes
from dcviz.runs.shards import Pieces, read_latents
from dcviz.runs.status import ACTIVE, read_status
from dcviz.runs.tables import LABELS, table_of

if TYPE_CHECKING:
    from dcviz.geometry.neighbors import NeighborGraph
    from dcviz.geometry.table import ThresholdTable

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
M_MAX = 15
ACTIONS = ("pause", "continue", "step_epoch", "step_batch", "stop", "snapshot")


class Run(Notes):
    """A run folder, opened for looking.

    The folder's name is the run's id, so a copy under another name is another run. Reading is cheap to
    repeat: logs are parsed only as far as they grew. Nothing is ever unpickled.

    Args:
        path: the folder.
        read_only: refuse rename, tags, control and delete (the gallery).
    """

    def __init__(self, path: Path, *, read_only: bool = False):
        super().__init__(path, read_only=read_only)
        self._metrics = Metrics(self.path / "metrics.jsonl")
        self._events = JsonLines(self.path / "events.jsonl")

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def id(self) -> str:
        """Name of the folder."""
        return self.path.name

    @cached_property
    def _loaded(self) -> tuple[dict[str, Any], str | None]:
        try:
            spec = read_json(self.path / "run.json")
            missing = [name for name in ("method", "dataset") if not isinstance(spec.get(name), str)]
        except (RunError, AttributeError) as error:
            return {"id": self.id}, f"run.json: {error}"
        if missing:
            return {"id": self.id}, f"run.json does not say its {' and '.join(missing)}"
        if not ID.fullmatch(self.id):
            return spec, f"folder name {self.id!r}: rename it to letters, digits, '.', '_' and '-'"
        return spec, None

    @property
    def broken(self) -> str | None:
        """Why this folder cannot be used as a run, or None when it can."""
        return self._loaded[1]

    @property
    def spec(self) -> dict[str, Any]:
        """run.json, together with what the worker found out about the data (data/facts.json)."""
        spec, facts = self._loaded[0], self._facts
        return {**spec, **facts, "id": self.id}

    @property
    def _facts(self) -> dict[str, Any]:
        path = self.path / "data" / "facts.json"
        try:
            stamp = path.stat().st_mtime_ns
        except OSError:
            return {}
        found = self.__dict__.get("_found")
        # A recording completes its facts while it goes on: its phases are not known before.
        if found is None or found[0] != stamp:
            found = self.__dict__["_found"] = (stamp, read_json(path))
        return found[1] or {}

    def status(self) -> dict[str, Any]:
        """State, phase, epoch, heartbeat, error …; see `dcviz.runs.status.read_status`."""
        if self.broken:
            return {"state": "broken", "message": self.broken, "error": None}
        return read_status(self.path)

    def epochs(self) -> tuple[Epoch, ...]:
        """Every stored epoch in order of training; each has its files."""
        return self._metrics.epochs()

    def lines(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl as they were written, for copying."""
        return self._metrics.lines()

    def epoch(self, key: str | int) -> Epoch:
        """The stored epoch of this key.

        Raises:
            RunError: if it is not listed; absent epochs are never made up.
        """
        text = check_key(key)
        for epoch in self.epochs():
            if epoch.key == text:
                return epoch
        raise RunError(f"epoch {text} is not stored in run {self.id}; stored: {span(self.epochs())}")

    @property
    def switch(self) -> float | None:
        """Epoch at which the first phase ends and the next begins, or None with one phase only."""
        lengths = [int(length) for _, length in self.spec.get("phases") or [] if int(length) > 0]
        return float(lengths[0]) if len(lengths) > 1 else None

    def events(self) -> list[dict[str, Any]]:
        """Phase switches, pauses, resumes, branches, in the order they happened."""
        return list(self._events.read()[1])

    def latents(self, key: str | int) -> np.ndarray:
        """(n, d) float32 latents of a stored epoch, mapped where one file holds many; all in memory else."""
        return np.asanyarray(self.pieces(key))

    def pieces(self, key: str | int) -> np.ndarray | Pieces:
        """The same as it lies on the disk: of sets in several files only the rows asked for are read."""
        return read_latents(self.path, check_key(key))

    def assigned(self, key: str | int) -> dict[str, np.ndarray]:
        """All that is stored about clusters: assignments (n,), perhaps confidence (n,) and centers (K, d)."""
        return read_arrays(self.path / "assign" / f"{check_key(key)}.npz")

    def assignments(self, key: str | int) -> np.ndarray:
        """(n,) int32 predicted cluster of each point; ids are matched to the epoch before."""
        return self.assigned(key)["assignments"]

    def confidence(self, key: str | int) -> np.ndarray | None:
        """(n,) float32 confidence of each assignment, None if the method has none at this epoch."""
        return self.assigned(key).get("confidence")

    def extras(self, key: str | int, *only: str) -> dict[str, np.ndarray]:
        """What only the run's method knows at an epoch (METHODS[id].extras); empty where it has nothing."""
        path = self.path / "extras" / f"{check_key(key)}.npz"
        return read_arrays(path, only or None) if path.exists() else {}

    def neighbors(self, key: str | int) -> "NeighborGraph":
        """The neighbor graph of an epoch (M_max neighbors a point), found again where a run ships without.

        A branch of such a run has graphs of its own epochs alone; those it took over are found again too.
        """
        path = self.graph_file(key)
        if not path.exists():
            return found_again(self.path, check_key(key), M_MAX, lambda: self.latents(key))
        return read_graph(path)

    def graph_file(self, key: str | int) -> Path:
        """Where the neighbor graph of an epoch lies, if it was stored."""
        return self.path / "neighbors" / f"{check_key(key)}.npz"

    def table(self, key: str | int, m: int, *, reading: str = "paper", by: str = LABELS) -> "ThresholdTable":
        """Counts of core, reliable and same-kind pairs over a grid of both thresholds.

        Stored with the epoch for the run's own M and reading, counted now for others; `by` "label" counts
        pairs of one true label (no such count without labels), "cluster" those of one cluster.
        """
        file = self.graph_file(key)
        groups = self.labels() if by == LABELS else self.assigned(key).get("assignments")
        return table_of(file, lambda: self.neighbors(key), groups=groups, m=m, reading=reading, by=by)

    def labels(self) -> np.ndarray | None:
        """(n,) true labels, or None for data without."""
        return self._data("labels.npy")

    def inputs(self) -> np.ndarray | None:
        """(n, 2) the points themselves when the data are two-dimensional, else None."""
        return self._data("inputs.npy")

    def position(self) -> np.ndarray | None:
        """(n,) place of each point along the curve that generated it, 0 to 1, or None."""
        return self._data("position.npy")

    def sprites(self) -> Path | None:
        """The picture atlas data/sprite.png (its layout: data/sprite.json), or None."""
        path = self.path / "data" / "sprite.png"
        return path if path.exists() else None

    def _data(self, name: str) -> np.ndarray | None:
        path = self.path / "data" / name
        return read_array(path) if path.exists() else None

    def checkpoints(self) -> tuple[str, ...]:
        """Keys of the stored checkpoints in order of training; the last is where a resume goes on.

        Only those of listed epochs count: a worker killed between the two files left one without.
        """
        files = {file.stem for file in (self.path / "checkpoints").glob("*.safetensors")}
        return tuple(epoch.key for epoch in self.epochs() if epoch.key in files)

    def checkpoint(self, key: str | int) -> StoredCheckpoint:
        """Tensors and note of a stored checkpoint."""
        return read_checkpoint(self.path / "checkpoints" / f"{check_key(key)}.safetensors")

    def size(self) -> int:
        """Bytes this folder takes on the disk."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file())

    def control(self, action: str) -> None:
        """Ask the worker to pause, continue, step_epoch, step_batch, stop or snapshot.

        The request is a file; the worker sees it between two batches.

        Raises:
            RunError: if the action is unknown or no worker is there to hear it.
        """
        self.must_be_writable()
        if action not in ACTIONS:
            raise RunError(f"action must be one of {', '.join(ACTIONS)}, got {action!r}")
        status = self.status()
        if status["state"] not in ACTIVE or (status["state"] == "queued" and status.get("waiting_for")):
            where = f", waiting for {status['waiting_for']}" if status.get("waiting_for") else ""
            wanted = action.replace("_", " ")
            raise RunError(f"run {self.id} is {status['state']}{where}: there is no worker to {wanted}")
        folder = self.path / "control"
        folder.mkdir(exist_ok=True)
        (folder / action).touch()

    def delete(self) -> None:
        """Remove the run and all its files.

        Raises:
            RunError: if it is being trained (stop it first) or is a link.
        """
        self.must_be_writable()
        if self.path.is_symlink():
            raise RunError(f"{self.path} is a link to a folder elsewhere; remove the link by hand")
        if is_locked(self.path / ".lock"):
            raise RunError(f"run {self.id} is being trained; stop it, then delete it")
        # Renamed first: a delete that is cut short leaves no half run in the list.
        doomed = self.path.with_name(f".{self.id}.deleted")
        self.path.rename(doomed)
        shutil.rmtree(doomed)
