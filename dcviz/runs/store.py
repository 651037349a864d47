"""The shelf of runs: list them, open one, make a new one."""

import os
import threading
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from dcviz.runs.errors import RunError
from dcviz.runs.files import write_json
from dcviz.runs.run import ID, Run

GALLERY = Path(__file__).resolve().parents[2] / "gallery"
SCHEMA = 1


class RunStore:
    """All runs under one root, and under read-only folders beside it.

    Args:
        root: where new runs go; made when the first one comes.
        also: folders whose runs are shown too but never changed (the gallery).
    """

    def __init__(self, root: Path | str, also: Iterable[Path | str] = ()):
        self.root = Path(root).expanduser().absolute()
        self.also = tuple(Path(folder).expanduser().absolute() for folder in also)
        self._opened: dict[Path, tuple[tuple[int, int], Run]] = {}
        self._lock = threading.Lock()

    def list(self) -> list[Run]:
        """Every run, newest first; a damaged one is there too, with `.broken` saying why."""
        own = [self._open(path, read_only=False) for path in _run_folders(self.root)]
        shown = [self._open(path, read_only=True) for root in self.also for path in _run_folders(root)]
        taken = {run.id for run in own}
        runs = own + [run for run in shown if run.id not in taken]
        return sorted(
            runs, key=lambda run: (not run.read_only, str(run.spec.get("created", "")), run.id), reverse=True
        )

    def by_id(self, run_id: str) -> Run:
        """The run with this id; never a path, so it is the one to use for ids from a URL.

        Raises:
            RunError: if the id is malformed or no such run exists.
        """
        if not ID.fullmatch(run_id):
            raise RunError(f"a run id is letters, digits, '.', '_' and '-', got {run_id[:60]!r}")
        for root in (self.root, *self.also):
            if (root / run_id / "run.json").exists():
                return self._open(root / run_id, read_only=root != self.root)
        raise RunError(f"there is no run {run_id!r} in {self.root}; `python -m dcviz runs` lists them")

    def open(self, ref: str | Path) -> Run:
        """The run of this id, or in this folder: for the command line.

        Raises:
            RunError: if it is neither.
        """
        text = str(ref)
        if ID.fullmatch(text) and any(
            (root / text / "run.json").exists() for root in (self.root, *self.also)
        ):
            return self.by_id(text)
        path = Path(text).expanduser().absolute()
        if not (path / "run.json").exists():
            raise RunError(f"{text!r} is neither a run in {self.root} nor a folder with a run.json")
        return self._open(path, read_only=path.parent in self.also)

    def create(self, spec: Mapping[str, Any], *, path: Path | str | None = None) -> Run:
        """Make a run folder and write its run.json, once.

        Args:
            spec: method, dataset, settings, seed, device, …; created, schema and id are filled in.
            path: the folder itself; by default a new id under the root.

        Raises:
            RunError: if the folder already holds something: two runs never share one.
        """
        for name in ("method", "dataset"):
            if not isinstance(spec.get(name), str):
                raise RunError(f"run.json needs the {name} as text, got {spec.get(name)!r}")
        folder = self._fresh_folder(spec) if path is None else _empty_folder(Path(path))
        created = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        write_json(folder / "run.json", {"schema": SCHEMA, "created": created, **spec, "id": folder.name})
        return self._open(folder, read_only=False)

    def delete(self, run_id: str) -> None:
        """Remove the run of this id."""
        self.by_id(run_id).delete()

    def _open(self, path: Path, *, read_only: bool) -> Run:
        """Keep one Run object a folder, so that its logs are parsed once; a new folder is a new Run."""
        stamp = _stamp(path)
        with self._lock:
            known = self._opened.get(path)
            if known is None or known[0] != stamp or known[1].broken:
                known = self._opened[path] = (stamp, Run(path, read_only=read_only))
            return known[1]

    def _fresh_folder(self, spec: Mapping[str, Any]) -> Path:
        words = f"{spec['method']}-{Path(spec['dataset']).stem}".lower()
        stem = (
            time.strftime("%Y%m%d-%H%M%S-")
            + "".join(c if c.isascii() and c.isalnum() else "-" for c in words)[:60]
        )
        self.root.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            folder = self.root / (stem if number == 1 else f"{stem}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
        raise RunError(f"1,000 runs named {stem} exist already in {self.root}")


def _stamp(path: Path) -> tuple[int, int]:
    """What tells a folder from one made anew in its place: disks give the number of a deleted one again."""
    try:
        written = (path / "run.json").stat().st_mtime_ns
    except OSError:
        written = 0
    return path.stat().st_ino, written


def default_store() -> RunStore:
    """The store every page and command uses: DCVIZ_RUNS (default ./runs) and the shipped gallery."""
    return _store(os.path.abspath(os.path.expanduser(os.environ.get("DCVIZ_RUNS") or "runs")), str(GALLERY))


@lru_cache(maxsize=8)
def _store(root: str, gallery: str) -> RunStore:
    return RunStore(root, also=(gallery,))


def _run_folders(root: Path) -> "list[Path]":
    try:
        entries = [
            Path(entry.path)
            for entry in os.scandir(root)
            if not entry.name.startswith(".") and entry.is_dir()
        ]
    except OSError:
        return []
    return [path for path in entries if _looks_like_a_run(path)]


def _looks_like_a_run(path: Path) -> bool:
    return any((path / name).exists() for name in ("run.json", "metrics.jsonl", "status.json"))


def _empty_folder(path: Path) -> Path:
    path = path.expanduser().absolute()
    path.mkdir(parents=True, exist_ok=True)
    if not ID.fullmatch(path.name):
        raise RunError(
            f"the run folder's name is its id: letters, digits, '.', '_' and '-', got {path.name!r}"
        )
    if any(path.iterdir()):
        raise RunError(
            f"{path} is not empty: choose a new folder, or continue with `python -m dcviz resume {path}`"
        )
    return path
