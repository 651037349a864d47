"""The curves of Geometry: which color a quantity has, and what its bars are."""

import json

from dcviz.runs import Run, RunStore
from dcviz.ui import story
from dcviz.ui.epoch_curves import agreement_curves, dimension_curves, neighborhood_curves


def color_of(figure, name: str) -> str:
    return next(trace.line.color for trace in figure.data if trace.name == name)


def test_a_color_is_one_quantity_in_both_panels(tiny_store: RunStore) -> None:
    figure = dimension_curves(tiny_store.list()[0], now=1)
    gap, clusters = (color_of(figure, name) for name in ("curvature LID − ID", "ID, mean of clusters"))
    lines = [trace for trace in figure.data if trace.showlegend]
    assert [trace.name for trace in lines if trace.line.color == gap] == ["curvature LID − ID"]
    assert color_of(figure, "ID, whole set") == clusters
    assert len({(trace.line.color, trace.line.dash) for trace in lines}) == len(lines) == 6


def test_bars_are_told_apart_from_the_line_they_stand_beside(tiny_store: RunStore) -> None:
    """An imported series had ACC .436 beside a bar from .438 to .452: two clusterings, not one interval."""
    run = tiny_store.list()[0]
    assert "Bars" not in str(story.agreement(run, run.epochs()[-1]).settings)
    log = run.path / "metrics.jsonl"
    *before, last = (json.loads(line) for line in log.read_text().splitlines())
    last["scores"] |= {"acc": 0.436, "acc_band_low": 0.438, "acc_band_high": 0.452, "band_points": 90}
    log.write_text("".join(json.dumps(line) + "\n" for line in [*before, last]))
    run = Run(run.path)
    told = str(story.agreement(run, run.epochs()[-1]).settings)
    n = run.spec["n"]
    assert f"begun anew on 90 of the {n:,} points" in told
    assert "may end outside" in told
    assert "from the centers of the epoch before" in told
    names = [trace.name for trace in agreement_curves(run, now=1).data]
    assert "ACC of k-means begun anew, 10 seeds" in names


def test_data_without_labels_get_no_axes_for_purity_by_them(tiny_store: RunStore) -> None:
    run = tiny_store.list()[0]
    titles = [axis.title.text for axis in neighborhood_curves(run, now=1).select_yaxes()]
    assert "purity, true labels" in titles
    log = run.path / "metrics.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        scores = line["scores"]
        scores |= {name: None for name in scores if name.startswith("purity") and "clusters" not in name}
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (run.path / "data" / "labels.npy").unlink()
    run = Run(run.path)
    bare = [axis.title.text for axis in neighborhood_curves(run, now=1).select_yaxes()]
    assert bare == [title for title in titles if title != "purity, true labels"]
    told = story.filters(run, run.epochs()[-1])
    assert "by predicted clusters" in told.drawn
    assert "true labels" not in told.drawn
