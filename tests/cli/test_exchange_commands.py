"""inspect, reembed, import and export on the command line: what they print, and how they fail."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from dcviz.__main__ import main
from dcviz.runs import default_store

BY_ENDING = {"a.zip": "run", "a.html": "report", "a.csv": "scores", "a.npz": "latents", "a": "latents"}


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A foreign auto-encoder 2-64-2 as safetensors."""
    rng, shapes = (
        np.random.default_rng(0),
        {"enc.a": (64, 2), "enc.b": (2, 64), "dec.a": (64, 2), "dec.b": (2, 64)},
    )
    tensors = {f"{name}.weight": rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    tensors |= {f"{name}.bias": np.zeros(shape[0], np.float32) for name, shape in shapes.items()}
    save_file(tensors, tmp_path / "theirs.safetensors")
    return tmp_path / "theirs.safetensors"


@pytest.fixture
def latents(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "mine.npz", z=rng.normal(size=(2, 40, 3)), labels=np.arange(40) % 4)
    return tmp_path / "mine.npz"


def own_runs() -> list:
    return [run for run in default_store().list() if not run.read_only]


def asked(capsys, *words: object) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_inspect_prints_the_table_and_the_same_as_json(capsys, weights) -> None:
    code, out, _ = asked(capsys, "inspect", weights)
    assert code == 0
    assert "enc.a.weight  64x2" in out
    code, out, _ = asked(capsys, "inspect", weights, "--against", weights, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["parameters"] == 4 * 128 + 2 * 66
    assert {row["change_relative"] for row in found["layers"] if row["name"].endswith("weight")} == {0.0}
    assert found["only_there"] == []


def test_inspect_says_what_is_wrong(capsys, tmp_path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"nothing like it")
    for path in (tmp_path / "x.safetensors", tmp_path / "absent.pt", tmp_path):
        code, out, err = asked(capsys, "inspect", path)
        assert (code, out) == (1, "")
        assert err.startswith("dcviz: ")
        assert err.count("\n") == 1


def test_reembed_with_layers_chosen_by_hand(capsys, weights) -> None:
    code, out, err = asked(
        capsys, "reembed", weights, "arcs", "--data", "n=100", "--layers", "enc.a,enc.b", "--json"
    )
    assert code == 0, err
    run = default_store().by_id(json.loads(out)["id"])
    assert run.latents(0).shape == (100, 2)
    assert run.spec["method"] == "re-embedded"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["digits"], "begins with 64 numbers"),
        (["arcs", "--layers", "enc.z"], "no dense layer"),
        (["arcs", "--layers", "enc.b,enc.b"], "the layer before gives 2"),
        (["arcs", "--layers", "enc.a", "--activation", "step"], "activation must be"),
        (["arcs", "--data", "n"], "NAME=VALUE"),
        (["arcs", "--limit-gb", "-1"], "--limit-gb"),
    ],
)
def test_reembed_says_what_is_wrong(capsys, weights, words, said) -> None:
    code, _, err = asked(capsys, "reembed", weights, *words)
    assert code == 1
    assert said in err
    assert not own_runs()


def test_import_then_export_every_way(capsys, latents, tmp_path) -> None:
    code, out, _ = asked(capsys, "import", latents, "--name", "mine, of old", "--json")
    assert code == 0
    about = json.loads(out)
    assert (about["name"], about["n"], about["state"], about["epoch"]) == ("mine, of old", 40, "finished", 1)
    for name, what in (
        ("a.zip", "run"),
        ("a.html", "report"),
        ("a.csv", "scores"),
        ("a.npz", "latents"),
        ("a", "latents"),
    ):
        code, out, _ = asked(capsys, "export", about["id"], tmp_path / name, "--json")
        assert (code, json.loads(out)["what"]) == (0, what)
        assert (tmp_path / name).exists()
    for what in ("points", "latents"):
        code, *_ = asked(
            capsys, "export", about["id"], tmp_path / f"{what}.parquet", "--what", what, "--epoch", "1"
        )
        assert code == 0
    assert asked(capsys, "export", about["id"], tmp_path / "tb", "--what", "projector")[0] == 0
    assert asked(capsys, "import", tmp_path / "tb")[0] == 0
    assert asked(capsys, "import", tmp_path / "a.zip")[0] == 0


def test_import_says_what_it_read_and_left_out(capsys, tmp_path) -> None:
    table = np.random.default_rng(0).random((30, 2))
    rows = [f"{z0},{z1},a,{i}.png" for i, (z0, z1) in enumerate(table)]
    (tmp_path / "mine.csv").write_text("\n".join(["z0,z1,species,file", *rows]))
    assert main(["import", str(tmp_path / "mine.csv")]) == 0
    told = capsys.readouterr().out
    assert "30 points, 2 dimensions, read from mine.csv; of its columns species, file were left out" in told


def test_import_of_bad_files(capsys, tmp_path, latents) -> None:
    np.save(tmp_path / "nan.npy", np.full((9, 2), np.nan))
    for words, said in (
        ([tmp_path / "nan.npy"], "row 0"), ([tmp_path / "absent.npy"], "absent.npy"),
        ([latents, "--labels", "nothing"], "no array 'nothing'"),
        ([latents, "--limit-gb", "0.000001"], "at most"),
        ([latents, "--clusters", "1"], "at least 2"),
    ):  # fmt: skip
        code, out, err = asked(capsys, "import", *words)
        assert (code, out) == (1, "")
        assert said in err
    assert not own_runs()


def test_export_of_what_is_not_clear(capsys, latents, tmp_path) -> None:
    asked(capsys, "import", latents)
    (run,) = own_runs()
    code, _, err = asked(capsys, "export", run.id, tmp_path / "a.docx")
    assert code == 1
    assert "--what" in err
