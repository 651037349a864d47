"""How the address asks a viewer to look, checked against the run; what cannot be is refused with reasons."""

from __future__ import annotations

from collections.abc import Callable

from dcviz.runs import Run
from dcviz.ui import address
from dcviz.ui.row_text import text_rows
from dcviz.viewer import umap_cache
from dcviz.viewer.look import MOST_AXES, Look, bits_of, camera_text, is_tour
from dcviz.viewer.options import COLORS
from dcviz.viewer.tokens import parse_token


def look(run: Run, *, strict: bool = True) -> Look:
    """Read the looks from the address.

    Args:
        run: the run shown.
        strict: take what cannot be out of the address and say why; else leave it out in silence, for a viewer
            beside the one the address speaks of.

    Returns:
        What is asked for; None for what is not asked for or cannot be.
    """
    view, checks = address.query(), {"color": _color, "projection": _projection, "camera": _camera}
    found = {name: _checked(name, view.get(name), check, run, strict) for name, check in checks.items()}
    return Look(**found, selection=_checked("selection", view.get("selection"), _selection, run, strict))


def _checked(
    name: str, text: str | None, check: Callable[[str, Run], str], run: Run, strict: bool
) -> str | None:
    if text is None:
        return None
    try:
        return check(text, run)
    except ValueError as error:
        if strict:
            address.refuse(name, str(error).rstrip("."))
        return None


def _color(text: str, run: Run) -> str:
    if text not in COLORS:
        raise ValueError(f"points can be colored by {', '.join(COLORS)}")
    return text


def _projection(text: str, run: Run) -> str:
    d = int(run.spec.get("latent_dim") or 2)
    if text.startswith("tour"):
        if not is_tour(text):
            raise ValueError("that is no plane turned by hand; links must be copied whole")
        if d <= 2:
            raise ValueError("latents in the plane cannot be turned")
        return text
    token = parse_token(text)
    if token.kind == "pca" and max(token.axes) >= min(d, MOST_AXES):
        raise ValueError(f"this run has {min(d, MOST_AXES)} axes to choose from, numbered from 0")
    if token.kind == "umap" and not umap_cache.ready(run):
        raise ValueError("UMAP was not computed for this run here; the list of planes offers to")
    if token.kind == "input":
        raise ValueError("inputs are drawn on Feature Twist only")
    return text


def _camera(text: str, run: Run) -> str:
    camera = camera_text(text)
    if camera is None:
        raise ValueError("a camera is x,y,zoom: three finite numbers, the last above 0")
    return camera


def _selection(text: str, run: Run) -> str:
    n = int(run.spec.get("n") or 0)
    return bits_of(text_rows(text, n), n)
