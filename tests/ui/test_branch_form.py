"""The form of a branch on Train: what it asks for, and that it stands beside the form of a new training."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.engine.request import wish
from dcviz.runs import Run, RunStore
from dcviz.ui import branching

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "train.py")


@pytest.fixture
def run(tiny_store: RunStore, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A finished run with a checkpoint."""
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    run = tiny_store.list()[0]
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / "00002.safetensors").write_bytes(b"")
    return run


def page(run: Run) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params["run"] = run.id
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def test_a_finished_run_can_be_branched(run: Run, monkeypatch) -> None:
    asked: list[tuple[str, dict]] = []

    def refuse(parent: Run, key: str, *, settings: dict, start_phase: int | None, elsewhere: bool) -> None:
        asked.append((key, settings))
        raise ValueError("nothing is left to train")

    monkeypatch.setattr(branching, "branch_wish", refuse)
    app = page(run)
    assert app.selectbox(key=f"branch_key_{run.id}").options == ["2"]
    name, value = ("lambda_ratio", 0.9) if run.spec["method"] == "rdc" else ("finetune_epochs", 9)
    app.number_input(key=f"branch_{run.id}_{name}").set_value(value).run()
    assert asked[-1] == ("00002", {name: value})
    assert any("Nothing is left to train" in error.value for error in app.error)


@pytest.mark.parametrize(
    ("phases", "begun"), [([["pretraining", 2], ["clustering", 2]], "00002"), ([["training", 4]], "00003")]
)
def test_it_begins_where_something_is_left(run: Run, monkeypatch, phases, begun) -> None:
    """At the switch; of one phase, at the newest checkpoint before its end."""
    for key in ("00000", "00003", "00004"):
        (run.path / "checkpoints" / f"{key}.safetensors").write_bytes(b"")
    file = run.path / "run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "phases": phases}))
    asked: list[str] = []
    monkeypatch.setattr(branching, "branch_wish", lambda parent, key, **more: asked.append(key) or refuse())
    page(run)
    assert asked == [begun]


def refuse() -> None:
    raise ValueError("this is as far as the test goes")


def test_its_cost_stands_beside_that_of_a_new_training(run: Run, monkeypatch) -> None:
    branch = wish("rdc", "arcs", seed=1, device="cpu")
    monkeypatch.setattr(branching, "branch_wish", lambda parent, key, **more: branch)
    app = page(run)
    assert [metric.label for metric in app.metric] == ["Time", "Disk"] * 2
    assert {"branch_go", "start"} <= {button.key for button in app.button}
