"""The latent viewer on a page, in step with the address bar."""

from __future__ import annotations

from typing import Any

from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.ui import actions, address, mode, pick
from dcviz.viewer import ViewState, latent_view


def latents(run: Run, *, key: str, follow: bool = True, **options: Any) -> ViewState:
    """Show the latents of a run; start from the address and write back where the user went.

    Args:
        run: has at least one stored epoch.
        key: of the widget, the same on every run of the script.
        follow: write epoch and thresholds into the address when they are released.
        **options: passed to the viewer (height, color, linked, beside, controls, autoplay, pause_at).

    Returns:
        Where the cursor and the thresholds stand, and which points are selected.
    """
    start = address.epoch()
    if start is not None:
        options.setdefault("epoch", start)
    if mode.may_change():
        options.setdefault("umap", lambda shown: actions.compute_umap(shown.id))
    at = pick.thresholds(run)
    view = latent_view(run, key=key, thresholds=at, **options)
    if follow:
        _follow(view, epoch=options.get("epoch", run.epochs()[-1].position), at=at)
    return view


def _follow(view: ViewState, *, epoch: float, at: Thresholds) -> None:
    """Write what the user moved; what still is as it began stays out of the address."""
    changes: dict[str, Any] = {} if view.epoch == epoch else {"epoch": float(view.epoch)}
    for name in ("M", "lambda_ratio", "tau_distance"):
        value = getattr(view.thresholds, name)
        if value != getattr(at, name):
            changes[name] = value
    if changes:
        address.write(**changes)
