"""A page with nothing but viewers, for the browser tests: `streamlit run tests/browser/viewer_page.py`.

Address keys: run, other (run of the second viewer), show (one of SHOWS), epoch, lambda_ratio.
"""

import json
import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

SHOWS = {
    "one": {},
    "two": {"linked": "pair"},
    "twist": {
        "controls": ("play", "track"),
        "color": "position",
        "beside": "input",
        "autoplay": True,
        "pause_at": "switch",
    },
    "story": {"panels": "story"},
    "canvas": {"renderer": "canvas"},
    "umap": {},
    "slow": {"speed": 0.25},
}


def show() -> None:
    """Draw what the address asks for, and below it what Python knows."""
    from dcviz.geometry.filters import Thresholds
    from dcviz.runs.store import default_store
    from dcviz.viewer import latent_view, selection_table

    st.set_page_config(layout="wide")
    st.session_state["reruns"] = st.session_state.get("reruns", 0) + 1
    told = st.query_params
    run = default_store().by_id(told.get("run", "arcs"))
    wanted = told.get("show", "one")
    options = dict(SHOWS[wanted])
    if "epoch" in told:
        options["epoch"] = float(told["epoch"])
    if st.button("To epoch 1", key="order"):
        options["epoch"] = 1.0
    thresholds = Thresholds(lambda_ratio=float(told["lambda_ratio"])) if "lambda_ratio" in told else None
    view = latent_view(run, key="first", height=620, thresholds=thresholds, **options)
    if wanted == "two":
        other = default_store().by_id(told.get("other", run.id))
        latent_view(other, key="second", height=420, **options)
    told_back = {
        "reruns": st.session_state["reruns"],
        "epoch": view.epoch,
        "key": view.key,
        "lambda_ratio": view.thresholds.lambda_ratio,
        "tau_distance": view.thresholds.tau_distance,
        "M": view.thresholds.M,
        "selected": view.selection.tolist()[:5000],
        "rows": len(selection_table(run, view)),
        "paused_at_switch": view.paused_at_switch,
    }
    st.code(json.dumps(told_back), language=None)
    st.button("Rerun", key="rerun")


if __name__ == "__main__":
    show()
else:
    from dcviz.viewer.routes import ROUTES

    app = st.App(__file__, routes=ROUTES)
