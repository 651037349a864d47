"""The commands that train and list, as a user types them."""

from pathlib import Path

SHOWN = {"epoch", "phase", "losses", "acc", "nmi", "ari", "f1_macro", "f1_micro", "id", "lid", "curvature",
         "core_share", "purity", "seconds"}  # fmt: skip


def test_train_prints_one_document_and_lines_in_a_pipe(trained: dict, home: Path) -> None:
    assert trained["state"] == "finished"
    assert (trained["method"], trained["dataset"], trained["seed"]) == ("rdc", "arcs", 3)
    assert (trained["epoch"], trained["epochs"]) == (5, 5)
    assert Path(trained["path"]) == home / "runs" / trained["id"]
    assert set(trained["last"]) >= SHOWN
    lines = trained["stderr"].splitlines()
    assert any("preset standard (auto)" in line for line in lines)
    assert any(line.startswith("epoch 3/5  pretraining") for line in lines)
    assert any(line.startswith("epoch 5/5  proximity") for line in lines)
    assert "\r" not in trained["stderr"]


def test_show_gives_one_object_an_epoch(trained: dict, dcviz, strict) -> None:
    code, out, _ = dcviz("show", trained["id"], "--json")
    epochs = strict(out)
    assert code == 0
    assert [epoch["epoch"] for epoch in epochs] == [0, 1, 2, 3, 4, 5]
    for epoch in epochs:
        assert set(epoch) >= SHOWN | {"id_all", "lid_all"}
        for name, value in epoch.items():
            assert value is not None or f"{name}_reason" in epoch
    assert set(epochs[-1]["losses"]) == {"total", "proximity", "reconstruction"}
    assert "epoch" in dcviz("show", trained["path"])[1]
    assert dcviz("show", trained["path"])[1].splitlines()[-1].startswith("id, lid, curvature: means over")


def test_runs_lists_it(trained: dict, dcviz, strict) -> None:
    own = [run for run in strict(dcviz("runs", "--json")[1]) if not run["read_only"]]
    assert trained["id"] in [run["id"] for run in own]
    assert {"id", "name", "state", "method", "dataset", "epoch", "epochs", "bytes"} <= set(own[0])
    assert trained["id"] in dcviz("runs")[1]


def test_branch_export_import_and_resume(trained: dict, dcviz, tmp_path: Path, strict) -> None:
    code, out, _ = dcviz("branch", trained["id"], "3", "--set", "lambda_ratio=.2", "--json")
    child = strict(out)
    assert (code, child["parent"]) == (0, {"id": trained["id"], "key": "00003"})
    assert dcviz("export", child["id"], tmp_path / "child.zip")[0] == 0
    code, out, _ = dcviz("import", tmp_path / "child.zip")
    assert code == 0
    assert f"{child['id']}-2" in out
    code, out, err = dcviz("resume", child["id"], "--json")
    assert (code, out) == (1, "")
    assert "is finished" in err


def test_a_run_folder_can_be_named_once(dcviz, tmp_path: Path) -> None:
    words = (
        "train",
        "autoencoder",
        "arcs",
        "--data",
        "n=60",
        "--set",
        "pretrain_epochs=1",
        "--run",
        tmp_path / "mine",
    )
    assert dcviz(*words)[0] == 0
    assert (tmp_path / "mine" / "metrics.jsonl").exists()
    code, _, err = dcviz(*words)
    assert code == 1
    assert "not empty" in err
    assert dcviz("show", tmp_path / "mine")[0] == 0


def test_a_failed_training_is_exit_1_with_the_reason(dcviz, strict) -> None:
    code, out, err = dcviz(
        "train", "autoencoder", "arcs", "--data", "n=120", "--set", "pretrain_epochs=60",
        "--set", "optimizer=sgd", "--set", "learning_rate=10", "--json",
    )  # fmt: skip
    assert code == 1
    assert strict(out)["state"] == "failed"
    assert "diverged" in err.splitlines()[-1]
    assert "last good checkpoint" in err.splitlines()[-1]


def test_methods_and_datasets(dcviz, strict) -> None:
    methods = {method["id"]: method for method in strict(dcviz("methods", "--json")[1])}
    assert {"autoencoder", "dec", "rdc"} <= set(methods)
    settings = {setting["name"]: setting for setting in methods["rdc"]["settings"]}
    assert settings["lambda_ratio"]["type"] == "float"
    assert (settings["lambda_ratio"]["low"], settings["lambda_ratio"]["high"]) == (0.0, 1.0)
    datasets = {data["id"]: data for data in strict(dcviz("datasets", "--json")[1])}
    ids = "arcs moons stacked_arcs pinwheel spirals circles blobs digits mnist fashionmnist usps cifar10"
    assert {*ids.split(), "cifar100", "stl10", "pneumoniamnist"} <= set(datasets)
    assert "rdc" in dcviz("methods")[1]
    assert "mnist" in dcviz("datasets")[1]


def test_one_method_shows_its_settings_and_one_data_set_its_options(dcviz, strict) -> None:
    lines = dcviz("methods", "rdc")[1].splitlines()
    line = next(line for line in lines if line.startswith("--set lambda_ratio="))
    assert line.split()[:6] == ["--set", "lambda_ratio=", "0.6", "0", "..", "1"]
    assert [entry["id"] for entry in strict(dcviz("methods", "rdc", "--json")[1])] == ["rdc"]
    assert "--data noise=" in dcviz("datasets", "arcs")[1]
    assert [entry["id"] for entry in strict(dcviz("datasets", "arcs", "--json")[1])] == ["arcs"]
