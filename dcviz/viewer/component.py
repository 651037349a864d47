"""The latent viewer as a Streamlit component: what a page passes in and what it gets back."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from dcviz.geometry.filters import Thresholds
from dcviz.viewer import fallback, modules
from dcviz.viewer.look import Look, look_of, rows_of
from dcviz.viewer.options import COLORS, CONTROLS, checked_options
from dcviz.viewer.orders import Orders
from dcviz.viewer.sampled import sampled_view, too_many

if TYPE_CHECKING:
    from dcviz.runs.run import Run


@dataclass(frozen=True)
class ViewState:
    """What the viewer shows, as it was when the hand was last taken off it.

    Args:
        epoch: position of the cursor; between two stored epochs while a picture is interpolated.
        key: stored epoch next to the cursor, the one all numbers belong to; None while nothing is stored.
        thresholds: M, lambda_ratio, tau_distance and reading as set in the viewer.
        selection: rows of the selected points, ascending.
        color: color mode.
        projection: name of the projection.
        camera: middle and zoom as `Look` has them; None while everything is in view.
        paused_at_switch: playback has stopped at the switch of phases by itself.
    """

    epoch: float
    key: str | None
    thresholds: Thresholds
    selection: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64), compare=False)
    color: str = "cluster"
    projection: str = "pca-0-1"
    camera: str | None = None
    paused_at_switch: bool = False


def latent_view(
    run: "Run",
    *,
    key: str,
    height: int = 560,
    color: str = "cluster",
    epoch: float | None = None,
    thresholds: Thresholds | None = None,
    look: Look | None = None,
    controls: Sequence[str] = CONTROLS,
    **more: Any,
) -> ViewState:
    """Show the latents of a run, every epoch of it, with live thresholds.

    Dragging happens in the browser alone. When the hand is taken off, the page runs again with the new state.

    Args:
        run: an opened run.
        key: name of this viewer on its page; keeps its state.
        height: of the whole viewer, in pixels.
        color: one of COLORS at the start.
        epoch: where the cursor stands at the start; a changed value moves it. By default the last epoch.
        thresholds: at the start; a changed value moves the sliders.
        look: color, projection, camera and selection at the start; a changed part is obeyed.
        controls: which parts to show, of CONTROLS.
        **more: see `checked_options`.

    Returns:
        The present state.

    Raises:
        ValueError: for an unknown color or control.
    """
    options = checked_options(color=color, controls=controls, height=height, more=more)
    if too_many(run) and run.epochs():
        now, at = sampled_view(run, key=key, height=height, epoch=epoch, thresholds=thresholds)
        return ViewState(epoch=now.position, key=now.key, thresholds=at, color=color)
    name, view = f"dcviz.viewer.{key}", _mapping(_mapping(st.session_state.get(key)).get("view"))
    orders = st.session_state.get(name, Orders()).follow(
        run.id, epoch=epoch, thresholds=thresholds, look=look
    )
    seen = state_of(run, view, orders=orders, color=color)
    looks = look_of(view) if orders.obeyed(view) else orders.look
    st.session_state[name] = orders.showing(seen.epoch, seen.thresholds, looks)
    _compute_umap(run, view, start=more.get("umap"), name=f"{name}.umap")
    data = {
        "run": run.id,
        "base": base(),
        "digest": modules.digest(),
        "options": options,
        "epoch": seen.epoch if orders.obeyed(view) else orders.epoch,
        "thresholds": vars(seen.thresholds),
        "orders": orders.count,
        "look": vars(orders.look),
    }
    mount(data, key=key)
    return seen


def _compute_umap(
    run: "Run", view: Mapping[str, Any], *, start: Callable[["Run"], None] | None, name: str
) -> None:
    """Obey a wish for UMAP layouts once; the browser numbers its wishes and keeps naming the last."""
    wish = view.get("umap_wanted")
    if start is None or not isinstance(wish, str) or wish.partition("#")[0] != run.id:
        return
    if st.session_state.get(name) != wish:
        st.session_state[name] = wish
        start(run)


def state_of(run: "Run", view: Mapping[str, Any], *, orders: Orders, color: str) -> ViewState:
    """Read what the browser sent; anything missing or malformed is as at the start.

    Args:
        run: the run, for its stored epochs.
        view: the component's state, untrusted.
        orders: the page's last order; it counts until the browser has obeyed it.
        color: color mode at the start.

    Returns:
        ViewState with values inside their ranges.
    """
    epochs = run.epochs()
    position = epochs[-1].position if epochs else 0.0
    position = position if orders.epoch is None else orders.epoch
    thresholds = orders.thresholds
    if orders.obeyed(view):
        position = _number(view.get("epoch"), default=position)
        thresholds = _thresholds(view.get("thresholds"), default=thresholds)
    look = look_of(view) if orders.obeyed(view) else orders.look
    if view.get("run") != run.id:
        view = {}
    nearest = min(epochs, key=lambda stored: abs(stored.position - position), default=None)
    return ViewState(
        epoch=position,
        key=None if nearest is None else nearest.key,
        thresholds=thresholds,
        selection=rows_of(look.selection, int(run.spec.get("n") or 0)),
        color=look.color if look.color in COLORS else color,
        projection=look.projection or "pca-0-1",
        camera=look.camera,
        paused_at_switch=bool(view.get("paused_at_switch")),
    )


def _thresholds(told: Any, *, default: Thresholds) -> Thresholds:
    names = ("M", "lambda_ratio", "tau_distance", "reading")
    try:
        return Thresholds(**{name: told[name] for name in names})
    except (KeyError, TypeError, ValueError):
        return default


def mount(data: dict[str, Any] | bytes, *, key: str) -> Any:
    """Mount the component that loads its modules over HTTP, or the one that carries everything itself.

    Args:
        data: what the viewer is told; bytes if answers go along (dcviz.viewer.given).
        key: name of the viewer on its page.
    """
    earlier = _mapping(st.session_state.get(key))
    alone = os.environ.get("DCVIZ_VIEWER_TRANSPORT") == "socket" or earlier.get("transport") == "socket"
    # The same definition again is no new registration; a new server process needs its own.
    component = st.components.v2.component(
        "dcviz_latent_view_socket" if alone else "dcviz_latent_view",
        js=modules.start_text(carry_modules=alone),
    )
    payload = fallback.payload(data, earlier.get("want")) if alone and isinstance(data, dict) else data
    return component(
        key=key,
        data=payload,
        on_view_change=_nothing,
        on_want_change=_nothing,
        on_transport_change=_nothing,
    )


def _nothing() -> None:
    """Streamlit keeps the state of a name only if it has a callback."""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any, *, default: float) -> float:
    number = float(value) if isinstance(value, (int, float)) and np.isfinite(value) else default
    return max(0.0, float(number))


def base() -> str:
    """Path of the viewer's addresses on this server, with a slash at both ends."""
    below = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return "/" + "/".join(part for part in (below, "dcviz") if part) + "/"
