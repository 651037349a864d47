"""The latent viewer on a page, in step with the address bar."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.ui import actions, address, asked_look, mode, pick
from dcviz.ui.row_text import LONGEST, rows_text
from dcviz.viewer import ViewState, latent_view
from dcviz.viewer.options import CONTROLS

_LEFT_OUT = "dcviz.address.left_out"


def latents(
    run: Run, *, key: str, follow: bool = True, at: Thresholds | None = None, **options: Any
) -> ViewState:
    """Show the latents of a run; start from the address and write back where the user went.

    Args:
        run: has at least one stored epoch.
        key: of the widget, the same on every run of the script.
        follow: write into the address what the hand released: epoch, thresholds, and the looks where the
            viewer lets them be chosen.
        at: thresholds at the start; None takes the address's, or those the run was trained with.
        **options: passed to the viewer (height, color, linked, beside, controls, autoplay, pause_at).

    Returns:
        Where the cursor and the thresholds stand, and which points are selected.
    """
    start = address.epoch()
    if start is not None:
        options.setdefault("epoch", start)
    if mode.may_change():
        options.setdefault("umap", lambda shown: actions.compute_umap(shown.id))
    at = at or pick.thresholds(run)
    looks = "color" in options.get("controls", CONTROLS)
    look = asked_look.look(run, strict=follow) if looks else None
    view = latent_view(run, key=key, thresholds=at, look=look, **options)
    if follow:
        _follow(view, epoch=options.get("epoch", run.epochs()[-1].position), at=at)
    if follow and looks:
        _follow_look(view, n=int(run.spec.get("n") or 0), color=str(options.get("color", "cluster")))
    return view


def left_out() -> str:
    """What of the view did not fit into the address, in a sentence; empty if all did."""
    return str(st.session_state.get(_LEFT_OUT, ""))


def _follow(view: ViewState, *, epoch: float, at: Thresholds) -> None:
    """Write what the user moved; what still is as it began stays out of the address."""
    changes: dict[str, Any] = {} if view.epoch == epoch else {"epoch": float(view.epoch)}
    for name in address.THRESHOLDS:
        value = getattr(view.thresholds, name)
        if value != getattr(at, name):
            changes[name] = value
    if changes:
        address.write(**changes)


def _follow_look(view: ViewState, *, n: int, color: str) -> None:
    chosen = rows_text(view.selection, n) if len(view.selection) else None
    too_long = bool(len(view.selection)) and chosen is None
    st.session_state[_LEFT_OUT] = (
        f"The {len(view.selection):,} selected points are too scattered for an address of {LONGEST} letters; "
        "take them along as a table."
        if too_long
        else ""
    )
    address.write(
        color=None if view.color == color else view.color,
        projection=None if view.projection == "pca-0-1" else view.projection,
        camera=view.camera,
        selection=chosen,
    )
