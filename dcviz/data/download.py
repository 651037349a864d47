"""Fetching and unpacking: a file is there whole and checked, or it is not there."""

from __future__ import annotations

import hashlib
import os
import sys
import tarfile
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path

from dcviz.data.dataset import DataError
from dcviz.data.paths import shown

Progress = Callable[[str, int, "int | None"], None]

_BLOCK = 1 << 18
_PATIENCE_S = 30.0


def fetch(
    urls: Sequence[str], target: Path, *, id: str, md5: str | None, progress: Progress | None = None
) -> Path:
    """Download one file, trying each address in turn.

    The bytes go to a ``.part`` file beside the target, are compared with the publisher's checksum, and
    only then take the target's name; when anything fails the part is removed.

    Args:
        urls: addresses of the same file, best first.
        target: where the file shall lie.
        id: data set it belongs to, for the message.
        md5: checksum of the file, or None where the publisher gives none.
        progress: called as progress(file name, bytes done, bytes in all or None).

    Returns:
        target.

    Raises:
        DataError: if no address answers or the checksum differs; names the file, its address and the
            place to put it by hand.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    reasons = []
    for url in urls:
        try:
            with _part_file(target) as part:
                _check(_receive(url, part, target.name, progress or progress_line()), md5)
            return target
        except (OSError, HTTPException, ValueError) as error:
            reasons.append(f"{url}: {error}")
    raise DataError(
        f"{id}: {target.name} is missing and could not be downloaded ({'; '.join(reasons)}). "
        f"Without a network: fetch {urls[0]} on another machine and put it at {target}, "
        f"or set DCVIZ_DATA to a folder that has it."
    )


@contextmanager
def _part_file(target: Path):  # type: ignore[no-untyped-def]
    """Give a file beside the target that takes its name if all goes well and vanishes otherwise."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _receive(url: str, part: Path, name: str, progress: Progress) -> str:
    """Stream the address into the part file; return the md5 of what came."""
    request = urllib.request.Request(url, headers={"User-Agent": "dcviz"})
    digest, done = hashlib.md5(usedforsecurity=False), 0
    with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer, part.open("wb") as file:
        total = int(answer.headers["Content-Length"]) if answer.headers.get("Content-Length") else None
        while block := answer.read(_BLOCK):
            file.write(block)
            digest.update(block)
            done += len(block)
            progress(name, done, total)
        file.flush()
        os.fsync(file.fileno())
    if total is not None and done != total:
        raise OSError(f"the connection ended after {done} of {total} bytes")
    return digest.hexdigest()


def _check(found: str, expected: str | None) -> None:
    if expected is not None and found != expected:
        raise ValueError(f"checksum md5 {found} differs from the publisher's {expected}")


def file_md5(path: Path) -> str:
    """Return the md5 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def unpack(archive: Path, folder: str, into: Path, *, id: str, md5: str) -> Path:
    """Unpack a tar archive so that its folder appears whole or not at all.

    Args:
        archive: the .tar.gz file, possibly on a read-only disk.
        folder: name of the one folder inside that is wanted.
        into: writable folder that receives it.
        id: data set it belongs to, for the message.
        md5: the publisher's checksum, compared before anything is unpacked.

    Returns:
        into / folder.

    Raises:
        DataError: if the checksum differs or the archive has no such folder.
    """
    found = file_md5(archive)
    if found != md5:
        raise DataError(
            f"{id}: {shown(archive)} has md5 {found}, the publisher's file has {md5}: it is damaged or "
            f"another file. Remove it and download it again."
        )
    with tempfile.TemporaryDirectory(dir=into, suffix=".part") as workplace:
        try:
            with tarfile.open(archive) as tar:
                tar.extractall(workplace, filter="data")
        except (OSError, tarfile.TarError) as error:
            raise DataError(f"{id}: {shown(archive)} could not be unpacked into {into} ({error}).") from error
        inside = Path(workplace) / folder
        if not inside.is_dir():
            raise DataError(f"{id}: {shown(archive)} has no folder {folder}; download it again.")
        if not (into / folder).exists():
            os.rename(inside, into / folder)
    return into / folder


def progress_line() -> Progress:
    """Return a progress that writes to stderr: a growing bar in a terminal, a line a tenth in a pipe."""
    told = 0

    def show(what: str, done: int, total: int | None) -> None:
        nonlocal told
        share = f"{done / total:4.0%} of {total / 1e6:.1f} MB" if total else f"{done / 1e6:.1f} MB"
        tenths = 10 * done // total if total else done // 10_000_000
        if sys.stderr.isatty():
            bar = f"[{'#' * int(30 * done / total):<30}] " if total else ""
            print(f"\r{what} {bar}{share}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif tenths > told:
            print(f"{what}: {share}", file=sys.stderr, flush=True)
        told = tenths

    return show


def telling(tell: Callable[[str], None]) -> Progress:
    """Return a progress that tells sentences: "downloading x.npz: 40.2 of 559.1 MB"; logs get lines."""
    line = progress_line()

    def show(what: str, done: int, total: int | None) -> None:
        if not sys.stderr.isatty():  # there, who listens draws the sentence
            line(what, done, total)
        tell(f"downloading {what}: {done / 1e6:.1f}{f' of {total / 1e6:.1f}' if total else ''} MB")

    return show
