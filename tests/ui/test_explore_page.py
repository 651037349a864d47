"""Explore: what the hand in the viewer did reaches Python."""

import base64
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.exchange.intake import import_latents
from dcviz.exchange.latents import incoming
from dcviz.geometry.purity import split_scores
from dcviz.geometry.thresholds import Thresholds
from dcviz.viewer import umap_cache

PAGE = str(Path(__file__).resolve().parents[2] / "pages" / "explore.py")


def explore() -> AppTest:
    return AppTest.from_file(PAGE, default_timeout=60).run()


def seen_in_the_viewer(run, **view) -> dict:
    """The state that the viewer's component sends, here without a browser."""
    at = {"M": 5, "lambda_ratio": 0.5, "tau_distance": 0.6, "reading": "paper"}
    return {"view": {"run": run.id, "epoch": 4.0, "thresholds": at, "orders": 1, "color": "cluster", **view}}


def test_what_the_user_moved_in_the_viewer_reaches_numbers_and_address(tiny_store) -> None:
    run = tiny_store.list()[0]
    app = explore()
    at = {"M": 3, "lambda_ratio": 0.25, "tau_distance": 0.05, "reading": "relative"}
    app.session_state["explore"] = seen_in_the_viewer(run, epoch=1.0, thresholds=at)
    app.run()
    assert not app.exception
    assert not app.error
    exact = split_scores(run.neighbors("00001"), Thresholds(**at))
    assert [metric.value for metric in app.metric] == [
        f"{count:,}" for count in (exact.core, exact.border, exact.reliable)
    ]
    shown = {key: app.query_params[key] for key in ("epoch", "M", "lambda_ratio", "tau_distance")}
    assert shown == {"epoch": "1", "M": "3", "lambda_ratio": "0.25", "tau_distance": "0.05"}


def test_selected_points_can_be_taken_away(tiny_store) -> None:
    run = tiny_store.list()[0]
    bits = np.zeros(120, bool)
    bits[[3, 5, 77]] = True
    packed = base64.b64encode(np.packbits(bits, bitorder="little").tobytes()).decode()
    app = explore()
    assert not app.get("download_button")
    app.session_state["explore"] = seen_in_the_viewer(run, selection=packed)
    app.run()
    assert not app.exception
    assert not app.error
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["3 selected points as CSV", "3 selected points as Parquet"]


@pytest.mark.parametrize(("mode", "starts"), [("solo", 1), ("read-only", 0)])
def test_umap_is_computed_where_things_may_change_and_nowhere_else(
    tiny_store, monkeypatch, mode: str, starts: int
) -> None:
    started = []
    monkeypatch.setenv("DCVIZ_MODE", mode)
    monkeypatch.setattr(umap_cache, "start", lambda run: started.append(run.id))
    run = tiny_store.list()[0]
    app = explore()
    # A forged wish of the browser counts no more than a hidden entry of the list.
    app.session_state["explore"] = seen_in_the_viewer(run, umap_wanted=f"{run.id}#1")
    app.run()
    app.run()
    assert not app.exception
    assert not app.error
    assert started == [run.id] * starts


def test_latents_of_another_program_are_not_called_untrained(empty_store, tmp_path) -> None:
    np.save(tmp_path / "trained.npy", np.random.default_rng(0).normal(size=(60, 3)))
    import_latents(incoming(tmp_path / "trained.npy"), empty_store)
    app = explore()
    assert not app.exception
    told = next(each.value for each in app.markdown if "in numbers" in each.value)
    assert "imported · M = 5" in told
