"""Feature Randomness and Feature Drift: whether a training's targets teach what true labels would."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from dcviz.exchange.calls import drawn
from dcviz.figures.curves import Curve, Panel, over_epochs
from dcviz.geometry.gradients import GRADIENT_SCORES, LOSSES
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import series, story, words
from dcviz.ui.chart import Caption, chart

ANGLES = ("randomness", "randomness_pseudo", "drift")
NEIGHBORS = {
    "randomness": "Δ_FR analogue (ours), against the whole loss",
    "randomness_pseudo": "Δ_FR analogue (ours), against the latent loss",
    "drift": "Δ_FD analogue (ours)",
}
NAMES = {
    "randomness": "Δ_FR against the whole loss",
    "randomness_pseudo": "Δ_FR against the pseudo-supervised loss",
    "drift": "Δ_FD",
}


def panel(run: Run, epochs: Sequence[Epoch], now: Epoch) -> None:
    """Show the curves of one run, or say why there are none."""
    st.subheader("Do its targets teach what labels would?", anchor=False)
    measured = _measured(epochs)
    if not measured:
        st.caption(f"Feature Randomness and Feature Drift: {_why_not(epochs)}")
        return
    chart(
        drawn(gradient_curves, run, now=now.position),
        caption(run, measured, now),
        key="teaching",
        alt=story.in_words(measured, NAMES),
        table=series.table(measured, list(GRADIENT_SCORES)),
    )
    missing = dict.fromkeys(measured[-1].reasons[name] for name in ANGLES if name in measured[-1].reasons)
    if missing:
        st.caption(" ".join(missing))


def gradient_curves(run: Run, *, now: float) -> go.Figure:
    """Angles between the gradients of losses, and their norms, over the checkpoints of a run."""
    epochs = run.epochs()
    measured = _measured(epochs)
    names = NEIGHBORS if run.spec.get("method") == "rdc" else NAMES
    angles = [_curve(measured, name, title) for name, title in names.items()]
    norms = [_curve(measured, f"gradient_{name}", f"‖∇L_{name}‖", dash="dot") for name in LOSSES]
    panels = [
        Panel("cosine (no unit)", tuple(c for c in angles if series.known(c.y)), low=-1.05, high=1.05),
        Panel("norm (no unit)", tuple(c for c in norms if series.known(c.y)), log=True),
    ]
    figure = over_epochs(series.positions(epochs), panels, phases=series.phases(run), now=now)
    # A decade or two: 1, 2, 5 are marks enough.
    figure.update_yaxes(dtick="D2", selector={"type": "log"})
    return figure


def _measured(epochs: Sequence[Epoch]) -> list[Epoch]:
    return [epoch for epoch in epochs if any(epoch.scores.get(name) is not None for name in GRADIENT_SCORES)]


def _curve(measured: Sequence[Epoch], name: str, title: str, *, dash: str = "solid") -> Curve:
    return Curve(title, series.score(measured, name), x=series.positions(measured), dash=dash)


def _why_not(epochs: Sequence[Epoch]) -> str:
    """The reason the worker gave, or the three there can be."""
    for epoch in reversed(epochs):
        if "drift" in epoch.reasons:
            return epoch.reasons["drift"]
    return (
        "not measured in this run. It compares the targets that a method makes for itself with true labels, "
        "at each checkpoint; methods without such targets, and runs trained before this was measured, "
        "have none."
    )


def caption(run: Run, measured: Sequence[Epoch], now: Epoch) -> Caption:
    """Of the angles and norms; R-DC's are analogues of our own, for it has no pseudo-labels."""
    at = min(measured, key=lambda epoch: abs(epoch.position - now.position))
    costs = [line["probe_seconds"] for line in run.lines() if line.get("probe_seconds")]
    cost = f"; {words.duration(max(costs))} a checkpoint at most" if costs else ""
    points = min(int(run.spec.get("probe_points", 0)) or 2_048, int(run.spec.get("n") or 2_048))
    neighbors = run.spec.get("method") == "rdc"
    return Caption(
        drawn="How far the gradient of the training agrees with the one that true labels would give (Δ_FR), "
        "and how far its two losses agree with each other (Δ_FD). High is good, below 0 they compete; below, "
        "how long the gradients are."
        + (" R-DC has no pseudo-labels: these are analogues of our own." if neighbors else ""),
        formula=r"\Delta_{FR} = \cos(\nabla_\theta L_{sup}, \nabla_\theta L_{total}) = "
        + words.number(at.scores.get("randomness"))
        + r",\quad \Delta_{FD} = \cos(\nabla_\theta L_{self}, \nabla_\theta L_{pseudo}) = "
        + words.number(at.scores.get("drift")),
        symbols=_symbols(neighbors) + f" Numbers: epoch {words.epoch(at.position)}. No unit.",
        points=f"At most {points:,} points, the same at every checkpoint{cost}. {_counted(measured)}",
        settings="Clean points, networks at rest, on a copy of the checkpoint: training is bit for bit the "
        "same with and without. True labels enter here, after the fact, and nowhere else.",
        not_shown="how much it matters. Near convergence gradients vanish and their angle is noise: "
        "read it beside the norms.",
    )


def _counted(measured: Sequence[Epoch]) -> str:
    """How many epochs the curves rest on; one alone is no curve."""
    if len(measured) == 1:
        return f"One checkpoint was measured, epoch {words.epoch(measured[0].position)}: dots, no curves."
    return f"{len(measured):,} checkpoints."


def _symbols(neighbors: bool) -> str:
    if neighbors:
        return (
            "θ: encoder. L_pseudo: the latent loss towards the centroid of reliable neighbors; L_self: the "
            "decoded one; L_sup: the latent loss with neighbors of the same class only."
        )
    return (
        "θ: encoder. L_pseudo: the loss towards the method's own targets; L_self: reconstruction; "
        "L_sup: as L_pseudo, each point sent to the cluster that its true class is matched to."
    )
