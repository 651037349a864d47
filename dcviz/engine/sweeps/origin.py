"""Where the trainings of a sweep begin: each at the start, or all at one checkpoint of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dcviz.engine.branch import branch
from dcviz.engine.errors import RequestError
from dcviz.engine.request import Request, prepare
from dcviz.runs import Run, RunStore, default_store

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


def origin_of(parent: Run, key: str = "", *, start_phase: int | None = None) -> Origin:
    """The origin at a checkpoint of a run.

    Args:
        parent: the run.
        key: of the checkpoint; by default the one at the switch, whose next phase then begins right there,
            else the last one.
        start_phase: as in `Origin`.

    Raises:
        RequestError: if the run keeps no such checkpoint.
    """
    kept = parent.checkpoints()
    if not kept or (key and key not in kept):
        raise RequestError(
            f"run {parent.id} has no checkpoint {key or 'at all'} to branch from; it has: "
            f"{', '.join(kept) or 'none'}"
        )
    switch = next((e.key for e in parent.epochs() if e.position == parent.switch and e.key in kept), None)
    if not key and switch is not None and start_phase is None:
        return Origin(str(parent.path), switch, 1)
    return Origin(str(parent.path), key or kept[-1], start_phase)


def begin(plan: Plan, request: Request, *, store: RunStore, path: Path) -> Run:
    """Make the folder of one training of a sweep."""
    if plan.origin is None:
        return prepare(request, store=store, path=path)
    return branch(plan.origin.parent, request, store=store, path=path)
