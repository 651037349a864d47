"""The address holds the whole view; links of older versions open, and what cannot be is said."""

import base64
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.viewer.look import Look, camera_text, is_tour
from dcviz.viewer.orders import Orders
from tests.conftest import tiny_run

PAGES = Path(__file__).resolve().parents[2] / "pages"


def page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(PAGES / f"{name}.py"), default_timeout=60)
    app.query_params.update(query)
    return app.run()


def query(app: AppTest) -> dict[str, str]:
    """What stands in the address; AppTest holds lists where the page wrote them."""
    return {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}


def view(run, **more) -> dict:
    at = {"M": 5, "lambda_ratio": 0.6, "tau_distance": 0.6, "reading": "paper"}
    seen = {"run": run.id, "epoch": run.epochs()[-1].position, "thresholds": at, "orders": 1}
    return {"view": {**seen, "color": "cluster", **more}}


def bits(*rows: int, n: int) -> str:
    mask = np.zeros(n, bool)
    mask[list(rows)] = True
    return base64.b64encode(np.packbits(mask, bitorder="little").tobytes()).decode()


def test_the_whole_view_goes_into_the_address(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = page("explore")
    n = run.spec["n"]
    at = {"M": 5, "lambda_ratio": 0.6, "tau_distance": 0.6, "reading": "relative"}
    app.session_state["explore"] = view(
        run, color="split", projection="pca-1-0", camera=[0.25, -1, 2.5], selection=bits(3, 5, 6, n=n),
        thresholds=at,
    )  # fmt: skip
    app.run()
    assert not app.exception
    found = query(app)
    assert found["color"] == "split"
    assert found["projection"] == "pca-1-0"
    assert found["camera"] == "0.25,-1,2.5"
    assert found["selection"] == "3.5-6"
    assert found["reading"] == "relative"


def test_an_address_opens_the_view_it_was_copied_from(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = page("explore", run=run.id, color="label", selection="0-4.9", camera="1,2,3", reading="relative")
    assert not app.exception
    assert not app.toast
    assert any("6 selected" in button.proto.label for button in app.get("download_button"))
    assert query(app)["selection"] == "0-4.9"
    assert query(app)["color"] == "label"


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("color", "rainbow", "can be colored by"),
        ("projection", "pca-0-40", "axes to choose from"),
        ("projection", "umap", "was not computed"),
        ("projection", "tour_1_2_3", "links must be copied whole"),
        ("camera", "1,2,0", "three finite numbers"),
        ("selection", "9999999", "points go from 0 to"),
        ("selection", "zz", "links must be copied whole"),
        ("reading", "tea leaves", "second filter is read as"),
        ("epoch", "soon", "must be a number"),
    ],
)
def test_what_cannot_be_is_said_and_left_out(tiny_store, key: str, value: str, why: str) -> None:
    app = page("explore", **{key: value})
    assert not app.exception
    assert why in app.toast[0].value
    assert key not in query(app)


def test_a_link_of_an_older_version_opens(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = page("explore", run=run.id, epoch="1", M="3", lambda_ratio="0.25", tau_distance="0.05")
    assert not app.exception
    assert not app.toast


def test_a_link_of_a_newer_version_says_what_is_not_known(tiny_store) -> None:
    app = page("explore", hologram="on")
    assert not app.exception
    assert "hologram" in app.toast[0].value


def test_the_link_to_copy_is_the_whole_address(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = page("explore", run=run.id, color="label", selection="0-4.9")
    text = next(block.value for block in app.code if "run=" in block.value)
    assert "color=label" in text
    assert "selection=0-4.9" in text


def test_another_run_forgets_camera_and_selection(tiny_store) -> None:
    first = tiny_store.list()[0]
    second = tiny_run(tiny_store, "dec")
    app = page("explore", run=first.id, camera="1,2,3", selection="0-4", color="label")
    app.query_params["run"] = second.id
    for key in ("camera", "selection"):
        del app.query_params[key]
    app.run()
    assert not app.exception
    assert "selection" not in query(app)
    assert "camera" not in query(app)
    assert query(app)["color"] == "label"


def test_only_a_look_that_is_neither_passed_nor_shown_is_an_order() -> None:
    memory = Orders().follow("a", epoch=None, thresholds=None, look=Look(color="label"))
    echo = memory.showing(1.0, memory.thresholds, Look(color="split", selection="AA=="))
    for look in (Look(color="label"), Look(color="split"), Look(selection="AA=="), Look()):
        assert echo.follow("a", epoch=None, thresholds=None, look=look).count == memory.count
    moved = echo.follow("a", epoch=None, thresholds=None, look=Look(color="purity"))
    assert (moved.count, moved.look.color) == (memory.count + 1, "purity")


def test_cameras_and_tours_are_read_strictly() -> None:
    assert camera_text([1, 2.000001, 3]) == "1,2,3"
    assert [camera_text(bad) for bad in ("1,2", [1, 2, -1], [1, 2, float("inf")], None, "a,b,c")] == [
        None
    ] * 5
    assert is_tour("tour_1000_0_0_-1000")
    assert not any(map(is_tour, ("tour", "tour_1", "tour_1_2_3", "tour_a_b", "tour_1_" + "1_" * 99 + "1")))
