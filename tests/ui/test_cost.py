"""What a training keeps, with a way out where that is much; who waits for a GPU."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dcviz.engine.estimate import estimate
from dcviz.engine.lease import Claim
from dcviz.engine.request import wish
from dcviz.ui import cost, queue

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "train.py")


def page() -> AppTest:
    app = AppTest.from_file(PAGE, default_timeout=60).run()
    assert not app.exception, app.exception[0].value
    return app


def disk(app: AppTest) -> str:
    return next(metric.value for metric in app.metric if metric.label == "Disk")


def test_a_small_training_gets_no_advice(empty_store) -> None:
    assert "keep_less" not in [button.key for button in page().button]


def test_keeping_less_fills_the_form_and_takes_less(empty_store, monkeypatch) -> None:
    monkeypatch.setattr(cost, "LARGE", 20_000_000)
    app = page()
    before = disk(app)
    assert "the training itself is the same" in app.warning[0].value
    app.button(key="keep_less").click().run()
    assert not app.exception
    assert app.number_input(key="keep_every").value == 5
    assert disk(app) != before
    assert float(disk(app).split()[0]) <= 20
    assert "keep_less" not in [button.key for button in app.button]
    assert "--every 5" in next(code.value for code in app.code if "dcviz train" in code.value)


def test_a_small_disk_is_said(empty_store, monkeypatch) -> None:
    monkeypatch.setattr(cost, "_free_bytes", lambda: 30_000_000)
    assert "Only 30.0 MB are free" in page().warning[0].value


def test_where_nothing_can_be_left_out_other_ways_are_named(empty_store, monkeypatch) -> None:
    monkeypatch.setattr(cost, "_free_bytes", lambda: 1)
    app = page()
    for name in ("pretrain", "finetune"):
        next(w for w in app.number_input if w.key and w.key.endswith(f"_{name}_epochs")).set_value(2).run()
    assert "Fewer points, epochs or latent dimensions" in app.warning[0].value


def test_thinner_keeps_the_training_and_fits() -> None:
    request = wish("rdc", "arcs")
    less = cost.thinner(request, limit=20e6)
    assert less is not None
    assert estimate(less).total_bytes <= 20e6 < estimate(request).total_bytes
    assert (less.settings, less.phases, less.seed) == (request.settings, request.phases, request.seed)


@pytest.mark.parametrize(
    ("names", "run", "said"),
    [
        ((), None, "The GPU cuda:0 is free."),
        (("a",), "a", "This run has the GPU cuda:0 to itself."),
        (("a", "b"), "a", "This run has the GPU cuda:0 to itself; waiting for it: 1."),
        (("a", "b", "c"), "b", "This run is number 1 of 2 in the queue and starts by itself"),
        (("a", "b"), None, "`a` has the GPU cuda:0; waiting for it: 1. A new training joins the queue"),
        (("a",), "over", None),
        ((), "over", None),
    ],
)
def test_who_has_the_gpu_and_who_waits(monkeypatch, names, run, said) -> None:
    told: list[str] = []
    claims = [Claim("cuda:0", place, name, "", 1, 0.0) for place, name in enumerate(names)]
    monkeypatch.setattr(queue, "queue", lambda device: claims)
    monkeypatch.setattr(queue.st, "caption", told.append)
    queue.show("cuda:0", run)
    assert len(told) == (said is not None)
    assert said is None or said in told[0]
    queue.show("cpu", run)
    assert len(told) == (said is not None)


def test_any_gpu_means_the_one_with_the_shortest_queue(monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(queue, "devices", lambda: ("auto", "cpu", "cuda", "cuda:0", "cuda:1"))
    monkeypatch.setattr(queue, "shortest_queue", lambda devices: devices[-1])
    monkeypatch.setattr(queue, "queue", lambda device: [])
    monkeypatch.setattr(queue.st, "caption", told.append)
    queue.show("cuda")
    assert told == ["The GPU cuda:1 is free."]


@pytest.mark.parametrize(("seconds", "said"), [(4.2, True), (0.001, False), (None, False)])
def test_the_start_of_a_worker_is_told_where_it_counts(empty_store, monkeypatch, seconds, said: bool) -> None:
    monkeypatch.setattr(cost.TRIALS, "start_seconds", lambda device: seconds)
    told = next(each.value for each in page().caption if each.value.startswith("Time: "))
    assert ("come on top, and up to 4.2 s until a worker has started." in told) is said
