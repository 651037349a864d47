"""Everything a page may change. Each action refuses by itself while the app is read-only.

Hiding a button is a courtesy; the refusal here is the rule. So every function begins with
`mode.refuse_unless_solo`, and a test calls them one by one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from dcviz.runs import Run, default_store
from dcviz.runs.export import export_run, import_run
from dcviz.ui import mode

BLOCK = 2**20


def rename(run_id: str, name: str) -> None:
    """Give a run another name; its id stays."""
    mode.refuse_unless_solo("rename a run")
    default_store().by_id(run_id).rename(name)


def set_tags(run_id: str, tags: Iterable[str]) -> None:
    """Replace the tags of a run."""
    mode.refuse_unless_solo("tag a run")
    default_store().by_id(run_id).set_tags(list(tags))


def delete(run_id: str) -> None:
    """Remove a run with all its files."""
    mode.refuse_unless_solo("delete a run")
    default_store().delete(run_id)


def import_zip(file: BinaryIO, name: str) -> Run:
    """Bring an exported run into the store.

    Args:
        file: the uploaded bytes.
        name: its file name; only its stem is used, as the id where the archive has none.

    Returns:
        The new run.
    """
    mode.refuse_unless_solo("import a run")
    with tempfile.TemporaryDirectory(prefix="dcviz-import-") as folder:
        path = Path(folder) / f"{Path(name).stem or 'imported'}.zip"
        with open(path, "wb") as copy:
            while block := file.read(BLOCK):
                copy.write(block)
        return import_run(path, default_store())


def export(run_id: str) -> bytes:
    """Pack a run as a .zip. Reading is always allowed, so this is the one action without a refusal."""
    with tempfile.TemporaryDirectory(prefix="dcviz-export-") as folder:
        run = default_store().by_id(run_id)
        return export_run(run, Path(folder) / f"{run.id}.zip").read_bytes()


def control(run_id: str, action: str) -> None:
    """Pause, continue, step or stop a training, or ask it for a snapshot now."""
    mode.refuse_unless_solo("steer a training")
    default_store().by_id(run_id).control(action)
