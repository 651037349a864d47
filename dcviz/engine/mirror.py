"""A run folder in two places that share no disk, kept alike through any file system that fsspec knows.

What a run keeps never changes once it has its name, so it is copied once; logs are copied after the files
they list, and never replaced by a shorter one. So the copy keeps the promise of the original: an epoch that
is listed has its files.
"""

import os
from pathlib import Path

from dcviz.runs import Run
from dcviz.runs.files import PART
from dcviz.runs.lock import try_lock

LOGS = ("metrics.jsonl", "events.jsonl", "log.txt")
# Changing files, in the order in which they are written: the status tells of epochs that the log lists.
CHANGING = (*LOGS, "status.json")
# Each side's own: who trains it from here, and what only this disk needs.
OWN = ("engine.json", "launcher.json", "cluster.log", "notes.json")


class Folder:
    """One of the two places.

    Args:
        url: fsspec URL (s3://bucket/runs/ID, sftp://head/…, file:///…) or a path.
    """

    def __init__(self, url: str):
        import fsspec

        self.files, self.root = fsspec.core.url_to_fs(url)
        self.url = url

    def names(self) -> set[str]:
        """Every whole file, by its name below the root."""
        self.files.invalidate_cache()
        if not self.files.exists(self.root):
            return set()
        found = self.files.find(self.root)
        cut = len(self.root.rstrip("/")) + 1
        names = {path[cut:] for path in found}
        return {name for name in names if not name.endswith(PART) and not Path(name).name.startswith(".")}

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        data: bytes = self.files.cat_file(f"{self.root}/{name}")
        return data

    def write(self, name: str, data: bytes) -> None:
        """One file, whole or not at all."""
        path = f"{self.root}/{name}"
        part = f"{path}{PART}"
        self.files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        self.files.pipe_file(part, data)
        self.files.mv(part, path)

    def remove(self, name: str) -> None:
        """Take one file away."""
        self.files.rm_file(f"{self.root}/{name}")


def carry(source: Folder, target: Folder) -> int:
    """Bring `target` up to date with `source`; returns how many files were written.

    Raises:
        OSError: if one of the two cannot be reached; what is there is whole, and the next call goes on.
    """
    present = source.names()
    logs = {name: source.read(name) for name in CHANGING if name in present}
    # Looked up again: what the logs list now has its files.
    names = source.names()
    there, written = target.names(), 0
    for name in sorted(names - there - set(CHANGING) - set(OWN)):
        if not name.startswith("control/"):
            target.write(name, source.read(name))
            written += 1
    for name, data in logs.items():
        text = data if name == "status.json" else data[: data.rfind(b"\n") + 1]
        old = target.read(name) if name in there else None
        if text != old and (name == "status.json" or len(text) > len(old or b"")):
            target.write(name, text)
            written += 1
    return written


def requests(source: Folder, target: Folder) -> None:
    """Move what was asked of the worker from one control/ to the other."""
    for name in sorted(source.names()):
        if name.startswith("control/"):
            target.write(name, b"")
            source.remove(name)


def send_out(run: Run, url: str) -> None:
    """Put a run where a node of the cluster can fetch it."""
    carry(Folder(str(run.path)), Folder(url))


def bring_home(run: Run, url: str) -> None:
    """Fetch what the node has put there since, and send it what was asked of it.

    One process at a time does so: the keeper, or a command that waits for the run.
    """
    lock = try_lock(run.path / ".fetching")
    if lock is None:
        return
    try:
        home, away = Folder(str(run.path)), Folder(url)
        requests(home, away)
        carry(away, home)
    finally:
        os.close(lock)
