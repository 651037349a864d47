"""Make the run folder of a re-embedding: from a foreign file, a file of ours, or the checkpoints of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.engine.inspect.graph import FILE, latent_dim
from dcviz.engine.inspect.matching import Dense, Match, parts_of
from dcviz.engine.inspect.reembed import PLAN
from dcviz.engine.inspect.weights import Weights
from dcviz.engine.request import Facts, Request, facts_of, located, thresholds_of, versions, wish
from dcviz.runs import Run, RunStore, default_store
from dcviz.runs.checkpoint import write_checkpoint
from dcviz.runs.files import write_json
from dcviz.runs.metrics import epoch_key

METHOD = "re-embedded"


@dataclass(frozen=True)
class Target:
    """The data to put through a network.

    Args:
        dataset: id of DATASETS, or a path.
        options: arguments of its reader.
        clusters: K for the scores; the data set's own by default.
        name: of the new run.
    """

    dataset: str
    options: Mapping[str, Any] = field(default_factory=dict)
    clusters: int | None = None
    name: str = ""


def width_of(target: Target) -> int:
    """Numbers a point of the data, D, known without downloading them."""
    return facts_of(target.dataset, target.options)[0].input_dim


def from_foreign(
    weights: Weights,
    match: Match,
    target: Target,
    *,
    method: str = "autoencoder",
    store: RunStore | None = None,
) -> Run:
    """Prepare a run from a foreign checkpoint whose encoder was recognized.

    If its encoder and decoder are one of our networks, the weights are stored under our names as epoch 0 of
    `method`, and training can branch from there; else the run can be looked at only.

    Args:
        weights: as read.
        match: from `suggest` or `corrected`.
        target: the data.
        method: of METHODS, for the settings of a later branch.
        store: where the run goes.

    Raises:
        DataError: if the data do not have as many numbers a point as the network takes.
    """
    facts, options = facts_of(target.dataset, target.options)
    _check_width(match.input_dim, facts, target)
    source = f"{weights.name}, encoder {'-'.join(map(str, match.widths))}"
    if between := {layer.activation for layer in match.encoder[:-1]}:
        source += f", taken to have {', '.join(sorted(between))} between its layers: weights do not tell"
    if match.network and match.decoder:
        request = wish(
            method, target.dataset, dataset_options=options,
            settings={"network": match.network, "latent_dim": match.latent_dim, **_chosen_clusters(target)},
        )  # fmt: skip
        phase = request.phases[0][0]
        tensors = {"random.steps": np.zeros(1, np.uint8), **_our_names(weights, match)}
        meta = _fresh_meta(request, phase, weights.name)
        spec = {**request.spec, "phases": [[phase, 0]]}
        layers = _renamed(match.encoder)
    else:
        tensors = {f"network.{name}": weights.tensors[name] for name in _used(weights, match)}
        meta, phase = {"method": METHOD, "epoch": 0, "file": weights.name}, METHOD
        layers = list(match.encoder)
        spec = _plain_spec(target, facts, options, latent_dim=match.latent_dim)
    step = {"key": epoch_key(0), "epoch": 0, "phase": phase, "phase_index": 0}
    plan = {"layers": [asdict(layer) for layer in layers], "steps": [step]}
    run = _made(spec, plan, target, source, store)
    write_checkpoint(run.path / "checkpoints" / f"{step['key']}.safetensors", tensors, meta)
    return run


def from_run(
    old: Run, target: Target, *, keys: Sequence[str] | None = None, store: RunStore | None = None
) -> Run:
    """Prepare a run that puts other data through the checkpoints of a run of ours, epoch by epoch.

    Args:
        old: the run.
        target: the data.
        keys: which checkpoints; all by default.
        store: where the new run goes.

    Raises:
        DataError: without checkpoints, or if the data do not fit the network.
    """
    chosen = list(keys) if keys is not None else [key for key in old.checkpoints() if "b" not in key]
    if not chosen:
        raise DataError(f"run {old.id} has no checkpoint to embed with; it keeps latents alone")
    stored = {key: old.checkpoint(key) for key in chosen}
    facts, options = facts_of(target.dataset, target.options)
    first = stored[chosen[0]]
    _check_width(_takes(first.tensors), facts, target)
    if "method" not in first.meta or "settings" not in first.meta:
        raise DataError(f"run {old.id} has weights but not how they were trained; embed with the file itself")
    spec = _our_spec(first.meta, target, facts, options)
    spec["phases"] = old.spec.get("phases") or spec["phases"]
    steps = [
        {"key": key, "epoch": int(key), "phase": each.meta.get("phase", ""),
         "phase_index": each.meta.get("phase_index", 0)} for key, each in stored.items()
    ]  # fmt: skip
    run = _made(spec, {"layers": None, "steps": steps}, target, f"weights of run {old.id}", store)
    for key, each in stored.items():
        write_checkpoint(run.path / "checkpoints" / f"{key}.safetensors", each.tensors, each.meta)
    return run


def from_file(weights: Weights, target: Target, *, store: RunStore | None = None) -> Run:
    """Prepare a run from a checkpoint file of ours that lies anywhere.

    Raises:
        DataError: if it is not one of ours, or the data do not fit the network.
    """
    if weights.origin is None:
        raise DataError(f"{weights.name} was not written by this lab; match its layers first")
    facts, options = facts_of(target.dataset, target.options)
    meta = weights.origin
    tensors = {f"network.{name}": array for name, array in weights.tensors.items()} | dict(weights.aside)
    _check_width(_takes(tensors), facts, target)
    key = epoch_key(int(meta["epoch"]))
    place = {name: meta[name] for name in ("epoch", "phase", "phase_index")}
    spec = _our_spec(meta, target, facts, options)
    run = _made(
        spec, {"layers": None, "steps": [{"key": key, **place}]}, target, f"weights of {weights.name}", store
    )
    write_checkpoint(run.path / "checkpoints" / f"{key}.safetensors", tensors, meta)
    return run


def from_graph(weights: Weights, target: Target, *, store: RunStore | None = None) -> Run:
    """Prepare a run that puts data through a graph (.onnx) as it is; one point is tried before.

    Raises:
        DataError: if the graph does not take such points, in its own words.
    """
    facts, options = facts_of(target.dataset, target.options)
    width = latent_dim(weights.graph, weights.name, input_dim=facts.input_dim, image_shape=facts.image_shape)
    spec = _plain_spec(target, facts, options, latent_dim=width)
    step = {"key": epoch_key(0), "epoch": 0, "phase": METHOD, "phase_index": 0}
    run = _made(spec, {"graph": FILE, "steps": [step]}, target, f"{weights.name}, as it computes", store)
    (run.path / "data" / FILE).write_bytes(weights.graph)
    return run


def _made(
    spec: dict[str, Any], plan: dict[str, Any], target: Target, source: str, store: RunStore | None
) -> Run:
    name = target.name or f"{Path(target.dataset).name} through {source}"
    run = (store or default_store()).create({**spec, "source": source, "name": name, "parent": None})
    write_json(run.path / "data" / PLAN, plan)
    return run


def _plain_spec(target: Target, facts: Facts, options: dict[str, Any], *, latent_dim: int) -> dict[str, Any]:
    clusters = target.clusters or facts.clusters or 0
    return {
        "method": METHOD, "dataset": located(target.dataset), "dataset_options": options, "seed": 0,
        "settings": {"clusters": clusters, "latent_dim": latent_dim}, "device": "cpu", "schedule": {},
        "thresholds": asdict(thresholds_of(None, None, facts.n)), "n": facts.n, "input_dim": facts.input_dim,
        "image_shape": facts.image_shape, "class_names": list(facts.class_names), "latent_dim": latent_dim,
        "preset": None, "clusters": clusters, "phases": [[METHOD, 0]], "notices": [], "versions": versions(),
    }  # fmt: skip


def _our_spec(
    meta: Mapping[str, Any], target: Target, facts: Facts, options: dict[str, Any]
) -> dict[str, Any]:
    settings = {
        **meta["settings"],
        "clusters": target.clusters or facts.clusters or meta["settings"]["clusters"],
    }
    plain = _plain_spec(target, facts, options, latent_dim=settings["latent_dim"])
    return {
        **plain, "method": meta["method"], "settings": settings, "clusters": settings["clusters"],
        "preset": "", "seed": meta.get("seed", 0), "phases": [[meta["phase"], int(meta["epoch"])]],
    }  # fmt: skip


def _fresh_meta(request: Request, phase: str, file: str) -> dict[str, Any]:
    """What a checkpoint of ours says before the first batch: training begins with these weights."""
    return {
        "method": request.method, "seed": request.seed, "n": request.facts.n, "origin": [0, 0],
        "phase": phase, "phase_index": 0, "epoch": 0, "batch": 0, "iteration": 0, "phase_iteration": 0,
        "finished": False, "seconds": 0.0, "loss_names": [], "settings": asdict(request.settings),
        "numbers": {}, "file": file,
    }  # fmt: skip


def _our_names(weights: Weights, match: Match) -> dict[str, np.ndarray]:
    named = {}
    for half, layers in (("encoder", match.encoder), ("decoder", match.decoder)):
        for number, layer in enumerate(layers):
            # Sequential: the ReLUs between take the odd places.
            named[f"network.{half}.{2 * number}.weight"] = weights.tensors[layer.weight].astype(np.float32)
            bias = weights.tensors.get(layer.bias, np.zeros(len(weights.tensors[layer.weight])))
            named[f"network.{half}.{2 * number}.bias"] = bias.astype(np.float32)
    return named


def _renamed(layers: Sequence[Dense]) -> list[Dense]:
    return [
        replace(layer, weight=f"encoder.{2 * i}.weight", bias=f"encoder.{2 * i}.bias")
        for i, layer in enumerate(layers)
    ]


def _used(weights: Weights, match: Match) -> list[str]:
    return [name for layer in (*match.encoder, *match.decoder) for name in parts_of(weights.tensors, layer)]


def _takes(tensors: Mapping[str, np.ndarray]) -> int | None:
    first = next(
        (a for name, a in tensors.items() if name.startswith("network.encoder") and a.ndim == 2), None
    )
    return None if first is None else first.shape[1]


def _check_width(takes: int | None, facts: Facts, target: Target) -> None:
    if takes is not None and takes != facts.input_dim:
        raise DataError(
            f"the network takes {takes} numbers a point, {Path(target.dataset).name} has {facts.input_dim}; "
            "choose the data it was trained on, or others of that size"
        )


def _chosen_clusters(target: Target) -> dict[str, int]:
    return {} if target.clusters is None else {"clusters": target.clusters}
