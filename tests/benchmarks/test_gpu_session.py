"""A session on a GPU: what it would run, in which order, and that nothing is lost where a job goes wrong."""

import csv
import importlib
import os
import sys
import time
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("torch")

from benchmarks import gpu_jobs, gpu_session
from benchmarks.gpu_jobs import LEDGER, TIMED, UNTIMED, Job, cells, wanted
from benchmarks.gpu_session import RESULTS, Sitting, merge, take

GOOD = Job("good", ("timeit", "-n", "1", "pass"), 0.01)
BAD = Job("bad: fails", ("benchmarks.nowhere",), 0.01)
ENDLESS = Job("endless", ("http.server", "0", "--bind", "127.0.0.1"), 0.01)
OURS = [job for job in (*TIMED, *UNTIMED, *cells(RESULTS)) if job.command[0] != "pytest"]
LONG = Job("long", ("timeit",), 60)


def sitting(tmp_path: Path, seconds: float = 300) -> Sitting:
    made = Sitting(tmp_path / "work", time.monotonic() + seconds, 3)
    made.open()
    (made.results / LEDGER).unlink(missing_ok=True)
    return made


class ReachedError(Exception):
    """The command line was understood."""


def test_what_is_timed_comes_first_and_alone_then_the_table(tmp_path) -> None:
    jobs = wanted(tmp_path)
    assert [job.alone for job in jobs] == sorted([job.alone for job in jobs], reverse=True)
    untimed = [job.name for job in jobs if not job.alone]
    assert untimed[0].startswith("rdc pneumoniamnist")
    assert untimed[-len(UNTIMED) :] == [job.name for job in UNTIMED]
    assert len({job.name for job in jobs}) == len(jobs)
    assert all(0 < job.minutes < 30 for job in jobs)


def test_what_the_ledger_and_the_table_hold_is_not_run_again(tmp_path) -> None:
    (tmp_path / LEDGER).write_text(f"{','.join(gpu_jobs.COLUMNS)}\n{TIMED[0].name},1,1,a GPU,today,v\n")
    assert TIMED[0].name not in {job.name for job in wanted(tmp_path)}
    names = [job.name for job in cells(RESULTS)]
    assert "rdc pneumoniamnist (released targets)" not in names
    assert "rdc pneumoniamnist (released targets)" in [job.name for job in cells(tmp_path)]


@pytest.mark.parametrize("job", OURS, ids=lambda job: job.name)
def test_every_command_is_understood(job: Job, monkeypatch, tmp_path) -> None:
    def reached(*given: object, **named: object) -> None:
        raise ReachedError

    module = importlib.import_module(job.command[0])
    for name in ("load", "measured", "make", "measure_on_gpu", "gpu_rows", "device_name", "cuda_count"):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, reached)
    monkeypatch.setattr("benchmarks.geometry_gpu.device_name", reached)
    places = dict.fromkeys(("results", "keep", "gallery"), str(tmp_path))
    monkeypatch.setattr(sys, "argv", [job.command[0], *(part.format(**places) for part in job.command[1:])])
    with pytest.raises(ReachedError):
        module.main()


def test_a_job_that_fails_or_never_ends_holds_up_no_other(tmp_path) -> None:
    made = sitting(tmp_path, seconds=20)
    made.run([BAD, ENDLESS, LONG, GOOD], out=tmp_path / "out")
    ends = sorted(line.split(".")[0].rstrip("0123456789 ") for line in made.report)
    assert ends == ["cut off", "done", "failed (1)", "left out"]
    with (made.results / LEDGER).open(newline="") as file:
        assert [(row["job"], row["beside"]) for row in csv.DictReader(file)] == [("good", "3")]
    with zipfile.ZipFile(tmp_path / "out" / "session.zip") as archive:
        names = archive.namelist()
        assert {"results/reproduction.csv", f"results/{LEDGER}", "logs/report.txt"} <= set(names)
        assert b"No module named" in archive.read("logs/bad--fails.txt")


def test_jobs_side_by_side_say_so_in_their_tables(tmp_path, monkeypatch) -> None:
    from benchmarks.side_by_side import device_name

    monkeypatch.setattr("torch.cuda.get_device_name", lambda device: "a GPU")
    monkeypatch.delenv("DCVIZ_BESIDE", raising=False)
    assert device_name("cuda") == "a GPU"
    told = Job(
        "told", ("timeit", "-n", "1", "-s", "import os; print(os.environ.get('DCVIZ_BESIDE'))", "0"), 1
    )
    made = sitting(tmp_path)
    made.together = 5
    made.run([told], out=tmp_path / "out")
    assert "5" in (tmp_path / "work" / "logs" / "told.txt").read_text().splitlines()
    monkeypatch.setenv("DCVIZ_BESIDE", "5")
    assert device_name("cuda") == "a GPU, up to 5 jobs at a time"


def told_where(tmp_path: Path, name: str, **named: object) -> Job:
    """A job that writes which GPU and which cores it was given, and when."""
    code = (
        "import os, time; from pathlib import Path; now = time.time(); time.sleep(0.7); "
        "told = [os.environ['CUDA_VISIBLE_DEVICES'], ' '.join(map(str, sorted(os.sched_getaffinity(0)))), "
        "str(now), str(time.time())]; "
        f"Path({str(tmp_path / name)!r}).write_text(';'.join(told))"
    )
    return Job(name, ("timeit", "-n", "1", "-r", "1", code), 0.1, **named)  # type: ignore[arg-type]


@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="this system does not pin processes to cores"
)
def test_what_is_timed_has_its_gpus_alone_and_others_run_beside(tmp_path) -> None:
    made = sitting(tmp_path)
    made.gpus, made.together = 2, 1
    pair = told_where(tmp_path, "pair", alone=True, gpus=2)
    one = told_where(tmp_path, "one", alone=True)
    too_many = told_where(tmp_path, "too many", alone=True, gpus=3)
    others = [told_where(tmp_path, name) for name in ("a", "b", "c")]
    made.run([pair, too_many, one, *others], out=tmp_path / "out")
    assert [line for line in made.report if "left out" in line and "too many" in line]
    gpus, cores, began, ended = {}, {}, {}, {}
    for name in ("pair", "one", "a", "b", "c"):
        gpus[name], cores[name], began[name], ended[name] = (tmp_path / name).read_text().split(";")
    assert gpus["pair"] == "0,1"
    assert gpus["one"] == "0"
    assert gpus["a"] == "1"
    assert min(float(began[name]) for name in "abc") >= float(ended["pair"])
    assert float(began["a"]) < float(ended["one"]), "an untimed job waits for the first GPU"
    on_first = [float(began[name]) for name in "abc" if gpus[name] == "0"]
    assert all(moment >= float(ended["one"]) for moment in on_first)
    if len(os.sched_getaffinity(0)) > 1:
        assert not set(cores["one"].split()) & set(cores["a"].split())


def test_jobs_run_in_the_order_that_was_asked_for(capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(gpu_session, "RESULTS", tmp_path)  # nothing is done yet
    gpu_session.main(["--plan", "--only", "noise", "ablation", "--skip", "BloodMNIST"])
    lines = capsys.readouterr().out.splitlines()
    names = [line.split("together ")[1] for line in lines if "min together " in line]
    assert names[0] == "noise, PneumoniaMNIST"
    assert all("ablation" in name for name in names[1:])
    assert not any("BloodMNIST" in name for name in names)


def test_a_second_call_keeps_the_rows_of_the_first(tmp_path) -> None:
    first = sitting(tmp_path)
    with (first.results / "training.csv").open("a") as file:
        file.write("a new row\n")
    second = sitting(tmp_path)
    lines = (second.results / "training.csv").read_text().splitlines()
    assert lines == [*(RESULTS / "training.csv").read_text().splitlines(), "a new row"]


def test_rows_that_come_home_are_added_once(tmp_path) -> None:
    away = sitting(tmp_path)
    with (away.results / "training.csv").open("a") as file:
        file.write("a new row\n")
    (away.results / "fresh.csv").write_text("a,b\n1,2\n")
    away.pack(tmp_path / "out")
    home = tmp_path / "home"
    home.mkdir()
    (home / "training.csv").write_text((RESULTS / "training.csv").read_text())
    for _ in range(2):
        take(tmp_path / "out" / "session.zip", results=home, work=tmp_path / "unpacked")
        assert (home / "training.csv").read_text() == (away.results / "training.csv").read_text()
        assert (home / "fresh.csv").read_text() == "a,b\n1,2\n"


def test_other_columns_are_refused(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.csv").write_text("x,z\n1,2\n")
    with pytest.raises(SystemExit, match="columns"):
        merge(tmp_path / "a.csv", tmp_path / "b.csv")


def test_a_path_that_leads_outside_is_refused(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../results/training.csv", "x\n")
    with pytest.raises(SystemExit, match="outside"):
        take(tmp_path / "bad.zip", results=tmp_path, work=tmp_path / "unpacked")


def test_the_plan_runs_nothing(capsys, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(gpu_session, "RESULTS", tmp_path)  # nothing is done yet
    monkeypatch.setattr(gpu_session.subprocess, "Popen", lambda *given, **named: pytest.fail("started"))
    gpu_session.main(["--plan", "--gpus", "1", "--only", "PneumoniaMNIST"])
    out = capsys.readouterr().out
    assert "together ablation, PneumoniaMNIST" in out
    assert "Fashion" not in out


def test_seeds_that_take_long_are_jobs_of_their_own(tmp_path):
    by_name = {job.name: job for job in cells(tmp_path)}
    long = [by_name[f"decs mnist (released network), seed {seed}"] for seed in (0, 1, 2)]
    assert [job.seeds for job in long] == [(0,), (1,), (2,)]
    assert [job.command[job.command.index("--seeds") + 1] for job in long] == ["0", "1", "2"]
    assert by_name["rdc mnist (default)"].seeds == (0, 1, 2)
