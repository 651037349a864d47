"""Train: the form, its cost, what starting does, and the desk in every state of a run."""

import json
import os
import shlex
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.engine.launchers import LAUNCHERS
from dcviz.engine.request import wish
from dcviz.runs import Run, RunStore
from dcviz.runs.process import host_name, own_stamp
from dcviz.runs.writer import RunWriter
from dcviz.ui.settings_form import title
from models.settings import describe

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "train.py")


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What was handed to the launcher, instead of starting processes."""
    seen: list[tuple[str, object]] = []
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    monkeypatch.setattr(
        LAUNCHERS["local"], "submit", lambda run, resume=False: seen.append((run.id, resume)), raising=False
    )
    return seen


def page(**query: str) -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def told(app: AppTest) -> str:
    return "\n".join(str(each.value) for each in [*app.markdown, *app.caption, *app.error, *app.warning])


def command(app: AppTest) -> list[str]:
    return shlex.split(next(code.value for code in app.code if "dcviz train" in code.value))


def in_state(run: Run, state: str, **more: object) -> None:
    living = {"pid": os.getpid(), "pid_started": own_stamp(), "host": host_name(), "heartbeat": time.time()}
    RunWriter(run).status({"state": state, "epoch": 3, "epochs": 4, "phase": "proximity", **living, **more})


@pytest.mark.parametrize("method", ["rdc", "dcss", "cdc", "decs", "cces", "finch"])
def test_the_form_shows_every_setting_with_its_help(empty_store: RunStore, method: str) -> None:
    app = page()
    app.pills(key="train_method").set_value(method).run()
    settings = wish(method, "arcs").settings
    shown = [*app.number_input, *app.selectbox, *app.toggle, *app.text_input]
    helps = {widget.key.rpartition("-")[2].partition("_")[2]: widget.help for widget in shown if widget.key}
    by_end = {widget.key: widget.help for widget in shown if widget.key and widget.key.startswith("set-")}
    for info in describe(type(settings)):
        found = [text for key, text in by_end.items() if key.endswith(f"_{info.name}")]
        assert found, (info.name, sorted(helps))
        assert info.help in found[0]
        assert f"--set {info.name}=" in found[0]
        if info.choices:
            (box,) = (each for each in app.selectbox if each.label == title(info.name))
            assert len(box.options) == len(info.choices)


def test_cost_and_command_are_there_before_anything_is_written(empty_store: RunStore) -> None:
    app = page()
    assert {metric.label for metric in app.metric} >= {"Time", "Disk"}
    assert command(app)[:6] == ["python", "-m", "dcviz", "train", "rdc", "arcs"]
    assert not empty_store.root.exists()


def test_changed_settings_reach_command_cost_and_run(empty_store: RunStore, submitted) -> None:
    app = page()
    disk = next(metric.value for metric in app.metric if metric.label == "Disk")
    widget = next(w for w in app.number_input if w.key and w.key.endswith("_pretrain_epochs"))
    widget.set_value(7).run()
    app.number_input(key="keep_every").set_value(5).run()
    app.number_input(key="data_arcs_n").set_value(300).run()
    line = command(app)
    assert line[line.index("--set") + 1] == "pretrain_epochs=7"
    assert line[line.index("--data") + 1] == "n=300"
    assert line[line.index("--every") + 1] == "5"
    assert next(metric.value for metric in app.metric if metric.label == "Disk") != disk
    app.button(key="start").click().run()
    assert not app.exception
    (run,) = empty_store.list()
    assert submitted == [(run.id, False)]
    assert (run.spec["settings"]["pretrain_epochs"], run.spec["n"], run.spec["schedule"]["every"]) == (
        7,
        300,
        5,
    )
    assert app.query_params["run"] == run.id


def test_what_cannot_be_is_said_and_cannot_be_started(empty_store: RunStore, submitted) -> None:
    app = page()
    next(w for w in app.number_input if w.key and w.key.endswith("_clusters")).set_value(5000).run()
    assert "5000" in told(app)
    assert "start" not in [button.key for button in app.button]


def test_another_preset_starts_again_from_its_own_values(empty_store: RunStore) -> None:
    app = page()
    app.selectbox(key="train_preset").select("quick").run()
    assert not app.exception
    widget = next(w for w in app.number_input if w.key and w.key.endswith("_pretrain_epochs"))
    assert widget.value == wish("rdc", "arcs", preset="quick").settings.pretrain_epochs


def test_the_license_of_dermamnist_is_said(empty_store: RunStore) -> None:
    app = page()
    app.selectbox(key="train_data").select("dermamnist").run()
    assert "forbids commercial use" in told(app)


def test_read_only_shows_the_form_and_starts_nothing(empty_store: RunStore, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "read-only")
    app = page()
    assert app.button(key="start").disabled
    app.selectbox(key="train_data").select("own").run()
    assert app.text_input(key="own_path").disabled


def test_a_pause_inside_an_epoch_says_after_which_batch(tiny_store: RunStore, submitted) -> None:
    run = tiny_store.list()[0]
    in_state(run, "paused", batch=2, batches=19)
    assert "epoch 3 of 4 · 2 of 19 batches of the next" in page(run=run.id).get("progress")[0].proto.text


def test_a_running_training_can_be_steered(tiny_store: RunStore, submitted) -> None:
    run = tiny_store.list()[0]
    in_state(run, "running")
    app = page(run=run.id)
    assert "epoch 3 of 4" in app.get("progress")[0].proto.text
    assert "batches" not in app.get("progress")[0].proto.text
    for key, action in {"pause": "pause", "step_epoch": "step_epoch", "step_batch": "step_batch",
                        "snapshot": "snapshot", "stop": "stop"}.items():  # fmt: skip
        app.button(key=key).click().run()
        assert not app.exception
        assert (run.path / "control" / action).exists(), action


def test_a_paused_training_can_go_on(tiny_store: RunStore, submitted) -> None:
    run = tiny_store.list()[0]
    in_state(run, "paused")
    app = page(run=run.id)
    assert app.button(key="pause").label == "Continue"
    app.button(key="pause").click().run()
    assert (run.path / "control" / "continue").exists()


def test_an_interrupted_training_offers_resume(tiny_store: RunStore, submitted) -> None:
    run = tiny_store.list()[0]
    in_state(run, "running", heartbeat=0)
    app = page(run=run.id)
    assert "interrupted" in told(app)
    assert "goes on from the start" in told(app)
    (run.path / "checkpoints").mkdir()
    (run.path / "checkpoints" / "00002.safetensors").write_bytes(b"")
    app = page(run=run.id)
    assert "goes on from the last checkpoint, epoch 2." in told(app)
    app.button(key="resume").click().run()
    assert submitted == [(run.id, True)]


def test_a_failed_training_says_what_to_do(tiny_store: RunStore) -> None:
    run = tiny_store.list()[0]
    in_state(run, "failed", error={"message": "Loss *kl* is NaN", "hint": "Lower the learning rate."})
    app = page(run=run.id)
    assert "Loss \\*kl\\* is NaN" in app.error[0].value
    assert "Lower the learning rate" in app.error[0].value


@pytest.mark.parametrize("state", ["running", "interrupted"])
def test_a_large_epoch_that_is_scored_is_told_while_somebody_scores(tiny_store: RunStore, state: str) -> None:
    run = tiny_store.list()[0]
    in_state(run, "running", scoring="epoch 0: ID 9.13 by 2,000 random points; now 40%")
    if state == "interrupted":
        in_state(run, "running", scoring="epoch 0: ID 9.13", pid=2**22 + 1)
    app = page(run=run.id)
    assert ("ID 9.13" in told(app)) == (state == "running")


def test_losses_are_drawn_by_name(tiny_store: RunStore) -> None:
    run = tiny_store.list()[0]
    app = page(run=run.id)
    (drawing,) = [json.loads(part.proto.json) for part in app.get("bidi_component") if part.proto.json]
    assert [line["name"] for line in drawing["lines"]] == ["reconstruction", "total"]
    assert drawing["lines"][0]["y"] == [None, 0.5, 0.33333, 0.25, 0.2]
    (first, _), (second, _) = run.spec["phases"]
    shaded = [(area["name"], area["from"], area["to"]) for area in drawing["phases"]]
    assert shaded == [(first, 0, 2), (second, 2, 4)]
    assert "total 0.4" in drawing["alt"]


def test_who_opens_the_log_of_a_stopped_run_sees_the_command_that_resumes_it(tiny_store: RunStore) -> None:
    run = tiny_store.list()[0]
    app = page(run=run.id)
    for state, opened in (("finished", True), ("stopped", False), ("stopped", True)):
        in_state(run, state)
        app.session_state["desk_log"] = opened
        resumes = [each.value for each in app.run().code if each.value.endswith("--resume")]
        assert bool(resumes) == (state == "stopped" and opened)


def test_without_an_address_the_last_training_is_shown(empty_store) -> None:
    spec = plan_spec(seed=3)
    run = empty_store.create(spec)
    app = page()
    assert not app.exception
    assert any("on Four interleaved arcs, seed 3" in each.value for each in app.markdown)
    assert run.name == "R-DC on Four interleaved arcs, seed 3"


def plan_spec(*, seed: int) -> dict:
    from dcviz.engine.request import wish

    return wish("rdc", "arcs", seed=seed, device="cpu").spec


def test_settings_published_for_features_are_not_offered_for_pixels(empty_store: RunStore) -> None:
    app = page()
    app.pills(key="train_method").set_value("cdc").run()
    app.selectbox(key="train_data").set_value("fashionmnist").run()
    app.selectbox(key="train_published").set_value("row norm").run()
    assert "norm=row_code" in command(app)
    app.selectbox(key="train_data").set_value("cifar10").run()
    assert not app.exception
    assert "train_published" not in [each.key for each in app.selectbox]
    assert "published settings for these data are for features=resnet50" in told(app)
