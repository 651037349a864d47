import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcviz.engine.errors import RequestError
from dcviz.engine.request import prepare, wish


def test_a_wish_becomes_a_complete_run_json(store) -> None:
    request = wish("rdc", "arcs", seed=4, settings={"pretrain_epochs": "7", "lambda_ratio": 0.4})
    run = prepare(request, store=store)
    spec = json.loads((run.path / "run.json").read_text())
    assert (spec["method"], spec["dataset"], spec["seed"], spec["device"]) == ("rdc", "arcs", 4, "cpu")
    assert (spec["preset"], spec["preset_asked"]) == ("standard", "auto")
    assert spec["settings"]["pretrain_epochs"] == 7
    assert spec["settings"]["network"] == "mlp"
    assert spec["phases"] == [["pretraining", 7], ["proximity", spec["settings"]["finetune_epochs"]]]
    assert (spec["n"], spec["input_dim"], spec["clusters"], spec["latent_dim"]) == (1200, 2, 4, 2)
    assert spec["thresholds"] == {"M": 5, "lambda_ratio": 0.4, "tau_distance": 0.6, "reading": "paper"}
    assert spec["dataset_options"] == {"n": 1200, "noise": 0.06, "seed": 0}
    assert {"dcviz", "python", "torch", "numpy"} <= set(spec["versions"])
    assert run.status()["state"] == "queued"


def test_downloads_are_left_to_the_worker() -> None:
    request = wish("rdc", "vesselmnist3d", dataset_options={"size": 64})
    assert request.facts.image_shape == (1, 64, 64, 64)
    assert request.facts.input_dim == 64**3
    assert request.notices == ()


def test_a_prepared_part_of_a_data_set_counts_with_its_own_size(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "cifar10").mkdir()
    x = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 3), np.uint8)
    np.savez(tmp_path / "cifar10" / "part.npz", x=x, y=np.arange(30) % 10)
    monkeypatch.setenv("DCVIZ_DATA", str(tmp_path))
    request = wish("autoencoder", "cifar10")
    assert (request.facts.n, request.facts.input_dim, request.spec["n"]) == (30, 192, 30)
    with pytest.raises(ValueError, match="at most the number of points 30, got 31"):
        wish("autoencoder", "cifar10", settings={"clusters": 31})


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"method": "nothing"}, "no method 'nothing'; there are: .*rdc"),
        ({"dataset": "arc"}, "did you mean arcs"),
        ({"seed": -1}, "seed must be 0 or more, got -1"),
        ({"device": "cuda:9"}, "device must be one of auto, cpu.*got 'cuda:9'"),
        ({"preset": "fast"}, "no preset 'fast'.*quick"),
        ({"settings": {"learning": 1}}, "no setting 'learning'; it has: .*learning_rate"),
        ({"settings": {"batch_size": "big"}}, "batch_size must be a whole number, got 'big'"),
        ({"settings": {"pretrain_epochs": 0, "finetune_epochs": 0}}, "pretraining has 0 epochs; raise"),
        ({"settings": {"clusters": 1}}, "at least 2, got 1"),
        ({"settings": {"clusters": 2000}}, "number of points"),
        ({"settings": {"lambda_ratio": 1.5}}, r"lambda_ratio must lie in \[0, 1\], got 1.5"),
        ({"dataset_options": {"noisy": 1}}, "no option 'noisy'; its options: n, noise, seed"),
        ({"dataset_options": {"n": 3}}, r"n must lie in \[10"),
        ({"schedule": {"every": 0}}, "every must be at least 1"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(choices: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wish(**{"method": "rdc", "dataset": "arcs", **choices})


def own(tmp_path: Path, **arrays: np.ndarray) -> str:
    np.savez(tmp_path / "own.npz", **arrays)
    return str(tmp_path / "own.npz")


def test_without_labels_k_is_asked_for(tmp_path: Path) -> None:
    path = own(tmp_path, x=np.random.default_rng(0).normal(size=(40, 3)))
    with pytest.raises(RequestError, match="give clusters=K, or clusters=0"):
        wish("autoencoder", path)
    request = wish("autoencoder", path, settings={"clusters": 3})
    assert any("No labels" in notice for notice in request.notices)
    assert wish("autoencoder", path, settings={"clusters": 0}).settings.clusters == 0


def test_a_path_is_kept_whole_so_that_a_run_goes_on_from_any_folder(tmp_path: Path, monkeypatch) -> None:
    np.savez(tmp_path / "mine.npz", x=np.random.default_rng(0).random((30, 4)), y=np.arange(30) % 3)
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert wish("autoencoder", "../mine.npz").spec["dataset"] == str(tmp_path / "mine.npz")
    assert wish("autoencoder", "arcs").spec["dataset"] == "arcs"


def test_one_class_is_refused(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(40, 3))
    path = own(tmp_path, x=x, y=np.full(40, "ant"))
    for settings in ({"clusters": 3}, {}):
        with pytest.raises(RequestError, match=r"All 40 labels are the same \(ant\).*train without labels"):
            wish("rdc", path, settings=settings)


def test_m_is_lowered_where_there_are_too_few_points(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(5, 3))
    request = wish("rdc", own(tmp_path, x=x, y=np.array([0, 1, 0, 1, 0])), settings={"M": 9})
    assert request.settings.M == request.thresholds.M == 4
    assert any("lowered from 9 to 4" in notice for notice in request.notices)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    x, y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    path = own(tmp_path, x=x, y=y)
    assert wish("rdc", path).facts.n == 40
    own(tmp_path, x=x[:30], y=y[:30])
    assert wish("rdc", path).facts.n == 30


def test_asking_imports_no_torch() -> None:
    code = (
        "import sys\n"
        "from dcviz.engine.request import wish\n"
        "from dcviz.engine.estimate import estimate\n"
        "for data in ('arcs', 'digits', 'mnist', 'pneumoniamnist'): estimate(wish('rdc', data))\n"
        "assert not {'torch', 'torchvision', 'medmnist'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("large", [True, False])
def test_a_large_set_is_told_that_scoring_takes_its_time(monkeypatch, large) -> None:
    monkeypatch.setattr("dcviz.engine.request.LARGE_SET", 119 if large else 120)
    notices = wish("autoencoder", "arcs", dataset_options={"n": 120}).notices
    assert any("Each kept epoch of 120 points is scored beside" in notice for notice in notices) == large
