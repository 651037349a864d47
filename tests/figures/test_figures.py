"""What is drawn is what was given: values, gaps, phases, cuts."""

import numpy as np
import pytest

from dcviz.figures.curves import Curve, Panel, over_epochs
from dcviz.figures.histogram import histogram
from dcviz.figures.landscape import landscape
from dcviz.figures.purity import before_after
from dcviz.figures.scales import dimension_by_scale


def drawn(figure, name: str):
    return next(trace for trace in figure.data if trace.name == name)


def test_curves_keep_gaps_and_mark_the_switch() -> None:
    y = [1.0, float("nan"), 3.0]
    panels = [
        Panel("ID", (Curve("ID", y, low=[0, 0, 2], high=[2, 2, 4]),)),
        Panel("loss", (Curve("loss", y),)),
    ]
    figure = over_epochs([0, 1, 2], panels, phases=[("pretrain", 1), ("finetune", 1)], now=2.0)
    assert np.isnan(drawn(figure, "ID").y[1])
    assert not drawn(figure, "ID").connectgaps
    boxes = [s for s in figure.layout.shapes if s.type == "rect"]
    lines = [s for s in figure.layout.shapes if s.type == "line"]
    assert [(b.x0, b.x1) for b in boxes] == [(0, 1)] * 2 + [(1, 2)] * 2
    assert [note.text for note in figure.layout.annotations] == ["pretrain", "⚑ switch to finetune"]
    assert sorted({s.x0 for s in lines}) == [1, 2]


@pytest.mark.parametrize(
    ("first", "rows", "sides"),
    [
        (200, [0, 0], "left left"),
        (10, [0, 1], "left left"),
        (267, [0, 1], "left right"),
        (390, [0, 0], "left right"),
    ],
)
def test_names_of_phases_never_run_into_each_other(first: int, rows: list[int], sides: str) -> None:
    phases = [("pretraining", first), ("proximity", 400 - first)]
    figure = over_epochs([0, 400], [Panel("ID", (Curve("ID", [1, 2]),))], phases=phases)
    names = figure.layout.annotations
    assert [(note.yshift or 0) > 0 for note in names] == [row > 0 for row in rows]
    assert [note.xanchor for note in names] == sides.split()


def test_a_band_needs_two_known_epochs() -> None:
    nan = float("nan")
    curve = Curve("ID", [1, 2], low=[0, nan], high=[2, nan])
    assert len(over_epochs([0, 1], [Panel("ID", (curve,))]).data) == 1


@pytest.mark.parametrize(("kept_above", "kept"), [(True, 3), (False, 2)])
def test_histogram_counts_each_side_of_the_cut(kept_above: bool, kept: int) -> None:
    values = [0.1, 0.2, 0.7, 0.8, 0.9, float("nan")]
    figure = histogram(values, cut=0.5, title="r", kept="in", dropped="out", kept_above=kept_above)
    assert int(drawn(figure, f"in: {kept}").y.sum()) == kept
    assert int(drawn(figure, f"out: {5 - kept}").y.sum()) == 5 - kept
    assert len(figure.layout.shapes) == 1


def test_no_bar_holds_both_sides() -> None:
    values = np.random.default_rng(0).random(500)
    figure = histogram(values, cut=0.37, title="r", kept="in", dropped="out")
    inside, outside = (np.asarray(trace.y) for trace in figure.data)
    assert not np.any((inside > 0) & (outside > 0))
    assert inside.sum() == (values > 0.37).sum()


def test_a_cut_far_beyond_all_values_does_not_squeeze_them() -> None:
    values = np.random.default_rng(0).random(500)
    figure = histogram(values, cut=90.0, title="gap", kept="in", dropped="out", kept_above=False)
    assert (np.asarray(drawn(figure, "in: 500").y) > 0).sum() > 40
    assert not figure.layout.shapes
    assert "cut at 90" in figure.layout.annotations[0].text
    assert len(histogram(values, cut=2.0, title="gap", kept="in", dropped="out").layout.shapes) == 1


@pytest.mark.parametrize("values", [[], [0.5, 0.5], [float("nan")]])
def test_histogram_of_nothing_still_draws(values: list[float]) -> None:
    assert histogram(values, cut=0.5, title="r", kept="in", dropped="out").data


def test_landscape_marks_the_present_thresholds() -> None:
    values = np.arange(12.0).reshape(3, 4)
    figure = landscape(values, ratios=np.arange(3), gaps=np.arange(4), at=(1.0, 2.0), title="core")
    heat, cross = figure.data
    assert heat.z.shape == (3, 3)  # the last gap keeps every pair and lies far off
    assert (cross.y[0], cross.x[0]) == (1.0, 2.0)


def test_thresholds_beyond_the_landscape_are_shown_at_its_edge() -> None:
    values = np.arange(12.0).reshape(3, 4)
    figure = landscape(values, ratios=np.arange(3), gaps=np.arange(4), at=(1.0, 9.0), title="core")
    cross = figure.data[1]
    assert (cross.x[0], cross.customdata[0], cross.marker.symbol) == (2.0, 9.0, "triangle-right")


@pytest.mark.parametrize(("share", "ends"), [(1.0, (0, 1)), (0.4, (0, 1)), (None, (None, None))])
def test_a_share_that_is_the_same_everywhere_has_no_color_above_all(share, ends) -> None:
    values = np.full((3, 4), share) if share else np.arange(12).reshape(3, 4) / 20
    values[0, 0] = np.nan
    heat = landscape(values, ratios=np.arange(3), gaps=np.arange(4), at=(1.0, 2.0), title="purity").data[0]
    assert (heat.zmin, heat.zmax) == ends


def test_a_group_without_points_says_so() -> None:
    figure = before_after(["core", "border"], [None, 0.5], [None, 0.75], counts=[(0, 0), (10, 4)])
    assert figure.data[0].text == ("no point", "50.0%")
    assert figure.data[1].customdata[1] == 4


def test_scale_curve_has_the_interval_as_error_bars() -> None:
    figure = dimension_by_scale([0.1, 0.2], [2.0, 1.0], low=[1.5, 0.8], high=[2.7, 1.1], orders=[1, 2])
    assert figure.data[0].error_y.array == pytest.approx([0.7, 0.1])
    assert figure.data[0].error_y.arrayminus == pytest.approx([0.5, 0.2])


def test_bars_stand_where_both_ends_are_known() -> None:
    nan = float("nan")
    curve = Curve("spread", [0.5, 0.6, 0.7], low=[nan, 0.4, nan], high=[nan, 0.8, 0.9], bars=True)
    bars = over_epochs([0, 1, 2], [Panel("score", (curve,))]).data[0]
    assert list(bars.x) == [1]
    assert list(bars.y) == [pytest.approx(0.6)]
    assert list(bars.error_y.array) == [pytest.approx(0.2)]
    assert bars.mode == "markers"


def test_the_names_of_curves_stand_close_together() -> None:
    """Each in a row of its own on a phone: eight rows with gaps took half of the plots' height."""
    curves = tuple(Curve(name, [1.0, 2.0]) for name in "abcdefgh")
    assert over_epochs([0, 1], [Panel("many", curves)]).layout.legend.tracegroupgap == 0
