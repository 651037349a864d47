"""The few lines of Python that recompute a number or the data of a figure; tests run them."""

from dcviz.geometry.registry import EPOCH_SCORES, POINT_SCORES
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError


def score_lines(run: Run, key: str, score: str, thresholds: Thresholds) -> str:
    """Python that prints a score of one stored epoch, from its latents, neighbors and clusters.

    Args:
        run: any run.
        key: of a stored epoch.
        score: of EPOCH_SCORES, or a key beside them in the stored scores.
        thresholds: of the split scores; the others do not look at them.
    """
    return (
        f"# {_title(score)} of run {run.id}, epoch {key}\n"
        "from dcviz.geometry.scores import live_scores\n"
        "from dcviz.geometry.thresholds import Thresholds\n"
        f"{opening(run)}"
        f"scores, _, _ = live_scores(\n"
        f"    run.latents({key!r}),\n"
        f"    run.neighbors({key!r}),\n"
        f"    assignments=run.assignments({key!r}),\n"
        f"    labels=run.labels(),\n"
        f"    thresholds={thresholds!r},\n"
        f")\n"
        f"print(scores[{score!r}])\n"
    )


def curve_lines(run: Run, scores: list[str]) -> str:
    """Python that prints the values of curves over the epochs, as they are stored."""
    return (
        f"# {', '.join(map(_title, scores))} over the epochs of run {run.id}\n"
        f"{opening(run)}"
        "for epoch in run.epochs():\n"
        f"    print(epoch.position, *(epoch.scores.get(name) for name in {scores!r}))\n"
    )


def point_lines(run: Run, key: str, score: str, thresholds: Thresholds) -> str:
    """Python that prints a score of every point of one stored epoch (what a histogram counts)."""
    return (
        f"# {POINT_SCORES[score].title} of every point of run {run.id}, epoch {key}\n"
        "from dcviz.geometry.registry import POINT_SCORES, PointInput\n"
        "from dcviz.geometry.thresholds import Thresholds\n"
        f"{opening(run)}"
        "view = PointInput(\n"
        f"    run.latents({key!r}), run.neighbors({key!r}), {thresholds!r},\n"
        f"    run.labels(), run.assignments({key!r}),\n"
        ")\n"
        f"print(POINT_SCORES[{score!r}].function(view))\n"
    )


def opening(run: Run) -> str:
    """How to open the run: by its id where the store knows it, so that no path of this machine is told."""
    try:
        known = default_store().by_id(run.id).path == run.path
    except RunError:
        known = False
    if known:
        return f"from dcviz.runs import default_store\n\nrun = default_store().by_id({run.id!r})\n"
    return f"from dcviz.runs import Run\n\nrun = Run({str(run.path)!r})\n"


def _title(score: str) -> str:
    return EPOCH_SCORES[score].title if score in EPOCH_SCORES else score
