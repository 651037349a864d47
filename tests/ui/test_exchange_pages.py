"""Import and export, Checkpoints, Compare, Benchmarks: alone, in the app, empty, damaged, and put to use."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from streamlit.testing.v1 import AppTest

from dcviz.engine.inspect.matching import suggest
from dcviz.engine.inspect.prepare import Target, from_foreign
from dcviz.engine.inspect.weights import Weights
from dcviz.engine.worker import work
from dcviz.runs import default_store
from dcviz.runs.files import write_json

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("exchange", "checkpoints", "compare", "benchmarks")


@pytest.fixture(autouse=True)
def _solo(monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "solo")


def alone(page: str) -> AppTest:
    return AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)


def words(app: AppTest) -> str:
    said = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.subheader, *app.success]
    return "\n".join(str(element.value) for element in said)


def calm(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    assert not app.error, app.error[0].value
    return app


@pytest.fixture
def tensors() -> dict[str, np.ndarray]:
    """A foreign auto-encoder 2-64-2 and back."""
    rng, named = np.random.default_rng(0), {}
    for name, (a, b) in {"down.0": (2, 64), "down.1": (64, 2), "up.0": (2, 64), "up.1": (64, 2)}.items():
        named[f"{name}.weight"] = rng.normal(size=(b, a)).astype(np.float32)
        named[f"{name}.bias"] = np.zeros(b, np.float32)
    return named


@pytest.fixture
def with_checkpoint(tiny_store, tensors):
    """A store with a run that has weights, beside the tiny ones."""
    run = from_foreign(Weights("theirs.pt", tensors), suggest(tensors), Target("arcs", {"n": 120}))
    assert work(run)["state"] == "finished"
    return run


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_store(empty_store, page) -> None:
    app = alone(page)
    if page == "exchange":  # its form is drawn when its tab is open
        app.query_params["tab"] = "out"
    calm(app.run())
    assert app.title[0].value
    if page in ("exchange", "compare"):
        assert "No run yet" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_with_runs_alone_and_in_the_app(tiny_store, page) -> None:
    calm(alone(page).run())
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    calm(app.switch_page(f"pages/{page}.py").run())


@pytest.mark.parametrize("page", PAGES)
def test_beside_damaged_runs(damaged_store, page) -> None:
    assert not alone(page).run().exception


@pytest.mark.parametrize("page", ["compare", "benchmarks"])
def test_every_figure_has_a_caption_and_words(tiny_store, page) -> None:
    app = alone(page).run()
    charts = app.get("plotly_chart")
    assert len(charts) >= 2
    assert all(len(chart.proto.alt) > 20 for chart in charts)
    assert words(app).count("**Not shown:**") >= len(charts)


def test_latents_come_in_by_path(tiny_store, tmp_path) -> None:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", z=rng.normal(size=(3, 40, 2)), labels=np.arange(40) % 4)
    app = alone("exchange").run()
    app.text_input(key="in_path").set_value(str(tmp_path / "mine.npz")).run()
    app.text_input(key="in_name").set_value("my own").run()
    calm(app.button(key="in_go").click().run())
    run = next(run for run in default_store().list() if run.name == "my own")
    assert len(run.epochs()) == 3
    assert "3 epochs of 40 points in 2 dimensions, 4 classes" in words(app)
    assert app.query_params["run"] == run.id


def test_bad_latents_are_said_and_the_page_goes_on(tiny_store, tmp_path) -> None:
    np.save(tmp_path / "bad.npy", np.full((9, 2), np.nan))
    before = len(default_store().list())
    app = alone("exchange").run()
    app.text_input(key="in_path").set_value(str(tmp_path / "bad.npy")).run()
    app.button(key="in_go").click().run()
    assert not app.exception
    assert "row 0" in app.error[0].value
    assert len(default_store().list()) == before
    app.text_input(key="in_path").set_value("").run()
    calm(app)


def test_everything_can_be_taken_out(tiny_store) -> None:
    app = alone("exchange")
    app.query_params["tab"] = "out"
    calm(app.run())
    labels = {button.label for button in app.get("download_button")}
    assert {"Report .html", "Scores .csv", "Points .parquet", "Latents .npz", "Projector folder"} <= labels
    code = next(block.value for block in app.code if "live_scores" in block.value)
    assert "default_store().by_id" in code
    assert str(tiny_store.root) not in code


def test_layers_of_a_run(with_checkpoint) -> None:
    app = alone("checkpoints")
    app.query_params["run"] = with_checkpoint.id
    calm(app.run())
    table = app.dataframe[0].value
    assert list(table["name"])[:2] == ["decoder.0.bias", "decoder.0.weight"]
    assert "written by this lab" in words(app)


def test_a_foreign_file_is_matched_corrected_and_compared(with_checkpoint, tensors, tmp_path) -> None:
    save_file(tensors, tmp_path / "theirs.safetensors")
    app = alone("checkpoints").run()
    app.segmented_control(key="now_kind").set_value("a file").run()
    app.text_input(key="now_path").set_value(str(tmp_path / "theirs.safetensors")).run()
    calm(app)
    assert "Encoder 2 → 64 → 2, our network **mlp** with its decoder." in words(app)
    app.segmented_control(key="other_kind").set_value("of a run here").run()
    calm(app)
    assert "change_reason" in app.dataframe[0].value
    app.selectbox(key="train_data").set_value("digits").run()
    assert not app.exception
    assert "begins with 64 numbers" in words(app)


@pytest.mark.parametrize("content", [b"", b"hello" * 50])
def test_a_bad_checkpoint_is_said(tiny_store, tmp_path, content) -> None:
    (tmp_path / "w.safetensors").write_bytes(content)
    app = alone("checkpoints").run()
    app.segmented_control(key="now_kind").set_value("a file").run()
    app.text_input(key="now_path").set_value(str(tmp_path / "w.safetensors")).run()
    assert not app.exception
    assert "w.safetensors" in app.error[0].value.replace("\\", "")


def test_two_runs_are_laid_onto_each_other(tiny_store) -> None:
    app = calm(alone("compare").run())
    metrics = {metric.label: metric.value for metric in app.metric}
    counts = [
        int(metrics[name].replace(",", ""))
        for name in ("core in both", "core → border", "border → core", "border in both")
    ]
    assert sum(counts) == 120
    assert metrics["Neighbors kept"].endswith("%")
    differing = app.dataframe[-1].value
    assert "method" in differing.index


def test_sides_begin_at_the_same_thresholds(tiny_store) -> None:
    """Else points change sides because the runs were trained with other thresholds, and for nothing else."""
    second = tiny_store.list()[1]
    at = {**second.spec["thresholds"], "lambda_ratio": 0.1, "M": 9}
    write_json(second.path / "run.json", {**second.spec, "thresholds": at})
    app = calm(alone("compare").run())
    assert "Of 120 points. Both at M = 5, λ_ratio = 0.5." in words(app)


def test_a_run_beside_itself_differs_in_nothing(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = alone("compare")
    app.query_params["run"] = run.id
    app.run()
    app.selectbox(key=f"compare_1_{run.id}").set_value(run.id).run()
    calm(app)
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Median displacement"] == "0.0%"
    assert metrics["Neighbors kept"] == "100.0%"
    assert metrics["core → border"] == metrics["border → core"] == "0"
    assert "None: these runs were made in the same way." in words(app)


def test_runs_of_this_machine_stand_beside_the_papers(tiny_store) -> None:
    app = alone("benchmarks").run()
    app.selectbox(key="bench_data").set_value("arcs").run()
    calm(app)
    assert "Four interleaved arcs" in app.selectbox(key="bench_data").options
    assert "2 methods and variants, 2 of them measured here" in words(app)
    assert "core_image=moment" not in words(app)
    app.selectbox(key="bench_data").set_value("pneumoniamnist").run()
    assert "were trained with `core_image=moment`" in words(app)
    app.selectbox(key="bench_data").set_value("2MNIST").run()
    app.selectbox(key="bench_metric").set_value("nmi").run()
    calm(app)
    assert "0 of them measured here" in words(app)
    assert "is not among the data sets of this lab" in words(app)


@pytest.mark.parametrize(
    ("paper", "metric"), [("R-DC", "acc"), ("DECS", "nmi"), ("CDC", "ari"), ("CDC", "acc"), ("CDC", "nmi")]
)
def test_ranks_of_a_paper_or_why_not(tiny_store, paper, metric) -> None:
    app = alone("benchmarks").run()
    app.selectbox(key="rank_paper").set_value(paper).run()
    app.selectbox(key="rank_metric").set_value(metric).run()
    calm(app)
    assert "F = inf" not in words(app)
    assert ("critical" if metric != "ari" else "at least 2") in words(app) or "mean ranks lie" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_read_only_grays_out_what_changes(tiny_store, monkeypatch, page) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "read-only")
    app = alone(page).run()
    assert not app.exception
    changing = {"in_go", "embed_go", "cell_go", "sweep_go", "sweep_all"}
    assert all(button.disabled for button in app.button if button.key in changing)
