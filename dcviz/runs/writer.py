"""The worker's pen: the only code that adds epochs to a run folder."""

import errno
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.runs import tables
from dcviz.runs.checkpoint import write_checkpoint
from dcviz.runs.files import (
    append_line,
    remove_parts,
    trim_partial_line,
    write_array,
    write_arrays,
    write_json,
)
from dcviz.runs.graphs import graph_arrays
from dcviz.runs.metrics import check_key
from dcviz.runs.run import Run
from dcviz.runs.shards import laid_out, read_latents, shard_path

# Room that is given back to a full disk, so that the last status can still say what happened.
RESERVE_BYTES = 64 * 1024
# How long a training waits for a shared disk that is gone.
AWAY_SECONDS = 600.0
LOOK_SECONDS = 0.2


class RunWriter:
    """Writes into one run folder; its owner must hold the run's lock.

    The order makes the promise: an epoch's arrays are whole on the disk before its line is appended to
    metrics.jsonl, so an epoch that is listed has its files whatever happens next.
    """

    def __init__(self, run: Run):
        self.run = run
        self.path: Path = run.path

    @cached_property
    def _hands(self) -> ThreadPoolExecutor:
        """Threads that write; kept, because making new ones costs some 2 ms an epoch."""
        return ThreadPoolExecutor(max_workers=5, thread_name_prefix="pen")

    def there(self) -> bool:
        """Whether the folder is where it was; a shared disk may be gone for a while."""
        try:
            return (self.path / "run.json").exists()
        except OSError:  # a stale handle of a network disk
            return False

    def _patiently(self, write: Callable[[], None]) -> None:
        """Write once the folder is there, and again if it went away meanwhile.

        A folder that is gone would be made anew, empty, and the epoch stored where nobody looks for it.

        Raises:
            OSError: what the disk said, or that the folder did not come back within ten minutes.
        """
        deadline = time.monotonic() + AWAY_SECONDS
        while True:
            if self.there():
                try:
                    return write()
                except OSError:
                    if self.there():
                        raise
            if time.monotonic() > deadline:
                raise FileNotFoundError(
                    errno.ENOENT, "the run folder is gone and did not come back", self.path
                )
            time.sleep(LOOK_SECONDS)

    def tidy(self) -> None:
        """Remove what a killed worker left half done, and set the reserve aside."""
        remove_parts(self.path)
        for log in ("metrics.jsonl", "events.jsonl"):
            trim_partial_line(self.path / log)
        reserve = self.path / ".reserve"
        if not reserve.exists():
            reserve.write_bytes(b"\0" * RESERVE_BYTES)

    def release_reserve(self) -> None:
        """Give the reserved bytes back to a disk that is full or to a run that is over."""
        (self.path / ".reserve").unlink(missing_ok=True)

    def data(self, **arrays: np.ndarray | None) -> None:
        """Store labels, position and inputs; None ones are left out."""
        for name, array in arrays.items():
            if array is not None:
                write_array(self.path / "data" / f"{name}.npy", array)

    def facts(self, facts: Mapping[str, Any]) -> None:
        """Store what only reading the data told (n, class names, …); it completes run.json."""
        write_json(self.path / "data" / "facts.json", facts)
        self.run.__dict__.pop("_found", None)

    def epoch(
        self,
        line: Mapping[str, Any],
        *,
        latents: np.ndarray | None,
        assigned: Mapping[str, np.ndarray | None],
        graph: Any,
        checkpoint: Any = None,
        extras: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Store one snapshot: its arrays, then its line.

        Args:
            line: the fields of metrics.jsonl; `key` names the files, the time is added.
            latents: (n, d) float32; None where `shard` has stored them all.
            assigned: assignments (n,) and, where there are any, confidence (n,) and centers (K, d).
            graph: NeighborGraph of the latents.
            checkpoint: tensors and meta to resume from, or None.
            extras: arrays that only the method knows; no file where there are none.

        Raises:
            OSError: what the disk said; the epoch is not listed then.
            RunError: if no latents are given and a shard is missing.
        """
        key = check_key(line["key"])
        present = {name: array for name, array in assigned.items() if array is not None}
        self._patiently(lambda: self._arrays(key, latents, present, graph, checkpoint, extras or {}))
        stamped = {**line, "time": time.time()}
        self._patiently(lambda: append_line(self.path / "metrics.jsonl", stamped))

    def shard(self, key: str, number: int, count: int, latents: np.ndarray) -> None:
        """Store a part of an epoch's latents, in any order, from any process that sees the folder.

        Args:
            key: of the epoch, which `epoch` lists when all parts are there.
            number: of the part, 1 .. count; the rows follow one another by it.
            count: of parts.
            latents: (n_i, d) float32.
        """
        path = shard_path(self.path, check_key(key), number, count)
        self._patiently(lambda: write_array(path, np.ascontiguousarray(latents, dtype=np.float32)))

    def _arrays(
        self,
        key: str,
        latents: np.ndarray | None,
        assigned: Mapping[str, np.ndarray],
        graph: Any,
        checkpoint: Any,
        extras: Mapping[str, np.ndarray],
    ) -> None:
        """All files of one epoch; if the folder went away meanwhile, they may lie elsewhere."""
        # Side by side: a slow disk commits them together.
        hands = self._hands
        if latents is None:
            read_latents(self.path, key)
            parts = []
        else:
            parts = [*laid_out(self.path, key, np.ascontiguousarray(latents, dtype=np.float32))]
        writing = [
            *(hands.submit(write_array, path, rows) for path, rows in parts),
            hands.submit(write_arrays, self.path / "assign" / f"{key}.npz", assigned),
            hands.submit(self._neighbors, key, graph, assigned.get("assignments")),
        ]
        if extras:
            writing.append(hands.submit(write_arrays, self.path / "extras" / f"{key}.npz", extras))
        if checkpoint is not None:
            writing.append(hands.submit(self.checkpoint, key, checkpoint))
        wait(writing)  # all of them, also where one has failed: nothing is written after this call
        for done in writing:
            done.result()
        if not self.there():
            raise FileNotFoundError(errno.ENOENT, "the run folder went away", self.path)

    def _neighbors(self, key: str, graph: Any, clusters: np.ndarray | None) -> None:
        """The graph with the counts over all thresholds: another file would be another wait for the disk."""
        counted = {}
        if tables.worth_storing(graph):
            thresholds = self.run.spec.get("thresholds") or {}
            labels = self.run.labels()
            counted = tables.packed_arrays(graph, thresholds=thresholds, labels=labels, clusters=clusters)
        write_arrays(self.path / "neighbors" / f"{key}.npz", graph_arrays(graph) | counted)

    def checkpoint(self, key: str, checkpoint: Any) -> None:
        """Store weights, optimizer and random states under a snapshot's key."""
        write_checkpoint(
            self.path / "checkpoints" / f"{check_key(key)}.safetensors", checkpoint.tensors, checkpoint.meta
        )

    def event(self, kind: str, *, epoch: float | None = None, **fields: Any) -> None:
        """Append one line to events.jsonl."""
        line = {"type": kind, "epoch": epoch, **fields, "time": time.time()}
        self._patiently(lambda: append_line(self.path / "events.jsonl", line))

    def status(self, status: Mapping[str, Any], *, sync: bool = True) -> None:
        """Replace status.json; without the folder it is left out, the next pulse comes soon."""
        if not self.there():
            raise FileNotFoundError(errno.ENOENT, "the run folder is gone", self.path)
        write_json(self.path / "status.json", status, sync=sync)
