"""What a page can ask of a viewer, checked and completed."""

from collections.abc import Mapping, Sequence
from typing import Any

CONTROLS = ("play", "track", "thresholds", "plane", "color", "projection", "select", "export", "panels")
"""Parts of the viewer a page can ask for; all by default."""
SPEEDS = (0.25, 0.5, 1, 2, 4)
"""How fast playback can go; the same steps as in the viewer's list (play.js)."""
COLORS = (
    "label",
    "cluster",
    "split",
    "purity",
    "purity_filtered",
    "local_id",
    "confidence",
    "displacement",
    "entry",
    "position",
)


def checked_options(
    *, color: str, controls: Sequence[str], height: int, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Check and complete the options.

    Beside those named in `latent_view`: `linked` (viewers of one group share cursor, thresholds, camera
    and selection), `own_epoch` (True keeps the cursor to itself in a linked group), `same_box` (True for
    runs that began as one: those of the group that say so begin at the box around all of them, so that
    sizes compare), `beside` ("input" draws the inputs at the left), `autoplay`, `pause_at` ("switch" or
    an epoch), `speed` (of playback, one of SPEEDS), `panels` (epochs drawn side by side, or "story"),
    `marks` (rows: the first in a ring, joined to the others; then a click tells the page which point it
    met, see `picked`), `projection`, `score` (sparkline of the track), `renderer` ("canvas" draws without
    WebGL), `umap` (what starts the computation of UMAP layouts when the user asks for it, a function of
    the run; without one nobody can start it; layouts that are there are always offered).
    """
    known = {
        "linked": None,
        "own_epoch": False,
        "same_box": False,
        "beside": None,
        "autoplay": False,
        "pause_at": None,
        "speed": 1,
        "panels": None,
        "marks": None,
        "projection": "pca-0-1",
        "score": None,
        "renderer": "webgl",
        "umap": None,
    }
    for word, allowed in ((set(more) - set(known), known), (set(controls) - set(CONTROLS), CONTROLS)):
        if word:
            raise ValueError(f"latent_view knows no {sorted(word)[0]!r}; known: {', '.join(allowed)}.")
    if color not in COLORS:
        raise ValueError(f"color must be one of {', '.join(COLORS)}, got {color!r}.")
    if more.get("speed", 1) not in SPEEDS:
        raise ValueError(f"speed must be one of {', '.join(map(str, SPEEDS))}, got {more['speed']}.")
    told = {**known, **more, "umap": bool(more.get("umap"))}
    return {**told, "color": color, "controls": list(controls), "height": int(height)}
