"""Where data files lie and where new ones may be written."""

from __future__ import annotations

import os
from pathlib import Path

from dcviz.data.dataset import DataError


def cache_root() -> Path:
    """Folder the app may write to: ``DCVIZ_CACHE``, by default ``~/.cache/dcviz``."""
    return Path(os.environ.get("DCVIZ_CACHE") or "~/.cache/dcviz").expanduser()


def data_root() -> Path:
    """Folder of the data files: ``DCVIZ_DATA``, by default ``~/.cache/dcviz/data``. May be read-only."""
    return Path(os.environ.get("DCVIZ_DATA") or "~/.cache/dcviz/data").expanduser()


def shown(path: Path) -> str:
    """A path as a message may name it: from ``DCVIZ_DATA`` or ``DCVIZ_CACHE`` on, where it lies in either.

    What a message names may be read by a class; where the folders of the machine lie is not their concern.
    """
    for name, root in (("DCVIZ_DATA", data_root()), ("DCVIZ_CACHE", cache_root())):
        if path.is_relative_to(root):
            return f"{name}/{path.relative_to(root).as_posix()}"
    return str(path)


def search_roots(cache: Path | None = None) -> tuple[Path, ...]:
    """Folders searched for a data file, in order: the data folder, then the cache's copy of it."""
    return tuple(dict.fromkeys((data_root(), (cache or cache_root()) / "data")))


def writable_root(cache: Path | None = None) -> Path:
    """Folder where downloads and unpacked archives go.

    That is the data folder where it can be written, else ``data`` in the cache: nothing is ever
    written beside a read-only source.

    Args:
        cache: cache folder to use instead of ``cache_root()``.

    Returns:
        A folder that exists afterwards.

    Raises:
        DataError: if neither folder can be written.
    """
    root = data_root()
    if _can_write(root):
        return root
    fallback = (cache or cache_root()) / "data"
    if not _can_write(fallback):
        raise DataError(
            f"Neither DCVIZ_DATA ({root}) nor the cache ({fallback}) can be written; set DCVIZ_CACHE to a "
            f"folder that can."
        )
    return fallback


def _can_write(folder: Path) -> bool:
    """Tell whether files may and can be made there.

    Root can write into folders whose mode forbids it to everyone, and a read-only disk forbids what the
    mode allows: so heed the mode first, then try.
    """
    probe = folder / f".write-{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.stat().st_mode & 0o222:
            return False
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
