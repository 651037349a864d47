"""What has to be said below the pictures of a lesson, with present numbers in the formula."""

from __future__ import annotations

from dcviz.lessons.lesson import View
from dcviz.runs import Run
from dcviz.ui import cached, captions, pick, story, words
from dcviz.ui.chart import Caption
from dcviz.viewer import ViewState

SPLIT, PURITY = "split", "purity"


def below(run: Run, seen: ViewState, view: View) -> Caption | None:
    """The caption of a lesson's picture; None while nothing is stored.

    Args:
        run: the run at the left.
        seen: where its cursor and thresholds stand.
        view: what the lesson shows, for what the colors mean.
    """
    if seen.key is None:
        return None
    if view.color in (SPLIT, PURITY):
        scores = cached.split(run, seen.key, seen.thresholds)
        if view.color == SPLIT or scores.true is None:
            return captions.ratio(scores, seen.thresholds)
        return captions.purity(scores, scores.true, whose="true", at=seen.thresholds)
    if run.inputs() is None:
        return story.dimension(run, run.epoch(seen.key))
    return _folds(run, seen)


def _folds(run: Run, seen: ViewState) -> Caption:
    """Of points of a plane: how much of it was turned over, against the switch or, before it, the input."""
    epoch = pick.nearest(run.epochs(), seen.epoch)
    after = run.switch is not None and epoch.position >= run.switch
    share = epoch.scores.get("flip" if after else "flip_input")
    against = r"\text{switch}" if after else r"\text{input}"
    return Caption(
        drawn="Each dot is one sample, at the place the network gives it; colors stay with the dots.",
        formula=r"\text{flipped} = \frac{\#\{\triangle:\ \mathrm{sign}\det \triangle_e \ne "
        rf"\mathrm{{sign}}\det \triangle_{{{against}}}\}}}}{{\#\triangle}} = {words.number(share, digits=3)}",
        symbols="△: Delaunay triangle of landmarks (means of about 10 dots); det: its signed area at "
        f"epoch e. No unit. The number: {words.literal(run.name)}, epoch {words.epoch(epoch.position)}.",
        points=f"{run.spec.get('n') or 0:,} points.",
        settings="A mirrored picture counts as not flipped: the smaller of the share and its complement.",
        not_shown="which folds matter. Between stored epochs the picture is interpolated, the number is not.",
    )
