"""Where the trainings of a sweep begin: each at the start, or all at one checkpoint of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dcviz.engine.branch import branch
from dcviz.engine.errors import RequestError
from dcviz.engine.request import Request, prepare
from dcviz.runs import Run, RunStore, default_store
from models.catalog import method_entry

if TYPE_CHECKING:
    from dcviz.engine.sweeps.plan import Plan


@dataclass(frozen=True)
class Origin:
    """One checkpoint of a run, from which all trainings of a sweep branch.

    Attributes:
        folder: of the run.
        key: of the checkpoint.
        start_phase: begin this phase right there; None goes on in the phase of the checkpoint.
    """

    folder: str
    key: str
    start_phase: int | None = None

    @property
    def parent(self) -> Run:
        """The run.

        Raises:
            RunError: if it is gone.
        """
        return default_store().open(self.folder)


def origin_of(parent: Run, key: str = "") -> Origin:
    """The origin at a checkpoint of a run.

    Args:
        parent: the run.
        key: of the checkpoint; by default the one at the switch, where the next phase then begins, or the
            last one of a run of one phase.

    Raises:
        RequestError: if the run keeps no such checkpoint.
    """
    kept = parent.checkpoints()
    told = ", ".join(kept) or "none"
    if not kept or (key and key not in kept):
        raise RequestError(
            f"run {parent.id} has no checkpoint {key or 'at all'} to branch from; it has: {told}"
        )
    turn = _turn(parent)
    if key or turn is None:
        return Origin(str(parent.path), key or kept[-1])
    at = next((e.key for e in parent.epochs() if e.position == turn[0] and e.key in kept), None)
    if at is None:
        raise RequestError(
            f"run {parent.id} keeps no checkpoint at its switch, epoch {turn[0]}: train it up to there, or "
            f"name one of its own as RUN:KEY, of {told}"
        )
    return Origin(str(parent.path), at, turn[1])


def _turn(parent: Run) -> tuple[int, int] | None:
    """The epoch at which a run changes its phase first, and the number of the phase that begins there."""
    names, before, ended = method_entry(parent.spec["method"]).phases, None, 0
    for name, epochs in parent.spec["phases"]:
        if epochs and before not in (None, name):
            return ended, names.index(name)
        before, ended = (name, ended + epochs) if epochs else (before, ended)
    return None


def half_made(run: Run) -> bool:
    """Whether a branch was cut off while its folder was filled: the epoch it goes on from is not there."""
    came = run.spec.get("parent")
    never = not (run.path / "status.json").exists()
    return never and came is not None and came["key"] not in {epoch.key for epoch in run.epochs()}


def begin(plan: Plan, request: Request, *, store: RunStore, path: Path) -> Run:
    """Make the folder of one training of a sweep."""
    if plan.origin is None:
        return prepare(request, store=store, path=path)
    return branch(plan.origin.parent, request, store=store, path=path)
