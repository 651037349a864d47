"""What rows of the benchmark do not tell themselves: why some stay below print, and what seeds leave out.

Numbers here are held against the tables by tests/benchmarks/test_remarks.py.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from dcviz.data.catalog import DATASETS
from models.catalog import METHODS

NOT_RUN = "not run"
REMARKS: dict[str, tuple[str, ...]] = {
    "mnist": (
        "R-DC's first phase has two ends on MNIST: of 16 trainings 8 came to either, the same seeds "
        "parted by rounding alone. These three seeds are on the better side (k-means ACC .691); turn by turn "
        "they gave .621. So seeds of one way of computing tell too small a spread.",
        "DynAE as printed fails here because of its first phase against a trained critic: with no critic, or "
        "with `critic=untrained` as in the released code, it ends at ACC .98.",
        "DCSS with its published network ends lower than after its second phase, .887 after .914, while "
        "NMI rises to .920: its scores are those of nine clusters, .98 right, and an empty one. Nothing in "
        "the loss of its pairs keeps a cluster from losing all points.",
    ),
    "fashionmnist": (
        "R-DC's first phase is chaotic: the same five seeds, rounded otherwise, gave k-means ACC "
        ".548 instead of .505; all ten have .527 ± .040.",
        "R-DC with a critic that never learns, as in the released code, ends at .594. What then parts it "
        "from print is a tie: on four of these five latents k-means finds a solution of ACC .63 to .64, but "
        "for two of them it has up to .4 % more inertia than the solution that counts.",
        "CDC's first phase as printed scales over all pairs of a batch; by rows, as in the released code, "
        "it ends where the paper does (.647, printed .649).",
        "DynAE as printed fails here as it does on MNIST; with `critic=untrained` it ends at .546 "
        "(printed .595).",
    ),
    "pneumoniamnist": (
        "FINCH by cosine, which learns nothing, has ACC .876 on these pixels once it is told K; R-DC's table "
        "prints .518 for it. By Euclidean distance it has .683.",
    ),
}
"""Sentences below the scores of a data set."""
VARIANTS: dict[str, str] = {
    "32 px, 100 epochs": "10,000 test pictures of 32 pixels, at most a tenth of the published epochs",
    "critic never trained": "`critic=untrained`: the critic's own loss moves no weight, as in released code",
    "float32": "products in float32, not in TF32",
    "fully connected": "`network=fc` instead of the published convolutions",
    "fully connected, step .0001": "the same with a step size of .0001 in the second phase, a tenth of the "
    "published one",
    "half margin": "`margin=half`: the second threshold stays half of the first",
    "inputs alone": "FINCH on the pixels; the auto-encoder beside it plays no part",
    "no critic": "`interpolation=off`: the first phase rebuilds its input and nothing else",
    "paper": "the preset of the paper",
    "paper Table 2": "thresholds of the paper's Table 2, targets as by default",
    "published network": "`network=conv`, the convolutions of the paper",
    "quick": "preset quick, from a run that **Runs** lists",
    "R-DC's phase 1": "the first phase is R-DC's",
    "released code": "thresholds and targets of the released code",
    "released network": "the convolutions of the released code",
    "released targets": "targets from the clean view, free to grow: the second phase as printed",
    "row norm": "`norm=row_code`: each row of pairs is scaled by itself, as in the released code",
    "rule": "thresholds and stopping point chosen by a rule that reads no labels (docs/selection.md)",
    "shortened": "100 and 150 epochs",
    "standard": "preset standard, from a run that **Runs** lists",
}
"""What the names in brackets stand for."""


def remarks(dataset: str, variants: Iterable[str]) -> None:
    """Say it below the scores of a data set, and what the variants among them are."""
    for remark in REMARKS.get(dataset, ()):
        st.caption(remark)
    told = {name: meaning for name in sorted(set(variants)) if (meaning := meaning_of(name))}
    if told:
        with st.expander("What the names in brackets mean", icon=":material/data_array:", key="variants"):
            st.markdown("\n".join(f"* **{name}**: {meaning}" for name, meaning in told.items()))


def meaning_of(variant: str) -> str:
    """What the name of a variant stands for; "" for one that nobody has described."""
    name, _, own = variant.partition(", ")
    meaning = VARIANTS.get(variant, VARIANTS.get(name, ""))
    if meaning and "own settings" in own:
        return f"{meaning}; so many settings are not the preset's, and the last three letters tell which set"
    return meaning


def cell_state(method: str, mean: float, dataset: str) -> str:
    """Whether a cell is measured here, or could be and was not; of what this lab cannot train, nothing."""
    if not pd.isna(mean):
        return "measured"
    return NOT_RUN if method in METHODS and dataset in DATASETS else ""
