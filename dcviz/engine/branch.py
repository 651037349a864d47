"""A new run that goes on from an epoch of an old one, with other settings."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcviz.engine.devices import resolve_device
from dcviz.engine.errors import RequestError
from dcviz.engine.facts import Facts
from dcviz.engine.probe import MOST_POINTS
from dcviz.engine.request import Request, checked, thresholds_of, title
from dcviz.runs import Run, RunStore, default_store
from dcviz.runs.checkpoint import StoredCheckpoint
from dcviz.runs.files import append_line
from dcviz.runs.metrics import check_key, parse_epoch
from dcviz.runs.shards import latent_files
from models.catalog import fit_plan, method_entry
from models.plan import Plan
from models.schedule import Schedule
from models.settings import make

FIXED = ("network", "latent_dim")
KEPT = ("assign", "neighbors", "extras")
TOLD = 2
"""Changed settings in the name of a branch; the others stand on Compare."""


def branch_wish(
    parent: Run,
    key: str | int,
    *,
    settings: Mapping[str, Any] | None = None,
    start_phase: int | None = None,
    seed: int | None = None,
    device: str = "auto",
    schedule: Mapping[str, Any] | None = None,
    elsewhere: bool = False,
) -> Request:
    """Complete and check a wish to branch.

    Args:
        parent: the old run.
        key: one of its checkpoints.
        settings: what differs from the parent's; the network cannot.
        start_phase: begin this phase right here; None goes on in the phase of the checkpoint.
        seed: by default the parent's.
        device: as in `wish`.
        schedule: fields of Schedule that differ from the parent's.
        elsewhere: as in `wish`.

    Raises:
        RequestError: if there is no such checkpoint, the network would change, or nothing is left to train.
    """
    key, spec, given = check_key(key), parent.spec, dict(settings or {})
    if key not in parent.checkpoints():
        kept = ", ".join(parent.checkpoints()) or "none"
        raise RequestError(f"run {parent.id} has no checkpoint at {key} to branch from; it has: {kept}")
    for name in FIXED:
        if name in given and str(given[name]) != str(spec["settings"].get(name)):
            raise RequestError(
                f"{name} cannot change in a branch, got {given[name]!r}: the weights would not fit"
            )
    facts = Facts(
        spec["n"], spec["input_dim"], _tuple(spec["image_shape"]), spec["clusters"] or None,
        tuple(spec["class_names"]),
    )  # fmt: skip
    complete = make(method_entry(spec["method"]).settings, {**spec["settings"], **given})
    complete, notices = checked(complete, facts)
    plan = _plan(spec["method"], complete, facts.n, parent.checkpoint(key), start_phase)
    return Request(
        spec["method"], spec["dataset"], spec["preset"], complete, spec["seed"] if seed is None else seed,
        resolve_device(device, values=facts.n * facts.input_dim, elsewhere=elsewhere),
        Schedule(**{**spec["schedule"], **dict(schedule or {})}),
        thresholds_of(complete, None, facts.n), facts, dict(spec["dataset_options"]), notices,
        _phases(spec["phases"], plan), {"id": parent.id, "key": key}, start_phase,
        probe_points=int(spec.get("probe_points", MOST_POINTS)),
    )  # fmt: skip


def branch(
    parent: Run, request: Request, *, store: RunStore | None = None, path: str | Path | None = None
) -> Run:
    """Make the run folder of a branch: the parent's epochs up to there, and the checkpoint to go on from.

    Files never change once they have their name, so the copies are hard links where the disk allows: they
    take no room, and deleting the parent does not touch them.
    """
    assert request.parent is not None
    key = request.parent["key"]
    run = (store or default_store()).create({**request.spec, "name": _title(parent, request)}, path=path)
    last = parent.epoch(key).position
    for name in ("labels.npy", "position.npy", "inputs.npy", "facts.json"):
        _link(parent.path / "data" / name, run.path / "data" / name)
    for sprite in (parent.path / "data").glob("sprite*"):
        _link(sprite, run.path / "data" / sprite.name)
    _link(parent.path / "checkpoints" / f"{key}.safetensors", run.path / "checkpoints" / f"{key}.safetensors")
    for line in parent.lines():
        epoch = parse_epoch(line)
        if epoch is not None and epoch.position <= last:
            files = [parent.path / folder / f"{epoch.key}.npz" for folder in KEPT]
            for file in (*files, *latent_files(parent.path, epoch.key)):
                _link(file, run.path / file.relative_to(parent.path))
            append_line(run.path / "metrics.jsonl", line)
    append_line(run.path / "events.jsonl", {"type": "branch", "epoch": last, "parent": parent.id, "key": key})
    return run


def _title(parent: Run, request: Request) -> str:
    """What a branch is called: that of a training, then where it leaves its parent and with what."""
    assert request.parent is not None
    old, new = parent.spec["settings"], request.spec["settings"]
    changed = [f"{name} {value}" for name, value in new.items() if value != old.get(name, value)]
    told = ", ".join(changed[:TOLD]) + (", …" if len(changed) > TOLD else "")
    name = title(request.method, request.dataset, request.seed, new)
    position = f"{parent.epoch(request.parent['key']).position:g}"
    return f"{name}, from {position}" + (f" with {told}" if told else "")


def _plan(method: str, settings: Any, n: int, checkpoint: StoredCheckpoint, start_phase: int | None) -> Plan:
    meta = checkpoint.meta
    origin = meta["origin"] if start_phase is None else (meta["epoch"], start_phase)
    plan = fit_plan(method, settings, n, start_epoch=origin[0], start_phase=origin[1])
    if plan.epochs <= meta["epoch"]:
        raise RequestError(
            f"nothing is left to train: the plan ends at epoch {plan.epochs}, the checkpoint is at "
            f"{meta['epoch']}; raise the epochs of a phase or branch from an earlier epoch"
        )
    if start_phase is None:
        _same_past(plan, checkpoint)
    return plan


def _same_past(plan: Plan, checkpoint: StoredCheckpoint) -> None:
    """A branch cannot change phases that are over."""
    meta = checkpoint.meta
    here = [leg for leg in plan.legs if leg.phase_index == meta["phase_index"]]
    if here and not here[0].start <= meta["epoch"] <= here[0].end:
        raise RequestError(
            f"epoch {meta['epoch']} belongs to {meta['phase']}, which would run from epoch {here[0].start} "
            f"to {here[0].end} with these settings; leave the epochs of past phases as they were"
        )


def _phases(parent: list[list[Any]], plan: Plan) -> tuple[tuple[str, int], ...]:
    """Phases from epoch 0: the parent's up to where the plan starts, then the plan's."""
    past: list[tuple[str, int]] = []
    left = plan.start_epoch
    for name, epochs in parent:
        if left > 0:
            past.append((name, min(epochs, left)))
            left -= min(epochs, left)
    return (*past, *plan.phases)


def _link(old: Path, new: Path) -> None:
    if not old.exists():
        return
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)


def _tuple(shape: Any) -> tuple[int, ...] | None:
    return None if shape is None else tuple(shape)
