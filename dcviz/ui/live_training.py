"""Train on the spot: curves of one's own choosing or drawing, seen moving while they are trained."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import streamlit as st

from dcviz.data.catalog import DATASETS
from dcviz.data.dataset import DataError
from dcviz.data.paths import cache_root
from dcviz.engine.request import RequestError
from dcviz.lessons.strokes import as_csv, checked, points_along
from dcviz.runs import Run, default_store
from dcviz.runs.errors import RunError
from dcviz.ui import actions, desk, frame, mode, pick, words
from dcviz.ui.links import link
from dcviz.viewer import latent_view

LOSSES = {
    "dec": "DEC: to the nearest center, nothing rebuilt",
    "idec": "IDEC: to the nearest center, and rebuild",
    "rdc": "R-DC: to reliable neighbors, and rebuild",
    "autoencoder": "none: rebuild only",
}
NETWORKS = {"mlp": "ReLU", "linear": "linear"}
WEIGHT = {"idec": "Weight of clustering", "rdc": "Weight of rebuilding γ"}
PATIENCE = 1.0
_HERE = Path(__file__).parent


@st.fragment
def train_live(*, key: str = "live") -> None:
    """A short form over the toys, and below it the latents as they move."""
    toys = {name: entry for name, entry in DATASETS.items() if entry.kind == "toy"}
    one, two, three, four = st.columns(4)
    dataset = one.selectbox("Data", list(toys), key=f"{key}_data", format_func=lambda name: toys[name].title)
    n = two.slider("Points n", 200, 3000, 1200, 100, key=f"{key}_n")
    noise = three.slider("Noise", 0.0, 0.3, 0.06, 0.01, key=f"{key}_noise")
    seed = four.number_input("Seed", 0, 9999, 0, key=f"{key}_seed")
    choices = training_form(key=key)
    options = {"n": int(n), "noise": float(noise), "seed": 0}
    start_button(str(dataset), choices, options=options, seed=int(seed), key=key)
    watch(key)


def training_form(*, key: str) -> dict[str, Any]:
    """Loss, network, rates and the moment of the switch: what a short experiment varies."""
    if mode.may_change():
        actions.warm_up()
    one, two, three, four = st.columns(4)
    method = str(
        one.selectbox(
            "Loss after the switch", list(LOSSES), key=f"{key}_loss", format_func=LOSSES.__getitem__
        )
    )
    network = two.segmented_control(
        "Network", list(NETWORKS), default="mlp", required=True, key=f"{key}_network",
        format_func=NETWORKS.__getitem__, help="One hidden layer, with ReLU or without: linear cannot fold.",
    )  # fmt: skip
    if method == "autoencoder":
        ends = three.slider("Epochs, no switch", 200, 600, 400, 10, key=f"{key}_epochs")
    else:
        switch = three.slider("Switch at epoch", 0, 400, 200, 10, key=f"{key}_switch")
    rate = four.select_slider("Learning rate", [1e-4, 3e-4, 1e-3, 3e-3, 1e-2], 1e-3, key=f"{key}_rate")
    settings: dict[str, Any] = {"network": network, "learning_rate": rate}
    if method == "autoencoder":
        settings["pretrain_epochs"] = ends
    else:
        settings |= {"pretrain_epochs": switch, "finetune_epochs": 200, "finetune_learning_rate": rate}
    if method in WEIGHT:
        start = 0.1 if method == "idec" else 100.0
        weights = [0.0, 0.01, 0.1, 1.0, 10.0, 100.0]
        settings["gamma"] = st.select_slider(WEIGHT[method], weights, start, key=f"{key}_gamma_{method}")
    if method == "rdc":
        left, right = st.columns(2)
        settings["lambda_ratio"] = left.slider("λ_ratio", 0.0, 1.0, 0.5, 0.05, key=f"{key}_lambda")
        settings["tau_distance"] = right.slider("τ_distance", 0.0, 2.0, 0.6, 0.05, key=f"{key}_tau")
    return {"method": method, "settings": settings}


def start_button(
    dataset: str, choices: Mapping[str, Any], *, options: dict[str, Any], seed: int, key: str
) -> None:
    """Start a worker on it; refused by itself where the lab is read-only."""
    locked = not mode.may_change()
    if st.button(
        "Train", type="primary", icon=":material/play_arrow:", key=f"{key}_start", disabled=locked,
        help="This lab is read-only here." if locked else "Every epoch is kept.",
    ):  # fmt: skip
        frame.attempt(lambda: _start(dataset, choices, options, seed, key))


def _start(dataset: str, choices: Mapping[str, Any], options: dict[str, Any], seed: int, key: str) -> None:
    request = actions.plan(
        choices["method"], dataset, settings=choices["settings"], preset="standard", seed=seed, device="cpu",
        dataset_options=options, schedule={"every": 1},
    )  # fmt: skip
    st.session_state[f"{key}_run"] = actions.start(request).id


def watch(key: str) -> None:
    """The run that was started here: its latents while they move, and the buttons that steer it."""
    run_id = st.session_state.get(f"{key}_run")
    if run_id is None:
        return
    try:
        run = default_store().by_id(run_id)
    except RunError as error:
        frame.say(error)
        return
    if _begun(run):
        _moving(run_id, key)
    else:
        st.fragment(_wait, run_every=0.3)(run_id)
    desk.desk(run)
    link("train", "Branch it, see all settings", run=run_id)


def _begun(run: Run) -> bool:
    """Whether there is something to see; a spare worker has it within a fraction of a second."""
    end = time.monotonic() + PATIENCE
    while not run.epochs() and desk.is_active(run) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(run.epochs())


def _wait(run_id: str) -> None:
    run = default_store().by_id(run_id)
    if run.epochs() or not desk.is_active(run):
        st.rerun()
    st.caption("Starting …")


def _moving(run_id: str, key: str) -> None:
    run = default_store().by_id(run_id)
    beside: dict[str, Any] = {"beside": "input"} if run.inputs() is not None else {}
    color = "position" if run.position() is not None else "label"
    latent_view(
        run, key=f"{key}_view_{run_id}", height=420, color=color,
        autoplay=True, controls=("play", "track", "thresholds", "color"), **beside,
    )  # fmt: skip


@st.fragment
def draw(*, key: str = "draw") -> None:
    """A sheet to draw on; what was drawn becomes a data set of its own and is trained."""
    sheet = st.components.v2.component(
        "dcviz_draw", html='<div class="dr-root"></div>', css=_text("draw.css"), js=_text("draw.js")
    )
    told = sheet(key=key, on_drawn_change=lambda: None)
    drawn = told.get("drawn") if isinstance(told, Mapping) else None
    uploaded = st.file_uploader(
        "or a table with columns x, y, label", type=["csv"], key=f"{key}_file", disabled=not mode.may_change()
    )
    choices = training_form(key=key)
    noise = st.slider("Noise", 0.0, 0.1, 0.02, 0.005, key=f"{key}_noise")
    if uploaded is None and not isinstance(drawn, Mapping):
        st.caption("Draw at least two curves and press **Use these curves**.")
        return
    if uploaded is not None:
        st.caption(f"{words.literal(uploaded.name)} is trained on, not what is drawn; without noise.")
    locked = not mode.may_change()
    if st.button(
        "Train on these curves", type="primary", icon=":material/play_arrow:", key=f"{key}_start",
        disabled=locked, help="This lab is read-only here." if locked else None,
    ):  # fmt: skip
        if uploaded is not None:
            frame.attempt(lambda: _train_on(uploaded.getvalue(), uploaded.name, choices, key))
        else:
            frame.attempt(lambda: _train_drawn(dict(drawn or {}).get("strokes"), noise, choices, key))
    watch(key)


def _train_drawn(strokes: object, noise: float, choices: Mapping[str, Any], key: str) -> None:
    content = as_csv(*points_along(checked(strokes), noise=noise))
    number = 1 + sum(Path(str(run.spec.get("dataset", ""))).match("drawn-*.csv") for run in pick.runs())
    _train_on(content, f"drawn-{number}.csv", choices, key)


def _train_on(content: bytes, name: str, choices: Mapping[str, Any], key: str) -> None:
    kept = [*(cache_root() / "uploads").glob("*/*")]
    path = actions.keep_upload(BytesIO(content), name)
    try:
        _start(str(path), choices, {"labels": "label"}, 0, key)
    except (DataError, RequestError) as error:
        if path not in kept:  # runs of other pages may be trained on the same bytes
            path.unlink(missing_ok=True)
        way_out = "This page trains on a table of numbers with a column 'label'; **Train** takes others too."
        raise DataError(f"{str(error).rstrip('.')}. {way_out}") from None


@lru_cache(maxsize=4)
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
