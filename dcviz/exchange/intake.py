"""From checked latents to a run that every page can open: neighbors, clusters and scores as in training."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from dcviz.data.checks import check_request, usable_neighbors
from dcviz.data.dataset import DataError
from dcviz.engine.recorder import Recorder
from dcviz.engine.request import versions
from dcviz.exchange.incoming import Incoming
from dcviz.exchange.moment import Moment
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run, RunStore
from dcviz.runs.export import settle
from dcviz.runs.writer import RunWriter

METHOD = "imported"


def import_latents(
    source: Incoming,
    store: RunStore,
    *,
    name: str = "",
    clusters: int | None = None,
    thresholds: Thresholds | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Run:
    """Store latents of another program as a run.

    The run is filled aside and gets its place in the store only when every epoch was read, checked and
    scored; whatever goes wrong before leaves nothing behind.

    Args:
        source: from `incoming`.
        store: where the run goes.
        name: of the run; that of the file by default.
        clusters: K of the k-means that stands in where the source has no clusters; by default the number of
            classes. Without labels and K, cluster scores are absent.
        thresholds: of the core share and the filtered purity among the scores.
        progress: called with (epochs done, epochs in all).

    Raises:
        DataError: naming the epoch and what is wrong with it.
    """
    z = source.checked_latents(source.epochs[0])
    notices = noticed(z, clusters, source.labels)
    extras = plane_extras(source.name, source.beside, len(z))
    clusters = usable_clusters(clusters, source.class_names)
    chosen = thresholds or Thresholds()
    chosen = replace(chosen, M=usable_neighbors(len(z), chosen.M))
    store.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.root, prefix=".import-") as scratch:
        spec = run_spec(
            source.name, z, source=source.note, clusters=clusters, class_names=source.class_names,
            thresholds=chosen, phases=[[METHOD, source.epochs[-1]]], notices=notices, name=name,
        )  # fmt: skip
        run = RunStore(scratch).create(spec)
        writer = RunWriter(run)
        writer.data(labels=source.labels, **extras)
        _fill(writer, source, z, clusters, chosen, progress)
        last = source.epochs[-1]
        writer.event("import", epoch=last, source=source.note)
        writer.status(
            {"state": "finished", "epoch": last, "epochs": last, "phase": METHOD, "message": source.note}
        )
        return store.by_id(settle(run.path, store).name)


def run_spec(dataset: str, z: np.ndarray, *, source: str, **more: Any) -> dict[str, Any]:
    """run.json of latents that were not trained here; `more` fills the fields that vary.

    Args:
        dataset: what the points are called.
        z: (n, d) latents.
        source: where they come from, in words.
        more: clusters, class_names, thresholds (Thresholds), phases, notices, name, method, ...
    """
    spec: dict[str, Any] = {
        "method": METHOD, "dataset": dataset, "dataset_options": {}, "settings": {}, "preset": None,
        "seed": 0, "device": None, "schedule": {}, "input_dim": None, "image_shape": None, "parent": None,
        "n": len(z), "latent_dim": z.shape[1], "source": source, "versions": versions(), **more,
    }  # fmt: skip
    spec["thresholds"] = asdict(spec["thresholds"])
    spec["class_names"] = list(spec["class_names"])
    if not spec.get("name"):
        spec["name"] = f"{dataset}, {spec['method']}"
    return spec


def plane_extras(name: str, beside: Mapping[str, Any], n: int) -> dict[str, np.ndarray]:
    """Check inputs (n, 2) and position (n,), for the pages that compare latents with inputs.

    Raises:
        DataError: if they are no finite numbers of that shape.
    """
    found: dict[str, np.ndarray] = {}
    for what, shape in (("inputs", (n, 2)), ("position", (n,))):
        if beside.get(what) is None:
            continue
        array = np.asarray(beside[what])
        if array.shape != shape or array.dtype.kind not in "biuf" or not np.isfinite(array).all():
            raise DataError(
                f"{name}: {what} must be finite numbers of shape {shape}, got {array.dtype} of shape "
                f"{array.shape}"
            )
        found[what] = array.astype(np.float32)
    return found


def usable_clusters(given: int | None, class_names: tuple[str, ...]) -> int:
    """K: the one given, else the number of classes; 0 where there are not two of them."""
    if given is not None:
        return given
    return len(class_names) if len(class_names) > 1 else 0


def noticed(z: np.ndarray, clusters: int | None, labels: np.ndarray | None) -> list[str]:
    """Refuse a K that cannot be, and say in sentences what the scores will lack.

    Raises:
        DataError: for K < 2 or K > n.
    """
    single = labels is not None and len(np.unique(labels)) < 2
    compared = None if single else labels
    notices = check_request(len(z), clusters, Thresholds.M, compared, clusterer="dbscan")
    if single:
        notices = ["All labels are the same: scores that compare with labels say nothing."]
    return notices


def _fill(
    writer: RunWriter, source: Incoming, z: np.ndarray, clusters: int, thresholds: Thresholds, progress: Any
) -> None:
    shape, total = (len(z), z.shape[1]), len(source.epochs)
    recorder = Recorder(writer, labels=source.labels, clusters=clusters, thresholds=thresholds)
    with recorder:
        for done, epoch in enumerate(source.epochs):
            progress(done, total)
            if done:
                z = source.checked_latents(epoch, like=shape)
            recorder.put(Moment(epoch, z, source.checked_clusters(epoch, len(z))))
    progress(total, total)
