"""What pages may bring in or put through stored weights; like all actions, each refuses while read-only."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from dcviz.data.dataset import DataError
from dcviz.engine.inspect.weights import Weights, read_weights
from dcviz.engine.launchers import LAUNCHERS
from dcviz.exchange.intake import import_latents
from dcviz.exchange.latents import incoming
from dcviz.exchange.stacks import NUMBERED
from dcviz.runs import Run, default_store
from dcviz.runs.export import import_run
from dcviz.ui import mode

BLOCK = 2**20


def bring_in(
    source: Path | Sequence[Any],
    *,
    labels: str | None = None,
    clusters: int | None = None,
    name: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Run:
    """Make a run of latents of another program, or of an exported run.

    Args:
        source: a path of this machine, or uploaded files; several .npy files are epochs of one run.
        labels: file beside the latents, or column; None finds them by name.
        clusters: K where the files have no clusters; None takes the number of classes.
        name: of the run.
        progress: called with (epochs done, epochs in all).

    Raises:
        RefusedError: while the app is read-only.
        DataError, RunError: in words, with nothing written.
    """
    mode.refuse_unless_solo("import latents")
    if isinstance(source, Path):
        return _imported(source, labels, clusters, name, progress)
    with together(source) as path:
        return _imported(path, labels, clusters, name, progress)


def read_upload(file: Any, *, part: str = "") -> Weights:
    """Read an uploaded checkpoint; torch files in a child process with limits."""
    mode.refuse_unless_solo("take uploads")
    with together([file]) as path:
        return read_weights(path, part=part)


def embed(prepared: Callable[[], Run]) -> Run:
    """Make the run folder of a re-embedding and start a worker on it, detached from this process.

    Args:
        prepared: makes the folder (from dcviz.engine.inspect.prepare).
    """
    mode.refuse_unless_solo("embed data")
    run = prepared()
    LAUNCHERS["local"].submit(run)
    return run


@contextmanager
def together(files: Sequence[Any]) -> Iterator[Path]:
    """Lay uploaded files into a folder of their own; gives the file if it is one, else the folder.

    Only the last part of each name is used, so a name cannot lead anywhere else.

    Raises:
        DataError: if two files have one name.
    """
    with tempfile.TemporaryDirectory(prefix="dcviz-upload-") as scratch:
        folder = Path(scratch) / _called([Path(file.name).name for file in files])
        folder.mkdir()
        for file in files:
            path = folder / (Path(file.name).name or "file")
            if path.exists():
                raise DataError(f"two files are named {path.name}; rename one of them")
            copy(file, path)
        paths = sorted(folder.iterdir())
        yield paths[0] if len(paths) == 1 else folder


def _called(names: Sequence[str]) -> str:
    """What files of several epochs are called together: what their names share, else first to last."""
    stems = [Path(name).stem for name in names if Path(name).suffix.lower() == ".npy"]
    epochs = {stem: match[1] for stem in stems if (match := NUMBERED.fullmatch(stem))}
    shared = {stem.removesuffix(number).strip(" ._-") for stem, number in epochs.items()}
    if len(shared) == 1 and (name := shared.pop()):
        return name
    ordered = sorted(epochs, key=lambda stem: int(epochs[stem]))
    return f"{ordered[0][:99]} to {ordered[-1][:99]}" if ordered else "uploaded"


def copy(file: BinaryIO, path: Path) -> None:
    """Write what was uploaded, block by block; it may have been read before."""
    file.seek(0)
    with open(path, "xb") as target:
        shutil.copyfileobj(file, target, BLOCK)


def _imported(path: Path, labels: str | None, clusters: int | None, name: str, progress: Any) -> Run:
    if path.suffix.lower() == ".zip":
        return import_run(path, default_store())
    found = incoming(path, labels=labels)
    return import_latents(found, default_store(), name=name, clusters=clusters, progress=progress)
