"""The command line as a user types it: JSON contracts, exit codes, one line of error."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcviz.__main__ import main
from dcviz.cli.progress import Progress

SHORT = ["--set", "pretrain_epochs=3", "--set", "finetune_epochs=2", "--data", "n=120"]
SHOWN = {"epoch", "phase", "losses", "acc", "nmi", "ari", "f1_macro", "f1_micro", "id", "lid", "curvature",
         "core_share", "purity", "seconds"}  # fmt: skip
MEASURED = {"n", "id", "id_low", "id_high", "lid", "participation_ratio", "curvature", "core_share"}


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(autouse=True)
def _folders(home: Path, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_RUNS", str(home / "runs"))
    monkeypatch.setenv("DCVIZ_CACHE", str(home / "cache"))
    monkeypatch.setenv("DCVIZ_DATA", str(home / "data"))


@pytest.fixture
def dcviz(capsys):
    """Run a command in this process: exit code, stdout, stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture(scope="module")
def trained(home: Path) -> dict:
    """One run trained by the command itself, in a process of its own, with its output in a pipe."""
    command = [sys.executable, "-m", "dcviz", "train", "rdc", "arcs", *SHORT, "--seed", "3", "--json"]
    environment = {
        "DCVIZ_RUNS": str(home / "runs"),
        "DCVIZ_CACHE": str(home / "cache"),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    return {**json.loads(done.stdout), "stderr": done.stderr}


def strict(text: str):
    def refuse(word: str):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


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


def test_show_gives_one_object_an_epoch(trained: dict, dcviz) -> None:
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


def test_runs_lists_it(trained: dict, dcviz) -> None:
    own = [run for run in strict(dcviz("runs", "--json")[1]) if not run["read_only"]]
    assert trained["id"] in [run["id"] for run in own]
    assert {"id", "name", "state", "method", "dataset", "epoch", "epochs", "bytes"} <= set(own[0])
    assert trained["id"] in dcviz("runs")[1]


def test_branch_export_import_and_resume(trained: dict, dcviz, tmp_path: Path) -> None:
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


def test_a_failed_training_is_exit_1_with_the_reason(dcviz) -> None:
    code, out, err = dcviz(
        "train", "autoencoder", "arcs", "--data", "n=120", "--set", "pretrain_epochs=60",
        "--set", "optimizer=sgd", "--set", "learning_rate=10", "--json",
    )  # fmt: skip
    assert code == 1
    assert strict(out)["state"] == "failed"
    assert "diverged" in err.splitlines()[-1]
    assert "last good checkpoint" in err.splitlines()[-1]


def test_methods_and_datasets(dcviz) -> None:
    methods = {method["id"]: method for method in strict(dcviz("methods", "--json")[1])}
    assert {"autoencoder", "dec", "rdc"} <= set(methods)
    settings = {setting["name"]: setting for setting in methods["rdc"]["settings"]}
    assert settings["lambda_ratio"]["type"] == "float"
    assert (settings["lambda_ratio"]["low"], settings["lambda_ratio"]["high"]) == (0.0, 1.0)
    datasets = {data["id"]: data for data in strict(dcviz("datasets", "--json")[1])}
    ids = "arcs moons stacked_arcs pinwheel spirals circles blobs digits mnist fashionmnist usps cifar10 cifar100"
    assert {*ids.split(), "stl10", "pneumoniamnist"} <= set(datasets)
    assert "rdc" in dcviz("methods")[1]
    assert "mnist" in dcviz("datasets")[1]


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """300 points of a plane in four dimensions."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "z.npy", rng.normal(size=(300, 2)) @ rng.normal(size=(2, 4)))
    (tmp_path / "y.txt").write_text("\n".join(["cat", "dog", "cat"] * 100))
    return tmp_path / "z.npy"


def test_measure_takes_the_whole_set(dcviz, cloud: Path) -> None:
    code, out, _ = dcviz("measure", cloud, "--json")
    scores = strict(out)
    assert code == 0
    assert set(scores) >= MEASURED
    assert (scores["n"], scores["lid"]) == (300, 2)
    assert 1.7 < scores["id_low"] < scores["id"] < scores["id_high"] < 2.3 + 0.5
    assert scores["purity"] is None
    assert "label" in scores["purity_reason"]
    with_labels = strict(dcviz("measure", cloud, "--labels", cloud.with_name("y.txt"), "--json")[1])
    assert 0.4 < with_labels["purity"] < 0.7
    stricter = strict(dcviz("measure", cloud, "--lambda-ratio", "0.9", "--json")[1])
    assert stricter["core_share"] < scores["core_share"]
    assert "participation_ratio" in dcviz("measure", cloud)[1]


def test_measure_names_the_first_bad_row(dcviz, cloud: Path) -> None:
    z = np.load(cloud)
    z[7, 1], z[9, 0] = np.nan, np.inf
    np.save(cloud, z)
    code, out, err = dcviz("measure", cloud, "--json")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "row 7" in err
    code, out, err = dcviz("measure", cloud, "--labels", cloud.with_name("y.txt"), "--drop-invalid", "--json")
    assert (code, strict(out)["n"], strict(out)["dropped"]) == (0, 298, 2)
    assert "298 rows are left" in err


@pytest.mark.parametrize(
    ("array", "words"),
    [(np.zeros(5), "shape (n, d)"), (np.zeros((2, 2, 2)), "shape (n, d)"), (np.array([["a"]]), "numbers"),
     (np.zeros((0, 3)), "shape (n, d)"), (np.array([[{}]], dtype=object), "pickle")],
)  # fmt: skip
def test_measure_refuses_what_is_no_array_of_points(
    dcviz, tmp_path: Path, array: np.ndarray, words: str
) -> None:
    np.save(tmp_path / "z.npy", array)
    code, _, err = dcviz("measure", tmp_path / "z.npy")
    assert (code, err.count("\n")) == (1, 1)
    assert words in err


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ([], 2, "COMMAND"),
        (["dance"], 2, "dance"),
        (["train", "rdc"], 2, "DATASET"),
        (["train", "nothing", "arcs"], 2, "there are"),
        (["train", "rdc", "nothing"], 2, "neither a data set nor a file"),
        (["train", "rdc", "arcs", "--set", "M"], 2, "name=value"),
        (["train", "rdc", "arcs", "--set", "M=2", "--set", "M=3"], 2, "twice"),
        (["train", "rdc", "arcs", "--set", "N=2"], 2, "no setting 'N'"),
        (["train", "rdc", "arcs", "--seed", "x"], 2, "seed"),
        (["train", "rdc", "arcs", "--device", "tpu"], 2, "device must be one of"),
        (["train", "rdc", "arcs", "--set", "clusters=1"], 2, "at least 2"),
        (["train", "rdc", "arcs", "--data", "colour=red"], 2, "no option"),
        (["measure", "z.npy", "--M", "0"], 2, "at least 1"),
        (["measure", "absent.npy"], 1, "no file"),
        (["show", "absent"], 1, "neither a run"),
        (["resume", "../absent"], 1, "neither a run"),
        (["export", "absent", "x.zip"], 1, "neither a run"),
        (["import", "absent.zip"], 1, "no file"),
    ],
)
def test_errors_are_one_line_and_a_code(dcviz, words: list[str], code: int, part: str) -> None:
    found, out, err = dcviz(*words)
    assert (found, out, err.count("\n")) == (code, "", 1), err
    assert err.startswith("dcviz: ")
    assert part in err


def test_looking_imports_no_torch_and_is_quick(cloud: Path) -> None:
    for words in (["datasets"], ["methods", "--json"], ["measure", str(cloud)], ["runs"]):
        code = (
            "import sys; from dcviz.__main__ import main\n"
            f"assert main({words!r}) == 0\n"
            "assert not {'torch', 'streamlit', 'torchvision', 'medmnist'} & set(sys.modules)\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


class Terminal:
    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass


def test_a_terminal_gets_a_bar_with_eta(monkeypatch) -> None:
    now = [100.0]
    monkeypatch.setattr("dcviz.cli.progress.time.monotonic", lambda: now[0])
    screen = Terminal()
    bar = Progress(screen, phases=[["pretraining", 30], ["proximity", 10]])
    bar.moved({"state": "running", "epoch": 0, "batch": 0, "batches": 4, "phase": "pretraining"})
    now[0] += 10
    bar.listed({"epoch": 10, "phase": "pretraining", "losses": {}, "scores": {"acc": 0.5, "majority": 0.25}})
    bar.moved({"state": "running", "epoch": 10, "batch": 0, "batches": 4, "phase": "pretraining"})
    bar.close()
    last = screen.text.split("\r")[-1]
    assert "10/40 pretraining" in last
    assert "ETA 30 s" in last
    assert "ACC 0.500" in last
    assert screen.text.endswith("\n")
