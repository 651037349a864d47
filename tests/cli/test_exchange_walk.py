"""Another program's checkpoint and latents on the command line: inspect, embed, compare, take out."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dcviz.__main__ import main
from dcviz.exchange import beside
from dcviz.geometry.projection import align
from dcviz.runs import default_store

CHECKPOINT = Path(__file__).parents[1] / "inspect" / "foreign" / "lightning.ckpt"


@pytest.fixture
def ask(capsys, tmp_path, monkeypatch):
    """Run a command that must succeed; gives its one JSON document."""
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))

    def asked(*words: object) -> dict:
        code = main([*map(str, words), "--json"])
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return json.loads(printed.out)

    return asked


def test_a_checkpoint_of_lightning(ask, tmp_path) -> None:
    about = ask("inspect", CHECKPOINT)
    assert (about["parameters"], len(about["layers"])) == (4484, 8)
    one = ask("reembed", CHECKPOINT, "digits", "--name", "theirs, relu")
    other = ask("reembed", CHECKPOINT, "digits", "--activation", "tanh", "--name", "theirs, tanh")
    apart = ask("compare", one["id"], other["id"])
    assert apart["n"] == 1797
    assert 0 < apart["neighbors_kept"] < 1
    assert apart["displacement_median"] > 0
    same = ask("compare", one["id"], one["id"])
    assert same["displacement_median"] == pytest.approx(0, abs=1e-6 * same["spread"])
    assert (same["neighbors_kept"], same["core_to_border"], same["settings"]) == (1, 0, {})
    assert ask("export", one["id"], tmp_path / "z.npz")["what"] == "latents"
    stored = default_store().by_id(one["id"])
    with np.load(tmp_path / "z.npz") as found:
        np.testing.assert_array_equal(found["z"].reshape(1797, -1), stored.latents(stored.epochs()[0].key))


def test_a_folder_of_latents(ask, tmp_path) -> None:
    rng, labels, folder = np.random.default_rng(0), np.arange(90) % 3, tmp_path / "theirs"
    folder.mkdir()
    epochs = [rng.normal(size=(90, 3)) + 6 * epoch * np.eye(3)[labels] for epoch in (1, 2)]
    for number, z in enumerate(epochs, 1):
        np.save(folder / f"{number:05d}.npy", z)
    np.save(folder / "labels.npy", labels)
    run = ask("import", folder)
    assert (run["n"], run["epoch"]) == (90, 2)
    apart = ask("compare", run["id"], run["id"], "--epoch", 1, "--other-epoch", 2)
    first, second = (z.astype(np.float32).astype(float) for z in epochs)
    left = np.linalg.norm(align(second, first, scale=True) - first, axis=1)
    assert apart["displacement_median"] == pytest.approx(np.median(left), rel=1e-5)
    stored = default_store().by_id(run["id"])
    assert apart["neighbors_kept"] == beside.difference(stored, "00001", stored, "00002").kept
    assert ask("export", run["id"], tmp_path / "a.zip")["what"] == "run"
    assert "run.json" in {Path(name).name for name in zipfile.ZipFile(tmp_path / "a.zip").namelist()}
    ask("export", run["id"], tmp_path / "scores.csv")
    assert len(pd.read_csv(tmp_path / "scores.csv")) == 2


def test_another_run_is_compared_at_the_same_epoch(ask) -> None:
    apart = ask("compare", "arcs-rdc", "arcs-dec", "--epoch", 200)
    assert (apart["first"]["key"], apart["second"]["key"]) == ("00200", "00200")
    apart = ask("compare", "arcs-rdc", "arcs-dec", "--epoch", 200, "--other-epoch", 400)
    assert apart["second"]["key"] == "00400"
    assert ask("compare", "arcs-rdc", "arcs-rdc", "--epoch", 200)["second"]["key"] == "00400"


def test_no_point_changes_sides_for_other_thresholds_alone(ask, tmp_path, capsys) -> None:
    np.save(tmp_path / "z.npy", np.random.default_rng(0).normal(size=(80, 2)))
    one, other = (ask("import", tmp_path / "z.npy") for _ in range(2))
    file = Path(other["path"]) / "run.json"
    spec = json.loads(file.read_text())
    spec["thresholds"]["lambda_ratio"] = 0.95
    file.write_text(json.dumps(spec))
    apart = ask("compare", one["id"], other["id"])
    assert (apart["core_to_border"], apart["border_to_core"]) == (0, 0)
    assert apart["thresholds"] == {"M": 5, "lambda_ratio": 0.6}
    assert main(["compare", one["id"], other["id"]]) == 0
    assert "(both at M = 5, lambda_ratio = 0.6)" in capsys.readouterr().out


def test_what_has_no_partner_is_not_compared(ask, tmp_path, capsys) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(20, 2)))
    np.save(tmp_path / "b.npy", np.random.default_rng(1).normal(size=(30, 2)))
    one, other = (ask("import", tmp_path / f"{name}.npy")["id"] for name in "ab")
    assert main(["compare", one, other]) == 1
    assert "do not hold the same points" in capsys.readouterr().err
    assert main(["compare", one, one, "--epoch", "7"]) == 1
    assert "epoch 00007 is not stored" in capsys.readouterr().err
