"""The few lines of Python that compute a figure of one epoch again and draw it; tests run them."""

from dcviz.exchange.lines import opening
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run


def ratio_lines(run: Run, key: str, at: Thresholds) -> str:
    """Python that draws the histogram of r = D_1 / D_M."""
    return _lines(
        run,
        f"r = D_1 / D_{at.M} of every point at epoch {key}",
        ["dcviz.figures.histogram import histogram", "dcviz.geometry.filters import neighbor_ratio"],
        f"ratios = neighbor_ratio(run.neighbors({key!r}).distances[:, :{at.M}])\n"
        f'figure = histogram(ratios, cut={at.lambda_ratio!r}, title="D_1 / D_M",\n'
        '    kept="core", dropped="border")\n',
    )


def gap_lines(run: Run, key: str, at: Thresholds, *, cut: float) -> str:
    """Python that draws the histogram of the distance gaps; `cut` is tau_distance as a distance."""
    return _lines(
        run,
        f"D_j - D_1 of every neighbor at epoch {key}",
        ["dcviz.figures.histogram import histogram", "dcviz.geometry.filters import distance_gaps"],
        f"gaps = distance_gaps(run.neighbors({key!r}).distances[:, :{at.M}])[:, 1:]\n"
        f'figure = histogram(gaps, cut={cut!r}, title="D_j - D_1", kept="reliable", dropped="dropped",\n'
        "    kept_above=False)\n",
    )


def purity_lines(run: Run, key: str, at: Thresholds, *, whose: str) -> str:
    """Python that draws purity before and after the filters; `whose` is "true" or "predicted"."""
    return _lines(
        run,
        f"purity by {whose} labels at epoch {key}",
        [
            "dcviz.figures.purity import before_after",
            "dcviz.geometry.purity import split_scores",
            "dcviz.geometry.thresholds import Thresholds",
        ],
        f"scores = split_scores(run.neighbors({key!r}), {at!r},\n"
        f"    labels=run.labels(), assignments=run.assignments({key!r})).{whose}\n"
        "before = (scores.core, scores.border, scores.all)\n"
        "after = (scores.core_filtered, scores.border_filtered, scores.all_filtered)\n"
        'figure = before_after(("core", "border", "all"), [share.value for share in before],\n'
        "    [share.value for share in after],\n"
        "    counts=[(b.total, a.total) for b, a in zip(before, after)])\n",
    )


def landscape_lines(run: Run, key: str, at: Thresholds, *, what: str) -> str:
    """Python that draws a heat map over both thresholds; `what` is one of the names the page uses."""
    shares = {
        "Purity of reliable neighbors": "table.purity_after()",
        "Reliable pairs of core points": "table.reliable / max(int(table.core[0] * table.m), 1)",
        "Core points": "np.broadcast_to(table.core_share()[:, None], table.reliable.shape)",
    }
    return _lines(
        run,
        f"{what.lower()} over both thresholds at epoch {key}",
        ["dcviz.figures.landscape import landscape", "dcviz.geometry.table import threshold_table"],
        f"table = threshold_table(run.neighbors({key!r}), labels=run.labels(),\n"
        f"    m={at.M}, reading={at.reading!r})\n"
        f"figure = landscape({shares[what]}, ratios=table.lambda_axis, gaps=table.tau_axis,\n"
        f"    at=({at.lambda_ratio!r}, {at.tau_distance!r}), title={what!r})\n",
    )


def _lines(run: Run, what: str, imports: list[str], body: str) -> str:
    wanted = "".join(f"from {each}\n" for each in imports)
    wanted = ("import numpy as np\n\n" if "np." in body else "") + wanted
    return f"# {what}, run {run.id}\n{wanted}{opening(run)}{body}figure.write_html('figure.html')\n"
