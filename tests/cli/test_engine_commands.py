"""--engine: the same commands, trained somewhere else; what it lacks is said before anything is written."""

import json
from pathlib import Path

import pytest

from dcviz.__main__ import main
from dcviz.engine.launchers import LAUNCHERS, launcher_of
from dcviz.engine.place import Place, keep_place, place_of
from dcviz.engine.worker import work
from dcviz.runs import Run

SHORT = ["--set", "pretrain_epochs=2", "--set", "finetune_epochs=1", "--data", "n=80"]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """An engine that trains while it is asked to."""
    seen: list[Run] = []

    def submit(run: Run, resume: str | bool = False) -> dict:
        seen.append(run)
        work(run, resume=resume)
        return {}

    monkeypatch.setattr(LAUNCHERS["slurm"], "submit", submit, raising=False)
    monkeypatch.setattr(LAUNCHERS["slurm"], "missing", lambda place: None, raising=False)
    return seen


def test_a_run_goes_to_its_engine_and_is_watched_to_its_end(
    at_once: list[Run], tmp_path: Path, capsys
) -> None:
    asked = ["--engine", "slurm", "--gpus", "1", "--option", "partition=gpu", "--device", "cpu"]
    assert main(["train", "rdc", "arcs", *SHORT, "--run", str(tmp_path / "a"), *asked]) == 0
    said = capsys.readouterr().out
    assert "handed to a Slurm cluster" in said
    assert "finished at epoch 3" in said
    assert place_of(at_once[0]) == Place("slurm", gpus=1.0, options={"partition": "gpu"})


def test_a_cluster_has_gpus_that_this_machine_need_not_have(at_once: list[Run], tmp_path: Path) -> None:
    asked = ["--engine", "slurm", "--device", "cuda", "--detach", "--json"]
    main(["train", "rdc", "arcs", *SHORT, "--run", str(tmp_path / "a"), *asked])
    assert at_once[0].spec["device"] == "cuda"
    assert place_of(at_once[0]).gpus_for("cuda") == 1.0


def test_a_resume_goes_where_the_run_was_trained(at_once: list[Run], tmp_path: Path, monkeypatch) -> None:
    path = str(tmp_path / "a")
    assert main(["train", "rdc", "arcs", *SHORT, "--run", path]) == 0
    assert not at_once
    run = Run(Path(path))
    keep_place(run, Place("slurm"))
    monkeypatch.setattr(
        LAUNCHERS["slurm"], "submit", lambda run, resume: at_once.append(resume), raising=False
    )
    assert main(["resume", path, "--detach"]) == 0
    assert at_once == [True]
    assert launcher_of(run) is LAUNCHERS["slurm"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--engine", "cloud"], "engine must be one of local, ray, slurm"),
        (["--engine", "slurm", "--address", "head"], "takes no address"),
        (["--engine", "slurm", "--address", "local", "--gpus", "0.5"], "gres=shard"),
        (["--gpus", "1.5"], "a fraction of one GPU or a whole number"),
        (["--option", "time"], "name=value"),
    ],
)
def test_what_an_engine_cannot_do_is_one_line(asked: list[str], words: str, tmp_path: Path, capsys) -> None:
    assert main(["train", "rdc", "arcs", "--run", str(tmp_path / "a"), *asked]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "a").exists()


def test_sweep_trains_and_prints_one_table(at_once: list[Run], tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))
    asked = ["sweep", "rdc", "arcs", "--over", "gamma=0.1,0.5", *SHORT, "--engine", "slurm", "--json"]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["state"] for row in told["rows"]] == ["finished"] * 2
    assert told["objective"] == "silhouette"
    assert {place_of(run).engine for run in at_once} == {"slurm"}
