"""Pages of the viewer's benchmark: `?show=ours` the latent viewer, `?show=plotly` the same with Plotly.

`?show=empty` is a page with neither, to compare memory with.
"""

import sys
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def plotly_version(run) -> None:
    """What one gets without an own viewer: sliders of Streamlit, a scattergl chart rebuilt at every step."""
    import plotly.graph_objects as go

    from dcviz.geometry.filters import core_border_split
    from dcviz.viewer.scene import scene
    from dcviz.viewer.tokens import Token

    @st.fragment
    def chart() -> None:
        epochs = run.epochs()
        at = st.slider("epoch", 0, len(epochs) - 1, 0, key="at")
        ratio = st.slider("lambda_ratio", 0.0, 1.0, 0.6, 0.005, key="ratio")
        key = epochs[at].key
        plane = scene(run, Token()).plane(key)
        core = core_border_split(run.neighbors(key).distances[:, :5], ratio)
        marker = {"size": 3, "color": core.astype("int8"), "colorscale": [[0, "#D55E00"], [1, "#0072B2"]]}
        trace = go.Scattergl(x=plane[:, 0], y=plane[:, 1], mode="markers", marker=marker)
        figure = go.Figure(trace).update_layout(height=560, title=f"epoch {key}")
        st.plotly_chart(figure, key="chart")
        st.text(f"shown {key} {ratio} {int(core.sum())}")

    chart()


def show() -> None:
    """Draw what the address asks for."""
    from dcviz.runs.store import default_store
    from dcviz.viewer import latent_view

    st.set_page_config(layout="wide")
    run = default_store().by_id(st.query_params["run"])
    wanted = st.query_params.get("show", "ours")
    st.session_state["reruns"] = st.session_state.get("reruns", 0) + 1
    st.text(f"runs of the script {st.session_state['reruns']}")
    if wanted == "ours":
        view = latent_view(run, key="bench", height=640, epoch=0.0)
        st.text(f"released {view.key} {view.thresholds.lambda_ratio:.4f}")
    elif wanted == "plotly":
        plotly_version(run)
    else:
        st.text("empty")


if __name__ == "__main__":
    show()
else:
    from dcviz.viewer.routes import ROUTES

    app = st.App(__file__, routes=ROUTES)
