"""Exit codes, one line of error, quick listings, and the progress bar."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dcviz.cli.progress import Progress
from dcviz.cli.ways_out import as_typed


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ([], 2, "COMMAND"),
        (["dance"], 2, "dance"),
        (["train", "rdc"], 2, "DATASET"),
        (["train", "nothing", "arcs"], 2, "there are"),
        (["methods", "nothing"], 2, "no method 'nothing'; there are: autoencoder"),
        (["datasets", "nothing"], 2, "no data set 'nothing'; there are: arcs"),
        (["train", "rdc", "nothing"], 2, "neither a data set nor a file"),
        (["train", "rdc", "arcs", "--set", "M"], 2, "name=value"),
        (["train", "rdc", "arcs", "--set", "M=2", "--set", "M=3"], 2, "twice"),
        (["train", "rdc", "arcs", "--set", "N=2"], 2, "no setting 'N'"),
        (["train", "rdc", "arcs", "--seed", "x"], 2, "seed"),
        (["train", "rdc", "arcs", "--device", "tpu"], 2, "device must be one of"),
        (["train", "rdc", "arcs", "--set", "clusters=1"], 2, "at least 2"),
        (["train", "rdc", "arcs", "--data", "colour=red"], 2, "no option"),
        (["train", "cdc", "arcs", "--published", "paper"], 2, "published as 'paper' for arcs; none does"),
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


@pytest.mark.parametrize(("told", "command", "typed"), [
    ("train without (labels=none).", "train", "train without (--data labels=none)."),
    ("train without (labels=none).", "import", "train without (--labels none)."),
    ("give clusters=K, or clusters=0", "sweep", "give --set clusters=K, or --set clusters=0"),
    ("give clusters=K", "reembed", "give --clusters K"),
    ("resize=28 and mode=L", "train", "--data resize=28 and --data mode=L"),
    ("resize=28", "measure", "resize=28"),
    ("takes name=value, got 'clusters=3'", "train", "takes name=value, got 'clusters=3'"),
    ("labels='kind' must name", "import", "labels='kind' must name"),
])  # fmt: skip
def test_a_way_out_is_told_as_it_is_typed(told: str, command: str, typed: str) -> None:
    assert as_typed(told, command) == typed


def test_the_way_out_of_missing_labels_works_as_told(dcviz, tmp_path) -> None:
    np.savez(tmp_path / "noy.npz", x=np.random.default_rng(0).random((40, 3)))
    words = ["train", "autoencoder", tmp_path / "noy.npz", "--set", "pretrain_epochs=1"]
    code, _, told = dcviz(*words)
    assert code == 2
    assert "--set clusters=K" in told
    assert dcviz(*words, "--set", "clusters=3")[0] == 0


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
