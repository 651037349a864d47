"""What a training will cost, told before it starts: epochs kept, bytes on the disk, seconds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from dcviz.engine.request import Request
from dcviz.runs import Run
from models.catalog import method_entry
from models.plan import Leg, Plan
from models.widths import multiplications, parameter_count

M_MAX = 15
FLOAT = 4
# Headers of .npy, .npz and safetensors files and a line of metrics, as measured.
SMALL_FILES = 5_000
# Header of an extra in its .npz, and the few numbers of one that is not a row a point.
SMALL_EXTRA = 500
# Adam keeps two moments beside each weight.
COPIES = 3
# Rough speeds of one CPU core and of a GPU: what an iteration costs at least, and multiply-adds a second.
CPU_CALL, CPU_SPEED = 0.6e-3, 40e9
GPU_CALL, GPU_SPEED = 0.4e-3, 10e12
ROUGH = "a rough count of multiplications; the first epochs will tell better"

TIMED = "two batches of each phase, timed here; what a phase does once is not counted"


@dataclass(frozen=True)
class Cost:
    """An estimate; `basis` says what it rests on.

    Attributes:
        snapshots: epochs kept.
        checkpoints: checkpoints kept.
        snapshot_bytes: size of one kept epoch.
        checkpoint_bytes: size of one checkpoint.
        total_bytes: of the whole run folder, thumbnails left out.
        seconds: training time.
        basis: one sentence on where `seconds` comes from.
    """

    snapshots: int
    checkpoints: int
    snapshot_bytes: int
    checkpoint_bytes: int
    total_bytes: int
    seconds: float
    basis: str


def estimate(request: Request, *, runs: Iterable[Run] = (), trial: Mapping[str, float] | None = None) -> Cost:
    """Tell the cost of a request before anything is written.

    Sizes follow from the shapes: latents n d, neighbors 2 n M, clusters 2 n numbers of four bytes an epoch;
    weights with both moments of Adam a checkpoint. Time is that of a finished run of the same method and
    data on the same kind of device if there is one among `runs`; else that of batches just timed; else a
    count of multiplications.

    Args:
        request: from `wish` or `branch_wish`.
        runs: runs to learn the speed from.
        trial: seconds a batch of each phase, from `dcviz.engine.trial`.
    """
    plan, start = plan_of(request), start_of(request)
    snapshots = [epoch for epoch in request.schedule.snapshots(plan) if epoch >= start]
    checkpoints = [epoch for epoch in request.schedule.checkpoints(plan) if epoch >= start]
    each, kept = snapshot_bytes(request), checkpoint_bytes(request)
    seconds, basis = _seconds(request, plan, start, runs, trial or {})
    total = len(snapshots) * each + len(checkpoints) * kept + data_bytes(request)
    phases = [next((leg.phase for leg in plan.legs if epoch <= leg.end), "") for epoch in snapshots if epoch]
    total += sum(extra_bytes(request, phase) for phase in phases)
    return Cost(len(snapshots), len(checkpoints), each, kept, total, seconds, basis)


def plan_of(request: Request) -> Plan:
    """Phases of a request from epoch 0, with its batches an epoch."""
    n = request.facts.n
    return Plan(request.phases, -(-n // min(request.settings.batch_size, n)))


def start_of(request: Request) -> int:
    """The epoch the training begins at: 0, or that of the checkpoint branched from."""
    return int(request.parent["key"][:5]) if request.parent else 0


def snapshot_bytes(request: Request) -> int:
    """Bytes of one kept epoch: latents, neighbors, assignments, confidence, centers."""
    n, d = request.facts.n, request.settings.latent_dim
    neighbors = 2 * min(M_MAX, n - 1)
    numbers = n * (d + neighbors + 2) + max(1, request.settings.clusters) * d
    return FLOAT * numbers + SMALL_FILES


def extra_bytes(request: Request, phase: str) -> int:
    """Bytes that a kept epoch of a phase takes for what only its method knows."""
    columns, small = 0, 0
    for extra in method_entry(request.method).extras.values():
        if extra.phases and phase not in extra.phases:
            continue
        small += SMALL_EXTRA
        if extra.kind == "points":
            wide = extra.columns
            columns += int(getattr(request.settings, wide)) if isinstance(wide, str) else wide
    return FLOAT * request.facts.n * columns + small


def checkpoint_bytes(request: Request) -> int:
    """Bytes of one checkpoint: weights, their moments, and what the phase remembers of each point."""
    settings, facts = request.settings, request.facts
    weights = parameter_count(
        settings.network, input_dim=facts.input_dim, latent_dim=settings.latent_dim, critic=_critic(settings)
    )
    remembered = facts.n * (max(settings.latent_dim, settings.clusters) + 2)
    return FLOAT * (COPIES * weights + remembered) + SMALL_FILES


def data_bytes(request: Request) -> int:
    """Bytes of labels and, for plane data, the points."""
    return request.facts.n * (8 + (12 if request.facts.input_dim == 2 else 0))


def _critic(settings: Any) -> bool:
    return getattr(settings, "interpolation", "off") == "on"


def _seconds(
    request: Request, plan: Plan, start: int, runs: Iterable[Run], trial: Mapping[str, float]
) -> tuple[float, str]:
    legs = [leg for leg in plan.legs if leg.end > start]
    for run in runs:
        speeds = _speeds(run, request)
        if speeds and all(leg.phase in speeds for leg in legs):
            total = sum(speeds[leg.phase] * (leg.end - max(leg.start, start)) for leg in legs)
            return total, f"from the epochs of run {run.id}"
    if all(leg.phase in trial for leg in legs):
        batches = {leg: plan.batches_per_epoch * (leg.end - max(leg.start, start)) for leg in legs}
        total = sum(trial[leg.phase] * count for leg, count in batches.items())
        return total, TIMED
    total = sum(_guess(request, leg, plan) * (leg.end - max(leg.start, start)) for leg in legs)
    return total, ROUGH


def _speeds(run: Run, request: Request) -> dict[str, float]:
    """Median seconds an epoch of each phase, if the run did the same work."""
    spec = run.spec
    alike = ("method", "dataset", "n", "input_dim")
    wanted = request.spec
    # A shipped run was timed on another machine.
    if run.broken or run.read_only or any(spec.get(name) != wanted[name] for name in alike):
        return {}
    same = ("network", "latent_dim", "batch_size")
    if any(spec.get("settings", {}).get(name) != wanted["settings"][name] for name in same):
        return {}
    if str(spec.get("device"))[:4] != request.device[:4]:
        return {}
    seconds: dict[str, list[float]] = {}
    for epoch in run.epochs():
        if epoch.seconds and not epoch.batch:
            seconds.setdefault(epoch.phase, []).append(epoch.seconds)
    return {phase: median(values) for phase, values in seconds.items()}


def _guess(request: Request, leg: Leg, plan: Plan) -> float:
    """Seconds an epoch from a count of multiplications: forward once, backward twice."""
    settings, facts = request.settings, request.facts
    each = multiplications(
        settings.network, input_dim=facts.input_dim, latent_dim=settings.latent_dim,
        image_shape=facts.image_shape, side=getattr(settings, "resolution", 0),
    )  # fmt: skip
    # Interpolation decodes and judges mixtures beside the points.
    passes = 3 if _critic(settings) and leg.phase_index == 0 else _passes(request, leg)
    work = 3 * each * min(settings.batch_size, request.facts.n) * passes
    call, speed = (CPU_CALL, CPU_SPEED) if request.device == "cpu" else (GPU_CALL, GPU_SPEED)
    return plan.batches_per_epoch * (call + work / speed)


def _passes(request: Request, leg: Leg) -> int:
    passes = method_entry(request.method).passes.get(leg.phase, 1)
    return int(getattr(request.settings, passes)) if isinstance(passes, str) else passes
