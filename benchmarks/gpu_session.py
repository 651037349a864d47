"""Run what is still missing on a GPU: `python -m benchmarks.gpu_session --minutes 9 --out FOLDER`.

`--plan` prints the order and the minutes and runs nothing. Jobs that time something run one after another,
each alone on the first GPU (or on as many as it needs); the others run beside them on the other GPUs, and on
all when nothing is left to time. Each GPU has its own share of the processor's cores. `--together` untimed
jobs share a GPU, because networks this small leave most of it idle: their `seconds` are then measured with
neighbors, which the column `device` says. Each job is a process with a time limit of its own; one that fails
or is cut off is reported and holds up no other. Tables are copied and the copies appended to; after every
job all rows and logs lie in FOLDER/session.zip. Called again, here or after

    python -m benchmarks.gpu_session --take FOLDER/session.zip      (adds the rows to benchmarks/results)

it goes on with what is missing.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import dcviz
from benchmarks.gpu_home import merge, take
from benchmarks.gpu_host import cores, count_gpus, device
from benchmarks.gpu_jobs import COLUMNS, LEDGER, Job, wanted

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
MARGIN = 0.35
"""Minutes kept for what a session does itself."""
SLOWER = 1.5
"""How much longer a job is likely to take beside others."""
TOO_LONG = {True: 2, False: 6}
"""Times its likely minutes, alone or beside others: after that a job is cut off."""
POLL_SECONDS = 0.2


@dataclass
class Running:
    """A job's process, on which GPUs, beside how many, since when it runs, and until when it may."""

    job: Job
    gpus: tuple[int, ...]
    beside: int
    process: subprocess.Popen[bytes]
    began: float
    until: float


@dataclass
class Sitting:
    """One session: folders, deadline, and what came of each job."""

    work: Path
    end: float
    together: int
    gpus: int = 1
    report: list[str] = field(default_factory=list)

    @property
    def results(self) -> Path:
        """Copies of the tables."""
        return self.work / "results"

    def open(self) -> None:
        """Copy the tables; rows that an earlier call left in the copies stay."""
        (self.work / "logs").mkdir(parents=True, exist_ok=True)
        earlier = self.work / "earlier"
        if self.results.exists():
            shutil.copytree(self.results, earlier, dirs_exist_ok=True)
        shutil.copytree(RESULTS, self.results, dirs_exist_ok=True)
        if earlier.exists():
            for table in sorted(earlier.glob("*.csv")):
                merge(table, self.results / table.name)
            shutil.rmtree(earlier)

    def start(self, job: Job, gpus: tuple[int, ...]) -> Running:
        """Begin a job on some GPUs and their share of the cores; its output goes to a log of its own."""
        places = {"results": str(self.results), "keep": str(self.work / "keep"),
                  "gallery": str(self.work / "gallery")}  # fmt: skip
        line = [sys.executable, "-m", *(part.format(**places) for part in job.command)]
        beside = 1 if job.alone else self.together
        share = [core for gpu in gpus for core in cores(gpu, self.gpus)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1",
                       "OMP_NUM_THREADS": str(max(1, min(8, len(share) // beside)))}  # fmt: skip
        if self.gpus > 1:
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(map(str, gpus))
        if beside > 1:
            environment["DCVIZ_BESIDE"] = str(beside)
        with (self.work / "logs" / f"{name_of(job)}.txt").open("ab") as log:
            process = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=log, stderr=log,
                                       start_new_session=True)  # fmt: skip
        if self.gpus > 1 and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, share)
        now, allowed = time.monotonic(), 60 * likely(job) * TOO_LONG[job.alone]
        return Running(job, gpus, beside, process, now, min(now + max(allowed, 180), self.end))

    def close(self, running: Running) -> None:
        """Note how a job ended; only a job that ended well stands in the ledger."""
        minutes = (time.monotonic() - running.began) / 60
        code = running.process.poll()
        if code is None:
            os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()
        how = "cut off" if code is None else "done" if code == 0 else f"failed ({code})"
        where = ", ".join(map(str, running.gpus))
        self.say(f"{how:12s} {minutes:5.1f} min  {running.job.name} (GPU {where})")
        if code == 0 and not running.job.seeds:
            self.note(running.job, minutes, running.beside)

    def note(self, job: Job, minutes: float, beside: int) -> None:
        """Add a line to the ledger."""
        path = self.results / LEDGER
        new = not path.exists()
        values = (job.name, round(minutes, 2), beside, device(), datetime.now(UTC).date().isoformat(),
                  f"dcviz {dcviz.__version__}")  # fmt: skip
        with path.open("a", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if new:
                writer.writerow(COLUMNS)
            writer.writerow(values)

    def say(self, text: str) -> None:
        """Print a line and keep it for the report."""
        print(text, flush=True)
        self.report.append(text)

    def run(self, jobs: Sequence[Job], *, out: Path) -> None:
        """Run jobs in order wherever there is room, as long as the next one is likely to end in time."""
        waiting, running = list(jobs), list[Running]()
        while waiting or running:
            for job in list(waiting):
                left = (self.end - time.monotonic()) / 60
                if likely(job) > left or job.gpus > self.gpus:
                    waiting.remove(job)
                    what = f"{likely(job):5.1f} min on {job.gpus} GPU"
                    self.say(f"left out     {what} do not fit into {left:.1f} on {self.gpus}: {job.name}")
                elif room := self.room(job, waiting, running):
                    waiting.remove(job)
                    running.append(self.start(job, room))
            over = [r for r in running if r.process.poll() is not None or time.monotonic() > r.until]
            for ended in over:
                running.remove(ended)
                self.close(ended)
                self.pack(out)
            if not over:
                time.sleep(POLL_SECONDS)

    def room(self, job: Job, waiting: Sequence[Job], running: Sequence[Running]) -> tuple[int, ...]:
        """The GPUs on which a job may begin now; none if it has to wait."""
        busy = [gpu for each in running for gpu in each.gpus]
        if job.alone:
            wanted = tuple(range(job.gpus))
            return () if any(r.job.alone for r in running) or set(wanted) & set(busy) else wanted
        timed = [each for each in (*waiting, *(r.job for r in running)) if each.alone]
        free = range(max((each.gpus for each in timed if each.gpus <= self.gpus), default=0), self.gpus)
        least = min(free, key=busy.count, default=None)
        return () if least is None or busy.count(least) >= self.together else (least,)

    def pack(self, out: Path) -> None:
        """All rows, logs and shipped runs in one file, which appears whole."""
        out.mkdir(parents=True, exist_ok=True)
        (self.work / "logs" / "report.txt").write_text("\n".join(self.report) + "\n")
        part = out / "session.part"
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for folder in ("results", "logs", "gallery"):
                for file in sorted((self.work / folder).rglob("*")):
                    if file.is_file():
                        archive.write(file, file.relative_to(self.work).as_posix())
        part.replace(out / "session.zip")


def likely(job: Job) -> float:
    """Minutes that a job takes, about; longer beside others."""
    return job.minutes * (1 if job.alone else SLOWER)


def chosen(jobs: Sequence[Job], texts: Sequence[str]) -> list[Job]:
    """Jobs whose names hold one of the texts, in the order of the texts."""
    found = [job for text in texts for job in jobs if text in job.name]
    return list(dict.fromkeys(found))


def name_of(job: Job) -> str:
    """The name of a job as the name of a file."""
    return "".join(letter if letter.isalnum() else "-" for letter in job.name)


def show(jobs: Sequence[Job], together: int, gpus: int) -> None:
    """Print the order, the minutes, and about how many sessions that makes."""
    for job in jobs:
        print(f"{job.minutes:5.1f} min {'alone   ' if job.alone else 'together'} {job.name}")
    alone = sum(job.minutes for job in jobs if job.alone)
    rest = sum(job.minutes for job in jobs if not job.alone)
    print(f"{len(jobs)} jobs: {alone:.0f} min alone, {rest:.0f} min one by one or about "
          f"{rest * SLOWER / together:.0f} min {together} at a time; GPUs here: {gpus}")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_session", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--together", type=int, default=5, help="untimed jobs at a time on a GPU")
    parser.add_argument("--gpus", type=int, default=0, help="how many to use; all if 0")
    parser.add_argument(
        "--only", nargs="+", metavar="TEXT", help="jobs whose names hold one of these, in this order"
    )
    parser.add_argument("--skip", nargs="+", default=[], metavar="TEXT", help="jobs to leave out")
    parser.add_argument(
        "--work", type=Path, default=Path("/tmp/dcviz-gpu-session"), help="kept between calls"
    )
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", "gpu_session")))
    parser.add_argument("--plan", action="store_true", help="print what would run")
    parser.add_argument("--take", type=Path, metavar="ZIP", help="add its rows to benchmarks/results")
    given = parser.parse_args(arguments)
    if given.take:
        return take(given.take, results=RESULTS, work=given.work)
    now = time.monotonic()
    gpus = given.gpus or count_gpus()
    sitting = Sitting(given.work, now + 60 * (given.minutes - MARGIN), given.together, gpus)
    if not given.plan:
        sitting.open()
    jobs = wanted(RESULTS if given.plan else sitting.results)
    jobs = chosen(jobs, given.only) if given.only else jobs
    jobs = [job for job in jobs if not any(text in job.name for text in given.skip)]
    if given.plan:
        return show(jobs, given.together, gpus)
    sitting.run(jobs, out=given.out)
    sitting.pack(given.out)
    return None


if __name__ == "__main__":
    main()
