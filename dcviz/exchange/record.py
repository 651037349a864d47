"""record: one line in anybody's training loop, and every epoch of it is a run in this lab."""

import atexit
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.exchange.incoming import encode_clusters, table_of_numbers
from dcviz.exchange.recording import ABOUT, Recording
from dcviz.runs import Run, default_store
from dcviz.runs.run import ID

_open: dict[Path, Recording] = {}
_door = threading.Lock()


def record(
    run: str | Path,
    epoch: int,
    z: Any,
    *,
    labels: Any = None,
    assignments: Any = None,
    losses: Mapping[str, float] | None = None,
    phase: str = "training",
    **about: Any,
) -> Run:
    """Keep the latents of an epoch of any training, from inside its loop.

    The first call makes the run; the pages show it growing. Neighbors and scores are computed on a thread
    beside the training. Only arrays go in: a tensor is handed over as `z.detach().cpu().numpy()`.

    Args:
        run: name of the run under DCVIZ_RUNS, or a folder (a text with a slash, or a Path).
        epoch: whole number, larger than the last one recorded.
        z: (n, d) finite latents of the same points in the same order every time.
        labels: (n,) true classes, for scores; those of the first call count.
        assignments: (n,) predicted clusters of this epoch; by default k-means stands in.
        losses: named numbers of this epoch.
        phase: name of the phase this epoch belongs to; a new name is a phase switch.
        about: clusters (K), inputs (n, 2), position (n,), settings (what the training used), seed, dataset,
            name; read at the first call.

    Returns:
        The run, to look at.

    Raises:
        DataError: if the array does not fit; nothing of this epoch is stored then.
        OSError: what storing an earlier epoch met (a full disk, say).
    """
    path = _folder(run)
    latents = _table(epoch, z)
    clusters = None if assignments is None else encode_clusters(f"epoch {epoch}", assignments, len(latents))
    unknown = sorted(set(about) - set(ABOUT))
    if unknown:
        raise DataError(f"record knows no {unknown[0]!r}; it knows {', '.join(ABOUT)}")
    with _door:
        recording = _open.get(path)
        if recording is None:
            recording = _open[path] = Recording(path, latents, labels, about)
    return recording.add(int(epoch), latents, assignments=clusters, losses=losses or {}, phase=phase)


def finish(run: str | Path | None = None) -> None:
    """Write what is under way and call the run finished; all of them by default, as at the program's end."""
    with _door:
        chosen = list(_open) if run is None else [_folder(run)]
        recordings = [_open.pop(path) for path in chosen if path in _open]
    for recording in recordings:
        recording.close()


def _folder(run: str | Path) -> Path:
    if isinstance(run, Path) or "/" in run:
        return Path(run).expanduser().absolute()
    if not ID.fullmatch(run):
        raise DataError(
            f"a run's name is letters, digits, '.', '_' and '-', got {run[:60]!r}; a folder has a slash"
        )
    return default_store().root / run


def _table(epoch: int, z: Any) -> np.ndarray:
    if isinstance(epoch, bool) or not isinstance(epoch, (int, np.integer)) or epoch < 0:
        raise DataError(f"epoch must be a whole number from 0, got {epoch!r}")
    try:
        array = np.asarray(z)
    except Exception as error:
        raise DataError(
            f"epoch {epoch}: latents must be an array ({error}); of a tensor hand over "
            "z.detach().cpu().numpy()"
        ) from None
    # A copy: the loop may go on writing into its own buffer while ours is still read.
    return np.array(table_of_numbers(f"epoch {epoch}", array), copy=True)


# Plain atexit comes too late: by then no thread may be started any more, and storing uses some.
getattr(threading, "_register_atexit", atexit.register)(finish)
