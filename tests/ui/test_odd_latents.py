"""Geometry and Explore on latents at their worst: a number or a plain reason, never a traceback."""

import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dcviz.geometry.neighbors import neighbor_graph
from dcviz.geometry.scores import live_scores
from dcviz.runs import Run, RunStore
from dcviz.runs.writer import RunWriter

PAGES = Path(__file__).resolve().parents[2] / "pages"
REQUESTS = ("scale_go", "changes_go", "slow_go")


def worst(name: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    z = (rng.normal(size=(4, 2)) * 10)[np.arange(80) % 4] + rng.normal(size=(80, 2))
    return {
        "one point": z[:1],
        "two points": z[:2],
        "fewer than M": z[:5],
        "all equal": np.full((40, 2), 3.0),
        "each twice": np.repeat(z[:40], 2, axis=0),
        "collapsed": z[np.arange(80) % 4] + 1e-6 * rng.normal(size=(80, 2)),
        "huge": z * 1e6,
        "far away": z + 1e6,
        "one constant": z * [1, 0],
        "half precision": z.astype(np.float16),
        "not finite": z,
    }[name]


def stored(store: RunStore, z: np.ndarray) -> Run:
    n, d = z.shape
    labels = np.arange(n) % 4
    run = store.create(
        {"method": "dec", "dataset": "own", "dataset_options": {}, "seed": 0, "device": "cpu", "n": n,
         "input_dim": d, "image_shape": None, "latent_dim": d, "clusters": 4, "class_names": list("abcd"),
         "parent": None, "settings": {"clusters": 4, "latent_dim": d, "network": "mlp"},
         "thresholds": {"M": 5, "lambda_ratio": 0.6, "tau_distance": 0.6},
         "phases": [["pretraining", 1], ["clustering", 2]]}
    )  # fmt: skip
    writer = RunWriter(run)
    writer.data(labels=labels)
    for epoch in range(4):
        now = np.abs(z) if epoch == 3 else z
        graph = neighbor_graph(now)
        scores, assignments, centers = live_scores(now, graph, clusters=4, labels=labels)
        reasons = {key: scores.pop(key) for key in list(scores) if key.endswith("_reason")}
        assert all(value is not None or reasons[f"{key}_reason"] for key, value in scores.items())
        line = {"key": f"{epoch:05d}", "epoch": epoch, "phase": "clustering", "phase_index": int(epoch > 1),
                "losses": {}, "scores": scores, "seconds": 0.1, "iteration": epoch, "batch": 0}  # fmt: skip
        assigned = {"assignments": assignments, "confidence": None, "centers": centers}
        writer.epoch(line | reasons, latents=now, assigned=assigned, graph=graph)
    writer.status({"state": "finished", "epoch": 3, "epochs": 3, "phase": "clustering", "message": ""})
    return run


@pytest.mark.parametrize(
    "name",
    [
        "one point", "two points", "fewer than M", "all equal", "each twice", "collapsed", "huge", "far away",
        "one constant", "half precision", "not finite",
    ],
)  # fmt: skip
def test_pages_say_a_number_or_why_there_is_none(empty_store, name: str) -> None:
    run = stored(empty_store, worst(name))
    if name == "not finite":
        spoiled(run, "00003")
    for page in ("geometry", "explore"):
        app = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=120)
        app.query_params["run"] = run.id
        app.run()
        assert not app.exception
        for key in REQUESTS:
            asked = [button for button in app.button if button.key == key]
            if asked:
                asked[0].click().run()
                assert not app.exception
        assert not app.error
        assert len(app.subheader) >= (10 if page == "geometry" else 4)


def spoiled(run: Run, key: str) -> Run:
    """A run in which one number of an epoch is none, as a program that writes folders itself may leave it."""
    file = run.path / "latents" / f"{key}.npy"
    z = np.load(file)
    z[3, 1] = np.nan
    np.save(file, z)
    return run


@pytest.mark.parametrize(
    ("page", "key"), [("geometry", "00001"), ("geometry", "00003"), ("compare", "00003")]
)
def test_numbers_that_are_none_are_told_with_epoch_and_row(empty_store, page: str, key: str) -> None:
    """Epoch 1 is the switch, which later epochs are held against. It said what scikit-learn says of NaN."""
    app = AppTest.from_file(str(PAGES / f"{page}.py"), default_timeout=120)
    app.query_params["run"] = spoiled(stored(empty_store, worst("not finite")), key).id
    app.run()
    sections = len(app.subheader)
    for button in [button for button in app.button if button.key in REQUESTS]:
        app.button(key=button.key).click().run()
    assert not app.exception
    told = " ".join(each.value for each in [*app.error, *app.caption])
    assert f"epoch {int(key)} hold NaN or infinity, first in row 3" in told
    assert not re.search("KMeans|sklearn|SVD|converge", told)
    assert len(app.subheader) == sections >= (10 if page == "geometry" else 4)


@pytest.mark.parametrize(("name", "said"), [
    ("each twice", "80 lie exactly on another point: 0 on all their 5 neighbors"),
    ("all equal", "40 lie exactly on another point: 40 on all their 5 neighbors"),
    ("far away", ""),
])  # fmt: skip
def test_explore_says_what_duplicates_do_to_the_first_filter(empty_store, name: str, said: str) -> None:
    """A copy of a point is no even neighborhood, yet it decides core or border."""
    app = AppTest.from_file(str(PAGES / "explore.py"), default_timeout=120)
    app.query_params["run"] = stored(empty_store, worst(name)).id
    app.run()
    told = " ".join(caption.value for caption in app.caption)
    assert said in told if said else "exactly on another" not in told
