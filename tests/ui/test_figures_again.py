"""Every figure that a page shows is computed again by the lines it offers, in a process without the page."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.engine.sweeps.driver import Driver
from dcviz.engine.sweeps.folder import create
from dcviz.engine.sweeps.plan import Plan, axis, checked
from dcviz.engine.worker import work
from dcviz.exchange.calls import Drawing, call_lines, drawn
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import default_store
from dcviz.ui import brush, chart, layer_view, sweep_results
from dcviz.ui.weights import of_file, of_run

ROOT = Path(__file__).resolve().parents[2]
# Runs each piece of Python as it is, in an empty folder, and prints what it drew.
AGAIN = """
import json, pathlib, sys, tempfile, os
sys.path.insert(0, {root!r})
os.chdir(tempfile.mkdtemp())
drawn = {{}}
for key, lines in json.load(sys.stdin).items():
    pathlib.Path("figure.html").unlink(missing_ok=True)
    names = {{}}
    exec(compile(lines, key, "exec"), names)
    assert pathlib.Path("figure.html").stat().st_size > 1000, key
    drawn[key] = json.loads(names["figure"].to_json())["data"]
print(json.dumps(drawn))
"""


@pytest.fixture
def shown(monkeypatch) -> dict[str, Drawing]:
    """What pages draw, by key, as they draw it."""
    found: dict[str, Drawing] = {}
    explain = chart.explain

    def kept(caption, *, key, table=None, drawing=None) -> None:
        if drawing is not None:
            found[key] = drawing
        explain(caption, key=key, table=table, drawing=drawing)

    for module in (chart, brush):
        monkeypatch.setattr(module, "explain", kept)
    return found


def again(shown: dict[str, Drawing]) -> dict[str, list]:
    """What the lines draw."""
    done = subprocess.run(
        [sys.executable, "-c", AGAIN.format(root=str(ROOT))],
        input=json.dumps({key: drawing.lines for key, drawing in shown.items()}),
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def same(shown: dict[str, Drawing], *keys: str) -> None:
    """All that was shown is drawn again, number for number."""
    assert set(keys) <= set(shown), f"not shown: {set(keys) - set(shown)}"
    drawn = again(shown)
    for key, drawing in shown.items():
        seen = json.loads(drawing.figure.to_json())["data"]
        assert seen, key
        assert drawn[key] == seen, key


def page(name: str, **address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=120)
    for key, value in address.items():
        app.query_params[key] = value
    app.session_state["minute.skipped"] = app.session_state["later.twist"] = True
    app.run()
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value
    return app


@pytest.fixture
def gallery(monkeypatch, tmp_path) -> None:
    """The shipped runs alone."""
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "none"))


def test_explore_and_the_panels_of_a_method(gallery, shown) -> None:
    page("explore", run="arcs-rdc")
    same(shown, "purity", "ratio", "gap", "landscape")


@pytest.mark.parametrize("run", ["arcs-rdc", "arcs-dec"])
def test_geometry(gallery, shown, run) -> None:
    app = page("geometry", run=run)
    app.button(key="scale_go").click().run()
    app.button(key="slow_go").click().run()
    wanted = {"dimension", "filters", "agreement", "brush_over", "estimator_close", "estimator_spectrum"}
    same(shown, *wanted, "estimator_sizes", "damage", "scale", "slow_blocks", "real_latents",
         "real_latents_before")  # fmt: skip


def test_twist(gallery, shown) -> None:
    page("twist", closer="numbers")
    same(shown, "twist_numbers", "twist_path")


def test_compare(gallery, shown) -> None:
    page("compare", run="arcs-rdc", run2="arcs-dec")
    same(shown, "displacement", "compare_curves")


def test_checkpoints(gallery, shown) -> None:

    run = default_store().by_id("arcs-dec")
    first, last = of_run(run, run.checkpoints()[0]), of_run(run, run.checkpoints()[-1])
    for name, array in first.weights.tensors.items():
        for figure in (layer_view.layer_histogram, layer_view.layer_spectrum, layer_view.layer_map):
            if array.ndim >= 2 or figure is layer_view.layer_histogram:
                shown[f"{name} {figure.__name__}"] = drawn(figure, name, last, first)
    same(shown)


@pytest.mark.parametrize(
    "tab",
    ["Results", "Do methods differ?", "Sensitivity", "Robustness", "Ablations", "Wrong K, uneven classes",
     "Run time"],
)  # fmt: skip
def test_benchmarks(gallery, shown, tab) -> None:
    page("benchmarks", tab=tab)
    assert shown, f"{tab} draws nothing"
    same(shown)


def test_a_sweep(gallery, shown) -> None:
    axes = tuple(axis(text, "rdc") for text in ("gamma=0.1,0.5", "lambda_ratio=0.3,0.6"))
    short = {"pretrain_epochs": 1, "finetune_epochs": 1}
    plan = checked(Plan("rdc", "arcs", axes, settings=short, dataset_options={"n": 60}))
    sweep = create(plan, default_store())
    assert Driver(sweep, submit=lambda run, again: work(run, resume=again)).drive()
    shown["lines"] = drawn(sweep_results.sweep_lines, sweep.id)
    shown["surface"] = drawn(sweep_results.sweep_surface, sweep.id, "gamma", "lambda_ratio", "acc")
    page("benchmarks", tab="Sweeps")
    same(shown, "sweeps_lines", "sweeps_surface")


def test_lines_of_an_uploaded_file_read_it_by_its_name(shown, tmp_path) -> None:

    np.savez(tmp_path / "theirs.npz", **{"down.weight": np.arange(6.0).reshape(2, 3)})
    shown["file"] = drawn(layer_view.layer_map, "down.weight", of_file(str(tmp_path / "theirs.npz")))
    assert f"of_file({str(tmp_path / 'theirs.npz')!r})" in shown["file"].lines
    same(shown)


def test_a_line_holds_settings_and_refuses_arrays() -> None:
    code = call_lines(dict, at=Thresholds(M=7), share=float("nan"), pair=(np.float32(0.5),), none=None)
    assert "Thresholds(M=7" in code
    assert "share=float('nan'), pair=(0.5,), none=None" in code
    with pytest.raises(TypeError, match="cannot hold a ndarray"):
        call_lines(dict, values=np.zeros(3))
