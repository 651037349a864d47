"""Everything a page may change. Each action refuses by itself while the app is read-only.

Hiding a button is a courtesy; the refusal here is the rule. So every function begins with
`mode.refuse_unless_solo`, and a test calls them one by one.
"""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

from dcviz.data.catalog import DATASETS
from dcviz.data.paths import cache_root
from dcviz.engine.branch import branch
from dcviz.engine.errors import RequestError
from dcviz.engine.facts import Facts, facts_of
from dcviz.engine.launchers import LAUNCHERS, launcher_of
from dcviz.engine.launchers.local import LocalLauncher
from dcviz.engine.place import Place, keep_place, place_of
from dcviz.engine.request import Request, prepare, wish
from dcviz.runs import Run, default_store
from dcviz.runs.export import export_run, import_run
from dcviz.ui import mode
from dcviz.viewer import umap_cache

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
    run = default_store().by_id(run_id)
    if action == "stop":  # one that still waits in a cluster's queue has no worker that would read a file
        launcher_of(run).stop(run)
    else:
        run.control(action)


def facts(dataset: str, options: dict[str, Any]) -> Facts:
    """What is known of data before training; reads the user's own file where `dataset` is a path.

    Raises:
        RefusedError: for a path while the app is read-only.
        ValueError: for data that cannot be used, with the way out.
    """
    if dataset not in DATASETS:
        mode.refuse_unless_solo("read paths of the server")
    return facts_of(dataset, options)[0]


def plan(method: str, dataset: str, **choices: Any) -> Request:
    """Complete and check a wish; reads the user's own file where `dataset` is a path of the server.

    Raises:
        RefusedError: for a path while the app is read-only.
        ValueError: for a value that cannot be, with the way out.
    """
    if dataset not in DATASETS:
        mode.refuse_unless_solo("read paths of the server")
    return wish(method, dataset, **choices)


def start(request: Request, place: Place | None = None) -> Run:
    """Make the run folder and start a worker on it, detached from this process; by default right here."""
    mode.refuse_unless_solo("train")
    return _hand_over(prepare, request, place or Place())


def _hand_over(make: Callable[[Request], Run], request: Request, place: Place) -> Run:
    """Make a run and give it to an engine; what the engine lacks is said before anything is written."""
    if lack := LAUNCHERS[place.engine].missing(place):
        raise RequestError(lack)
    run = make(request)
    if not place.here or place.share < 1:
        keep_place(run, place)
    LAUNCHERS[place.engine].submit(run)
    return run


def warm_up() -> None:
    """Have a worker load torch in the background before it is asked for."""
    mode.refuse_unless_solo("train")
    LocalLauncher().prepare()


def compute_umap(run_id: str) -> None:
    """Start computing the UMAP layouts of a run in a process of its own; they are kept in the cache."""
    mode.refuse_unless_solo("compute UMAP")
    umap_cache.start(default_store().by_id(run_id))


def resume(run_id: str) -> None:
    """Start a worker that goes on from the last checkpoint, where the run was trained before."""
    mode.refuse_unless_solo("train")
    run = default_store().by_id(run_id)
    launcher_of(run).submit(run, resume=True)


def start_branch(parent_id: str, request: Request, place: Place | None = None) -> Run:
    """Make a run that goes on from an epoch of an old one, and start a worker where that one was trained."""
    mode.refuse_unless_solo("train")
    parent = default_store().by_id(parent_id)
    return _hand_over(lambda wanted: branch(parent, wanted), request, place or place_of(parent))


def keep_upload(file: BinaryIO, name: str) -> Path:
    """Store an uploaded data file in the cache, under its own name in a folder named after its content.

    So two files of one name do not overwrite each other, and a run finds the very bytes it was trained on.

    Returns:
        Where it lies now.
    """
    mode.refuse_unless_solo("take uploads")
    folder = cache_root() / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    content = hashlib.sha256()
    part = folder / f".{uuid.uuid4().hex}.part"
    try:
        with open(part, "wb") as copy:
            while block := file.read(BLOCK):
                content.update(block)
                copy.write(block)
        path = folder / content.hexdigest()[:16] / Path(name).name
        path.parent.mkdir(exist_ok=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
