"""From a wish ("rdc on arcs, seed 3") to a run folder that any worker can train. Imports no torch."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import dcviz
from dcviz.data.catalog import DATASETS
from dcviz.data.checks import NO_LABELS, check_request, usable_neighbors
from dcviz.data.dataset import DataError
from dcviz.engine.devices import cuda_count, resolve_device
from dcviz.engine.errors import RequestError
from dcviz.engine.facts import Facts, facts_of, located
from dcviz.engine.probe import MOST_POINTS
from dcviz.geometry.search import LARGE_SET
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run, RunStore, default_store
from models.catalog import METHODS, called, fit_plan, method_entry, resolve_preset
from models.schedule import Schedule, usual_schedule

SHARED = ("cc", "cces")
"""Methods whose network is large enough for several devices to share a batch."""
SCORED_BESIDE = (
    "Each kept epoch of {:,} points is scored beside the training, which may take minutes and is not counted "
    "in its time; its first numbers come within seconds."
)
PACKAGES = ("torch", "numpy", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Request:
    """Everything that decides a training; complete and checked, but nothing written yet.

    Attributes:
        method: id of METHODS.
        dataset: id of DATASETS or a path.
        preset: name of the preset that was chosen, never "auto".
        preset_asked: what was asked for, perhaps "auto".
        settings: complete settings object of the method.
        seed: of weights, order and augmentation.
        device: "cpu", "cuda" or "cuda:1".
        schedule: which epochs are kept.
        thresholds: of the core share and the filtered purity among the live scores.
        facts: what is known about the data.
        dataset_options: arguments of the reader.
        notices: sentences to show before starting.
        phases: name and epochs of each phase, from epoch 0.
        parent: {"id", "key"} of the run it branches from.
        start_phase: phase to begin at the branch; None goes on in the parent's.
        probe_points: most points on which gradients are measured at each checkpoint; 0 for never.
    """

    method: str
    dataset: str
    preset: str
    settings: Any
    seed: int
    device: str
    schedule: Schedule
    thresholds: Thresholds
    facts: Facts
    dataset_options: dict[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    phases: tuple[tuple[str, int], ...] = ()
    parent: dict[str, str] | None = None
    start_phase: int | None = None
    preset_asked: str = "auto"
    probe_points: int = MOST_POINTS
    devices: int = 1

    @property
    def spec(self) -> dict[str, Any]:
        """run.json."""
        facts = self.facts
        return {
            "name": title(self.method, self.dataset, self.seed, asdict(self.settings)),
            "method": self.method,
            "dataset": self.dataset,
            "dataset_options": self.dataset_options,
            "settings": asdict(self.settings),
            "preset": self.preset,
            "preset_asked": self.preset_asked,
            "seed": self.seed,
            "device": self.device,
            "schedule": asdict(self.schedule),
            "thresholds": asdict(self.thresholds),
            "probe_points": self.probe_points,
            **({"devices": self.devices} if self.devices > 1 else {}),
            "n": facts.n,
            "input_dim": facts.input_dim,
            "image_shape": facts.image_shape,
            "class_names": facts.class_names,
            "latent_dim": self.settings.latent_dim,
            "clusters": self.settings.clusters,
            "phases": [list(phase) for phase in self.phases],
            "parent": self.parent,
            "start_phase": self.start_phase,
            "notices": list(self.notices),
            "versions": versions(),
        }


def title(method: str, dataset: str, seed: int, settings: Mapping[str, Any]) -> str:
    """What a run is called until somebody names it: "R-DC on PneumoniaMNIST, seed 0"."""
    entry = DATASETS.get(dataset)
    data = entry.title.partition(" (")[0] if entry else Path(dataset).name
    return f"{called(method, settings)} on {data}, seed {seed}"


def wish(
    method: str,
    dataset: str | Path,
    *,
    settings: Mapping[str, Any] | None = None,
    preset: str = "auto",
    seed: int = 0,
    device: str = "auto",
    schedule: Mapping[str, Any] | None = None,
    dataset_options: Mapping[str, Any] | None = None,
    thresholds: Mapping[str, Any] | None = None,
    probe_points: int = MOST_POINTS,
    devices: int = 1,
    elsewhere: bool = False,
) -> Request:
    """Complete and check a wish; the Train page shows its cost and phases before anything is written.

    Args:
        method: id of METHODS.
        dataset: id of DATASETS, or a path of the user's own data.
        settings: what differs from the preset; text is converted.
        preset: "auto" or a preset of the method.
        seed: 0 or more.
        device: "auto", "cpu", "cuda" or "cuda:1".
        schedule: fields of Schedule; by default those that suit the length of the training and n.
        dataset_options: arguments of the reader (n, noise, size, labels, ...).
        thresholds: fields of Thresholds; by default those of the method.
        probe_points: most points on which gradients are measured at each checkpoint; 0 for never.
        devices: GPUs (or CPU processes) of one machine that share every batch; methods of SHARED alone.
        elsewhere: a cluster trains; its GPUs need not be here.

    Raises:
        RequestError, DataError, SettingError, ValueError: naming the value and the way out.
    """
    method_entry(method)
    if seed < 0:
        raise RequestError(f"seed must be 0 or more, got {seed}")
    if probe_points < 0:
        raise RequestError(f"probe_points must be 0 (never) or more, got {probe_points}")
    given = dict(settings or {})
    facts, options = facts_of(dataset, dataset_options or {})
    _check_data(dataset, facts, given)
    place = resolve_device(device, values=facts.n * facts.input_dim, elsewhere=elsewhere)
    name, complete = resolve_preset(
        method, n=facts.n, input_dim=facts.input_dim, image_shape=facts.image_shape, clusters=facts.clusters,
        device=place, preset=preset, overrides=given,
    )  # fmt: skip
    complete, notices = checked(complete, facts)
    phases = fit_plan(method, complete, facts.n).phases
    if not any(epochs for _, epochs in phases):
        raise RequestError(f"nothing to train: {phases[0][0]} has 0 epochs; raise pretrain_epochs")
    batch = min(complete.batch_size, facts.n)
    shared = _shared(method, devices, batch=batch, here="" if elsewhere else place)
    kept = {**asdict(usual_schedule(sum(epochs for _, epochs in phases), facts.n)), **dict(schedule or {})}
    return Request(
        method, located(dataset), name, complete, seed, place, Schedule(**kept),
        thresholds_of(complete, thresholds, facts.n), facts, options, notices,
        phases, preset_asked=preset,
        probe_points=probe_points, devices=shared,
    )  # fmt: skip


def _shared(method: str, devices: int, *, batch: int, here: str) -> int:
    """Refuse a number of devices that cannot share a batch of this method, or that this machine lacks."""
    if devices == 1:
        return devices
    if method not in SHARED:
        raise RequestError(
            f"{METHODS[method].title} trains on one device, got devices={devices}; "
            f"{' and '.join(METHODS[name].title for name in SHARED)} can share a batch"
        )
    if devices < 1 or batch % devices:
        raise RequestError(f"devices must be 1 or more and divide the batch of {batch}, got {devices}")
    if here.startswith("cuda") and devices > cuda_count():
        raise RequestError(
            f"this machine has {cuda_count()} CUDA device(s), got devices={devices}; ask for fewer"
        )
    return devices


def prepare(request: Request, *, store: RunStore | None = None, path: str | Path | None = None) -> Run:
    """Make the run folder of a request; a launcher or `python -m dcviz.engine.worker RUN` then trains it."""
    return (store or default_store()).create(request.spec, path=path)


def _check_data(dataset: str | Path, facts: Facts, given: Mapping[str, Any]) -> None:
    """Refuse too few points and a single class in their own words, before K is blamed for them."""
    name = Path(dataset).name
    try:
        check_request(facts.n, None, 1, facts.labels, clusterer="dbscan", class_names=facts.class_names)
    except DataError as error:
        raise RequestError(f"{name}: {error}") from None
    if facts.clusters is None and "clusters" not in given:
        raise RequestError(
            f"{name}: the number of clusters K is not known without labels; give clusters=K, "
            "or clusters=0 to train without (DBSCAN then looks for clusters)"
        )


def checked(settings: Any, facts: Facts) -> tuple[Any, tuple[str, ...]]:
    """Hold settings against the data: K and M that cannot be are refused or lowered, aloud."""
    M = getattr(settings, "M", Thresholds.M)
    try:
        notices = check_request(facts.n, settings.clusters or None, M, facts.labels, clusterer="dbscan")
    except DataError as error:
        raise RequestError(str(error)) from None
    if not facts.read:
        # Whether there are labels is for the worker to find out.
        notices = [notice for notice in notices if notice != NO_LABELS]
    notices += [SCORED_BESIDE.format(facts.n)] if facts.n > LARGE_SET else []
    if hasattr(settings, "M"):
        settings = replace(settings, M=usable_neighbors(facts.n, M))
    return settings, tuple(notices)


def thresholds_of(settings: Any, given: Mapping[str, Any] | None, n: int) -> Thresholds:
    """The thresholds that pages start with: those given, those the method trains with, or 5, .6, .6."""
    own = {
        name: getattr(settings, name)
        for name in ("M", "lambda_ratio", "tau_distance")
        if hasattr(settings, name)
    }
    if hasattr(settings, "d_ref"):
        own["reading"] = settings.d_ref
    chosen = Thresholds(**{**own, **dict(given or {})})
    return replace(chosen, M=usable_neighbors(n, chosen.M))


def versions() -> dict[str, str]:
    """Versions of what decides the numbers, read without importing it."""
    found = {"dcviz": dcviz.__version__, "python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
