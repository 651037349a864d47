"""Latents are drawn by the viewer alone; every other canvas and cloud of dots is listed with its reason."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CANVASES = {
    "dcviz/ui/lens.js": "a mesh: the image of a grid, no points",
    "dcviz/ui/draw.js": "the sheet on which the visitor draws curves, inputs not yet trained on",
}
"""Scripts beside the viewer that draw on a canvas."""
DOTS = {
    "dcviz/figures/curves.py": "error bars at the ends of phases, over epochs",
    "dcviz/figures/estimator.py": "the k nearest of one point along their own axes, no plane of latents",
    "dcviz/figures/landscape.py": "one cross: the present thresholds",
    "dcviz/figures/standings.py": "means of methods in a dot plot of results",
}
"""Modules with a Plotly trace of markers alone."""
PIXELS = {
    "dcviz/exchange/report": "pictures inside exported reports, which open without the app",
}
"""Rooms that draw points as pixels, and why the viewer cannot."""


def scripts() -> list[Path]:
    return [path for path in (ROOT / "dcviz").rglob("*.js") if path.parent != ROOT / "dcviz/viewer/js"]


def modules() -> list[Path]:
    return [*(ROOT / "dcviz").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def draws_dots(path: Path) -> bool:
    """A Plotly trace of markers alone, or one of the ready scatter charts of Streamlit and Plotly Express."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func).rpartition(".")[2].lower()
        if called in {"scatter", "scattergl", "scatter3d", "scatter_chart", "pydeck_chart"}:
            mode = next((ast.unparse(word.value) for word in node.keywords if word.arg == "mode"), "")
            # The outline of a band has no mode but a fill.
            filled = any(word.arg == "fill" for word in node.keywords)
            if "'markers'" in mode or not (mode or filled):
                return True
    return False


def test_no_other_script_draws_on_a_canvas_or_with_webgl() -> None:
    found = {name(path) for path in scripts() if re.search(r"getContext\(", path.read_text(encoding="utf-8"))}
    assert found == set(CANVASES)


def test_no_figure_draws_a_cloud_of_dots() -> None:
    assert {name(path) for path in modules() if draws_dots(path)} == set(DOTS)


def test_only_exports_draw_points_as_pixels() -> None:
    users = {path for path in modules() if "raster.raster(" in path.read_text(encoding="utf-8")}
    assert {name(path.parent) for path in users} == set(PIXELS)


@pytest.mark.parametrize(
    ("source", "dots"),
    [
        ("go.Scatter(x=x, y=y, mode='markers')", True),
        ("go.Scattergl(x=x, y=y)", True),
        ("px.scatter(frame)", True),
        ("st.scatter_chart(frame)", True),
        ("go.Scatter(x=x, y=y, mode='lines+markers')", False),
        ("go.Scatter(x=x, y=y, mode='lines+markers' if few else 'lines')", False),
    ],
)
def test_clouds_are_recognized(tmp_path: Path, source: str, dots: bool) -> None:
    path = tmp_path / "page.py"
    path.write_text(source)
    assert draws_dots(path) is dots
