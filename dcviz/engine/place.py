"""Where a run is to be trained: the engine, its address, and what the training may take of the machine."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from dcviz.engine.errors import RequestError
from dcviz.runs import Run
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_json, write_json

FILE = "engine.json"


@dataclass(frozen=True)
class Place:
    """An engine and what it needs to know; kept beside the run, so that a resume goes to the same place.

    Attributes:
        engine: name in LAUNCHERS.
        address: of the cluster (Ray: http://head:8265; Slurm: "" or "local" for a trial on this machine).
        gpus: GPUs of one training; a fraction shares one GPU. None: one for a CUDA run, else none.
        cpus: processor cores of one training.
        folder: fsspec URL through which the run folder travels where node and app share no disk.
        options: what only this engine knows (partition, time, python, ...).
    """

    engine: str = "local"
    address: str = ""
    gpus: float | None = None
    cpus: float = 1.0
    folder: str = ""
    options: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.gpus is not None and (not 0 <= self.gpus <= 64 or (self.gpus > 1 and self.gpus % 1)):
            raise RequestError(
                f"gpus must be a fraction of one GPU or a whole number up to 64, got {self.gpus:g}"
            )
        if not (0 < self.cpus <= 4096 and math.isfinite(self.cpus)):
            raise RequestError(f"cpus must be more than 0, got {self.cpus:g}")

    @property
    def here(self) -> bool:
        """Whether this very machine trains."""
        return self.engine == "local"

    def gpus_for(self, device: str, devices: int = 1) -> float:
        """GPUs to ask the cluster for: at least as many as share a batch."""
        on_gpu = device.startswith("cuda")
        wanted = self.gpus if self.gpus is not None else float(on_gpu)
        return max(wanted, float(devices)) if on_gpu and devices > 1 else wanted

    @property
    def share(self) -> float:
        """The part of one GPU that a training may fill: 1 unless `gpus` is a fraction."""
        return self.gpus if self.gpus and self.gpus < 1 else 1.0


def keep_place(run: Run, place: Place) -> None:
    """Note beside a run where it is to be trained; a run without a note is trained here."""
    run.must_be_writable()
    write_json(run.path / FILE, asdict(place))


def place_of(run: Run) -> Place:
    """Where a run is, or was last, to be trained."""
    try:
        return place_from(read_json(run.path / FILE))
    except (RunError, TypeError, AttributeError):
        return Place()


def place_from(note: Mapping[str, Any]) -> Place:
    """A Place from its JSON; unknown names are ignored, so that newer notes open in older labs."""
    known = {name: note[name] for name in Place.__dataclass_fields__ if name in note}
    return Place(**known)
