"""Train offers every engine with what it needs; the command and the run say the same."""

import shlex
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.engine.errors import RequestError
from dcviz.engine.launchers import LAUNCHERS
from dcviz.engine.place import Place, place_of
from dcviz.engine.request import wish
from dcviz.runs import RunStore

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "train.py")


def page(engine: str = "local") -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["train_engine"] = engine
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def command(app: AppTest) -> list[str]:
    return shlex.split(next(code.value for code in app.code if "dcviz train" in code.value))


def test_this_machine_is_the_default_and_needs_nothing(empty_store: RunStore) -> None:
    assert "--engine" not in command(page())


def test_ray_asks_for_its_address_and_the_run_goes_there(empty_store: RunStore, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    monkeypatch.setenv("DCVIZ_KEEPER", "off")  # there is no cluster to ask, and none is to be waited for
    seen: list[Place] = []
    monkeypatch.setattr(LAUNCHERS["ray"], "missing", lambda place: None, raising=False)
    monkeypatch.setattr(LAUNCHERS["ray"], "submit", lambda run: seen.append(place_of(run)), raising=False)
    app = page("ray")
    app.text_input(key="train_address").set_value("http://head:8265").run()
    app.number_input(key="train_gpus").set_value(0.25).run()
    line = command(app)
    assert line[-6:] == ["--engine", "ray", "--address", "http://head:8265", "--gpus", "0.25"]
    assert "cuda" in app.selectbox(key="train_device").options
    app.button(key="start").click().run()
    assert seen == [Place("ray", address="http://head:8265", gpus=0.25)]


def test_what_an_engine_lacks_is_said_and_nothing_is_written(empty_store: RunStore, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    monkeypatch.setattr(LAUNCHERS["slurm"], "missing", lambda place: "It needs sbatch", raising=False)
    app = page("slurm")
    assert any("It needs sbatch" in str(each.value) for each in app.warning)
    app.button(key="start").click().run()
    assert not empty_store.root.exists()


def several_gpus(monkeypatch, count: int) -> None:
    names = ("auto", "cpu", "cuda", *(f"cuda:{number}" for number in range(count)))
    for module in ("dcviz.ui.wish_form", "dcviz.engine.devices", "dcviz.engine.request"):
        monkeypatch.setattr(f"{module}.cuda_count", lambda: count)
    monkeypatch.setattr("dcviz.ui.wish_form.devices", lambda: names)
    monkeypatch.setattr("dcviz.engine.devices.devices", lambda: names)


def test_several_gpus_are_offered_to_who_can_share_a_batch(empty_store: RunStore, monkeypatch) -> None:
    several_gpus(monkeypatch, 2)
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["train_data"], app.session_state["train_method"] = "pneumoniamnist", "cces"
    app.run()
    assert not app.exception, app.exception[0].value
    app.number_input(key="train_devices").set_value(2).run()
    line = command(app)
    assert line[line.index("--devices") + 1] == "2"
    app.pills(key="train_method").set_value("rdc").run()
    assert "train_devices" not in {each.key for each in app.number_input}
    assert "--devices" not in command(app)


@pytest.mark.parametrize("count", [0, 1])
def test_without_several_gpus_nothing_is_asked(empty_store: RunStore, monkeypatch, count: int) -> None:
    several_gpus(monkeypatch, count)
    app = AppTest.from_file(PAGE, default_timeout=60)
    app.session_state["train_data"], app.session_state["train_method"] = "pneumoniamnist", "cces"
    app.run()
    assert "train_devices" not in {each.key for each in app.number_input}


def test_more_devices_than_there_are_is_refused(empty_store: RunStore, monkeypatch) -> None:
    several_gpus(monkeypatch, 1)
    with pytest.raises(RequestError, match="1 CUDA device"):
        wish("cces", "pneumoniamnist", device="cuda", devices=2)
    several_gpus(monkeypatch, 2)
    asked = wish("cces", "pneumoniamnist", device="cuda", devices=2)
    assert (asked.devices, Place("ray").gpus_for(asked.device, asked.devices)) == (2, 2)
