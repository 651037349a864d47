"""Is core the same as dense? The ratio test beside a density test that chooses as many points."""

from __future__ import annotations

from dataclasses import astuple

import pandas as pd
import streamlit as st

from dcviz.geometry.core_rules import CoreRules, core_rules
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import pick, words
from dcviz.ui.cached import identity
from dcviz.ui.chart import Caption, explain


def panel(run: Run, now: Epoch) -> None:
    """Show both rules at the present epoch and thresholds."""
    at = pick.thresholds(run)
    st.subheader("Is core the same as dense?", anchor=False)
    found = _rules(run, identity(run), now.key, astuple(at))
    st.dataframe(
        rows(found), key="rules", hide_index=True, placeholder="–",
        alt="Table of two rules for core points: how many, and how pure their neighborhoods are",
    )  # fmt: skip
    explain(caption(found, at, now), key="rules")


@st.cache_data(show_spinner=False, max_entries=64)
def _rules(_run: Run, who: str, key: str, values: tuple) -> CoreRules:
    return core_rules(_run.neighbors(key), Thresholds(*values), labels=_run.labels())


def rows(found: CoreRules) -> pd.DataFrame:
    """One row a rule."""
    table = pd.DataFrame(
        {
            "Rule": ["even: D₁ / D_M above λ_ratio (R-DC)", "dense: D_M below a quantile"],
            "Core points": [words.share(rule.hits, rule.total) for rule in (found.ratio, found.density)],
        }
    )
    if found.ratio_purity is not None and found.density_purity is not None:
        table["Neighbor purity, true labels"] = [
            words.share(each.hits, each.total) for each in (found.ratio_purity, found.density_purity)
        ]
    return table


def caption(found: CoreRules, at: Thresholds, now: Epoch) -> Caption:
    """Of the table."""
    both = words.share(found.both.hits, found.both.total)
    chance = "" if found.expected is None else f"; by chance it would be {found.expected:.1%}"
    return Caption(
        drawn=f"The ratio's core points that are also among the densest: {both}{chance}.",
        formula=rf"\text{{even: }} D_{{i1}}/D_{{i{at.M}}} > {at.lambda_ratio:g},\qquad "
        rf"\text{{dense: }} D_{{i{at.M}}} \le Q_{{{found.ratio.value or 0:.3f}}}(D_{{{at.M}}})",
        symbols="D_ij: distance to the j-th neighbor, unit of the latents; Q_s: the quantile that makes both "
        "rules choose equally many.",
        points=f"{found.ratio.total:,} points, epoch {words.epoch(now.position)}.",
        settings=f"M = {at.M}, λ_ratio = {at.lambda_ratio:g}, from the address or the run.",
        not_shown="what training with the density rule would give: no method here uses it.",
    )
