"""Run what is still missing on a GPU: `python -m benchmarks.gpu_session --minutes 9 --out FOLDER`.

`--plan` prints the order and the minutes and runs nothing. Jobs that time something run first and alone; then
as many as `--together` says run side by side, because networks this small leave most of a GPU idle: their
`seconds` are then measured with neighbors, which the column `device` says. Each job is a process with a time
limit of its own; one that fails or is cut off is reported and holds up no other. Tables are copied and the
copies appended to; after every job all rows and logs lie in FOLDER/session.zip. Called again, here or after

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
from pathlib import Path, PurePosixPath

import dcviz
from benchmarks.gpu_jobs import COLUMNS, LEDGER, Job, wanted

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results"
MARGIN = 0.35
"""Minutes kept for what a session does itself."""
SLOWER = 1.5
"""How much longer a job may take beside others; after that much of its estimate again it is cut off."""
POLL_SECONDS = 0.2


@dataclass
class Running:
    """A job's process, since when it runs, and until when it may."""

    job: Job
    process: subprocess.Popen[bytes]
    began: float
    until: float


@dataclass
class Sitting:
    """One session: folders, deadline, and what came of each job."""

    work: Path
    end: float
    together: int
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

    def start(self, job: Job, *, beside: int) -> Running:
        """Begin a job; its output goes to a log of its own."""
        places = {"results": str(self.results), "keep": str(self.work / "keep"),
                  "gallery": str(self.work / "gallery")}  # fmt: skip
        line = [sys.executable, "-m", *(part.format(**places) for part in job.command)]
        threads = max(1, (os.cpu_count() or 1) // max(1, beside))
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": str(min(threads, 8))}
        if beside > 1:
            environment["DCVIZ_BESIDE"] = str(beside)
        with (self.work / "logs" / f"{name_of(job)}.txt").open("ab") as log:
            process = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=log, stderr=log,
                                       start_new_session=True)  # fmt: skip
        now, allowed = time.monotonic(), 60 * job.minutes * 2 * (SLOWER if beside > 1 else 1)
        return Running(job, process, now, min(now + max(allowed, 60), self.end))

    def close(self, running: Running, *, beside: int) -> None:
        """Note how a job ended; only a job that ended well stands in the ledger."""
        minutes = (time.monotonic() - running.began) / 60
        code = running.process.poll()
        if code is None:
            os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()
        how = "cut off" if code is None else "done" if code == 0 else f"failed ({code})"
        self.say(f"{how:12s} {minutes:5.1f} min  {running.job.name}")
        if code == 0 and not running.job.seeds:
            self.note(running.job, minutes, beside)

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

    def run(self, jobs: Sequence[Job], *, at_once: int, out: Path) -> None:
        """Run jobs in order, so many at a time, as long as the next one is likely to end in time."""
        waiting, running = list(jobs), list[Running]()
        while waiting or running:
            while waiting and len(running) < at_once:
                job, left = waiting.pop(0), (self.end - time.monotonic()) / 60
                need = job.minutes * (SLOWER if at_once > 1 else 1)
                if need > left:
                    self.say(f"left out     {need:5.1f} min do not fit into {left:.1f}: {job.name}")
                    continue
                running.append(self.start(job, beside=at_once))
            over = [r for r in running if r.process.poll() is not None or time.monotonic() > r.until]
            for ended in over:
                running.remove(ended)
                self.close(ended, beside=at_once)
                self.pack(out)
            if not over:
                time.sleep(POLL_SECONDS)

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


def name_of(job: Job) -> str:
    """The name of a job as the name of a file."""
    return "".join(letter if letter.isalnum() else "-" for letter in job.name)


def device() -> str:
    """What nvidia-smi calls the GPU; this process itself holds none."""
    line = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        found = subprocess.run(line, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return "no GPU"
    return found.stdout.splitlines()[0].strip()


def merge(source: Path, target: Path) -> int:
    """Add the lines of a table that another one lacks; returns how many.

    Raises:
        SystemExit: if the columns differ.
    """
    lines = source.read_text().splitlines()
    if not target.exists():
        target.write_text("".join(f"{line}\n" for line in lines))
        return max(0, len(lines) - 1)
    there = target.read_text().splitlines()
    if lines[:1] != there[:1]:
        raise SystemExit(f"{source.name}: columns {lines[:1]} are not those of {target}: {there[:1]}")
    known = set(there)
    fresh = [line for line in lines if line not in known]
    with target.open("a") as file:
        file.writelines(f"{line}\n" for line in fresh)
    return len(fresh)


def take(archive: Path, *, results: Path, work: Path) -> None:
    """Add what a session measured to the tables; runs for the gallery and logs stay in `work`."""
    with zipfile.ZipFile(archive) as stored:
        for name in stored.namelist():
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise SystemExit(f"{archive} holds a path that leads outside: {name!r}.")
        stored.extractall(work)
    for table in sorted((work / "results").glob("*.csv")):
        added = merge(table, results / table.name)
        if added:
            print(f"{table.name}: {added} lines added")


def show(jobs: Sequence[Job], together: int) -> None:
    """Print the order, the minutes, and about how many sessions that makes."""
    for job in jobs:
        print(f"{job.minutes:5.1f} min {'alone   ' if job.alone else 'together'} {job.name}")
    alone = sum(job.minutes for job in jobs if job.alone)
    rest = sum(job.minutes for job in jobs if not job.alone)
    print(f"{len(jobs)} jobs: {alone:.0f} min alone, {rest:.0f} min one by one or about "
          f"{rest * SLOWER / together:.0f} min {together} at a time")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu_session", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--together", type=int, default=5, help="untimed jobs at a time")
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="jobs whose names hold one of these")
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
    sitting = Sitting(given.work, now + 60 * (given.minutes - MARGIN), given.together)
    if not given.plan:
        sitting.open()
    jobs = wanted(RESULTS if given.plan else sitting.results)
    if given.only:
        jobs = [job for job in jobs if any(text in job.name for text in given.only)]
    if given.plan:
        return show(jobs, given.together)
    sitting.run([job for job in jobs if job.alone], at_once=1, out=given.out)
    sitting.run([job for job in jobs if not job.alone], at_once=given.together, out=given.out)
    sitting.pack(given.out)
    return None


if __name__ == "__main__":
    main()
