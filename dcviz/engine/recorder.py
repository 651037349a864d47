"""From snapshots to files: neighbors, stable clusters and live scores, on a thread beside the training."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from dcviz.engine.backlog import Backlog, bytes_of
from dcviz.engine.lasting_names import new_names, renamed
from dcviz.engine.probe import SECONDS as PROBE_SECONDS
from dcviz.engine.probe import Probe
from dcviz.engine.watch import Tell, Watch
from dcviz.geometry.agreement import match_clusters
from dcviz.geometry.clusters import dbscan
from dcviz.geometry.full import band_scores
from dcviz.geometry.neighbors import NeighborGraph
from dcviz.geometry.scores import live_scores
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs.files import plain
from dcviz.runs.metrics import epoch_key
from dcviz.runs.writer import RunWriter
from models.catalog import METHODS
from models.catalog.entry import CLUSTERS

M_MAX = 15
# Without K, DBSCAN looks for clusters after every epoch up to this size; it would hold larger sets up.
DBSCAN_POINTS = 20_000


class Recorder:
    """Stores the snapshots of one training in the order they come, while the next epoch is trained.

    One snapshot is written while the next is measured: the disk takes as long as the neighbors of a toy.
    This is the only place of the worker that sees labels; it gives nothing back to the training.

    Args:
        writer: pen of the run.
        labels: (n,) true labels for the scores, or None.
        clusters: K of the k-means that stands in where a method has no clusters yet; 0 if unknown.
        thresholds: of the core share and the filtered purity among the live scores.
        listed: called with each line of metrics.jsonl after it is on the disk.
        probe: measures the gradients at each checkpoint, or None.
        telling: is told what is done with an epoch that takes long, "" when it is over.
    """

    def __init__(
        self,
        writer: RunWriter,
        *,
        labels: np.ndarray | None,
        clusters: int,
        thresholds: Thresholds,
        listed: Callable[[dict[str, Any]], None] = lambda line: None,
        probe: Probe | None = None,
        telling: Tell = lambda text: None,
    ):
        self.writer, self.labels, self.clusters = writer, labels, clusters
        self.thresholds, self.listed, self.probe, self.telling = thresholds, listed, probe, telling
        self.known = {epoch.key for epoch in writer.run.epochs()}
        self.previous: dict[str, np.ndarray] | None = None
        self._error: BaseException | None = None
        self._backlog = Backlog()
        self._pen = ThreadPoolExecutor(1, thread_name_prefix="pen")
        self._writing: Future[None] | None = None
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def put(self, snapshot: Any, *, graph: NeighborGraph | None = None) -> None:
        """Hand a snapshot over; waits while the backlog has no room for it.

        Args:
            snapshot: from `fit`.
            graph: its neighbors where the device has found them already.

        Raises:
            Exception: what storing an earlier snapshot met (a full disk, say).
        """
        size, added = bytes_of(snapshot), False
        while not added:
            self.check()
            added = self._backlog.put((snapshot, graph), size=size, patience=0.2)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Write what was handed over, also when the training broke; its error counts more than ours."""
        try:
            self.close()
        except Exception:
            if error is None:
                raise

    def close(self) -> None:
        """Wait until all is written; raises what storing met."""
        while self._thread.is_alive():  # also after a failed write: it may be waiting for the next snapshot
            if self._backlog.put(None, size=0, patience=0.2):
                break
        self._thread.join()
        self.check()

    def check(self) -> None:
        """Raise what storing met, as soon as it is known; a training need not come to its next snapshot."""
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        try:
            with self._pen:
                while (item := self._backlog.get()) is not None:
                    self.check()
                    with Watch(item[0], self.telling) as watch:
                        self._store(item[0], item[1], watch)
                self._written()
        except BaseException as error:
            self._error = error

    def _store(self, snapshot: Any, graph: NeighborGraph | None, watch: Watch) -> None:
        key = epoch_key(snapshot.epoch, snapshot.batch)
        if key in self.known:
            self._pass_over(key, snapshot)
            return
        graph = graph or watch.neighbors(m=M_MAX, thresholds=self.thresholds)
        watch.tell("clusters and scores of all points")
        assigned, scores = self._measured(snapshot, graph)
        if self.labels is not None and self._ends_a_phase(snapshot):
            scores |= band_scores(snapshot.latents, self.labels, self.clusters)
        seconds: dict[str, float] = {}
        if self.probe is not None and snapshot.checkpoint is not None:
            scores |= self.probe.measure(snapshot, graph)
            seconds[PROBE_SECONDS] = scores.pop(PROBE_SECONDS)
        line = {**line_of(snapshot, key, scores), **seconds}
        arrays = {
            "latents": snapshot.latents, "assigned": assigned, "graph": graph,
            "checkpoint": snapshot.checkpoint, "extras": self._extras(snapshot, assigned["assignments"]),
        }  # fmt: skip
        self._written()
        self._writing = self._pen.submit(self._write, line, arrays)
        self.known.add(key)
        self.previous = {name: array for name, array in assigned.items() if array is not None}

    def _write(self, line: dict[str, Any], arrays: dict[str, Any]) -> None:
        try:
            self.writer.epoch(line, **arrays)
            self.listed(line)
        except BaseException as error:  # known here and now, not when the next snapshot has been measured
            self._error = error
            raise

    def _written(self) -> None:
        """Wait until the snapshot before is on the disk; raises what writing it met."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _ends_a_phase(self, snapshot: Any) -> bool:
        """Whether k-means is repeated over seeds here; that takes labels, K and finite latents."""
        lengths = [int(length) for _, length in self.writer.run.spec.get("phases") or [] if int(length)]
        at_end = not snapshot.batch and snapshot.epoch in np.cumsum(lengths)
        able = 0 < self.clusters <= len(snapshot.latents)
        return bool(at_end and able and np.isfinite(snapshot.latents).all())

    def _extras(self, snapshot: Any, assignments: np.ndarray) -> dict[str, np.ndarray]:
        """The method's own arrays, in four bytes a number; columns of clusters under the names of now."""
        entry = METHODS.get(str(self.writer.run.spec["method"]))
        stored = {name: compact(value) for name, value in getattr(snapshot, "extras", {}).items()}
        for name, extra in (entry.extras if entry else {}).items():
            value = stored.get(name)
            if value is None or extra.columns != CLUSTERS or value.ndim != 2:
                continue
            # Each by its own largest column: one method may hold several clusterings (p and q of DCSS).
            own = value.argmax(1)
            matched = match_clusters(own, assignments)
            if matched.max(initial=-1) < value.shape[1]:
                stored[name] = np.empty_like(value)
                stored[name][:, new_names(own, matched, value.shape[1])] = value
        return stored

    def _pass_over(self, key: str, snapshot: Any) -> None:
        """A resume trains some listed epochs again: they stay as they are, and clusters keep their names."""
        self._written()
        self.previous = self.writer.run.assigned(key)
        if snapshot.checkpoint is not None and key not in self.writer.run.checkpoints():
            self.writer.checkpoint(key, snapshot.checkpoint)

    def _measured(self, snapshot: Any, graph: NeighborGraph) -> tuple[dict[str, Any], dict[str, Any]]:
        before = self.previous or {}
        own = snapshot.assignments
        if own is None and not self.clusters and len(snapshot.latents) <= DBSCAN_POINTS:
            own = dbscan(snapshot.latents).assignments
        scores, assignments, found = live_scores(
            snapshot.latents,
            graph,
            assignments=own,
            clusters=self.clusters or None,
            labels=self.labels,
            thresholds=self.thresholds,
            previous_centers=before.get("centers"),
        )
        if assignments is None:
            # -1, as noise: nobody clustered these points.
            assignments = np.full(len(snapshot.latents), -1, np.int32)
        centers = snapshot.centers if snapshot.assignments is not None else found
        assignments, centers = renamed(np.asarray(assignments), centers, before.get("assignments"))
        return {"assignments": assignments, "confidence": snapshot.confidence, "centers": centers}, scores


def compact(value: np.ndarray | float) -> np.ndarray:
    """An array in at most four bytes a number: float32 and int32 are enough to look at."""
    array = np.asarray(value)
    narrow = {"f": np.float32, "i": np.int32, "u": np.int32}.get(array.dtype.kind)
    return array if narrow is None or array.dtype.itemsize <= 4 else array.astype(narrow)


def line_of(snapshot: Any, key: str, scores: dict[str, Any]) -> dict[str, Any]:
    """The line of metrics.jsonl: where, which losses, which scores, and why a score is missing."""
    reasons = {name: text for name, text in scores.items() if name.endswith("_reason")}
    values = {name: value for name, value in plain(scores).items() if name not in reasons}
    return {
        "key": key,
        "epoch": snapshot.epoch + snapshot.batch / max(1, snapshot.batches)
        if snapshot.batch
        else snapshot.epoch,
        "batch": snapshot.batch,
        "iteration": snapshot.iteration,
        "phase": snapshot.phase,
        "phase_index": snapshot.phase_index,
        "losses": {name: float(value) for name, value in snapshot.losses.items()},
        "seconds": float(snapshot.seconds),
        "scores": values,
        **({"extras": numbers} if (numbers := numbers_of(snapshot)) else {}),
        **reasons,
    }


def numbers_of(snapshot: Any) -> dict[str, float]:
    """Those extras that are single numbers: they stand in the line, to be drawn over the epochs."""
    extras = getattr(snapshot, "extras", {})
    return {name: float(value) for name, value in extras.items() if isinstance(value, (int, float))}
