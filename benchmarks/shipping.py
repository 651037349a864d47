"""Thin a finished run to what the gallery ships, and measure its twist."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dcviz.geometry.full import band_scores
from dcviz.geometry.reference import reference
from dcviz.geometry.twist import flipped_share
from dcviz.geometry.twist_scores import twist_scores
from dcviz.runs import Run
from dcviz.runs.checkpoint import read_checkpoint, write_checkpoint
from dcviz.runs.files import append_line, json_text, write_bytes, write_json
from dcviz.runs.metrics import epoch_key

STATUS = ("state", "error", "message", "started", "epochs", "device", "phase", "phase_index", "epoch")
SCORES = ("flip", "crossings", "rotation", "stretch", "tear", "overlap", "procrustes")
ENCODER = "encoder.safetensors"
LARGE_PICTURE = 500_000
SWITCH = 200
"""Where twist starts, also in a run of one phase: beside the others it shows what no switch does."""


def ship(
    run: Run,
    target: Path,
    *,
    name: str,
    tags: Iterable[str],
    epochs: Iterable[int],
    checkpoints: Iterable[int],
    encoder: bool = False,
) -> Path:
    """Copy what a reader needs of a finished run; an older folder of this name is replaced.

    Args:
        run: finished, every epoch kept.
        target: folder in the gallery.
        name: what lists show.
        tags: what the run is for.
        epochs: those to keep; their neighbor graphs are left out, for they are found again when asked for.
        checkpoints: epochs whose full checkpoint is kept.
        encoder: whether the last encoder is kept too, in float16: `python -m dcviz reembed` reads it.
    """
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    write_json(target / "run.json", {**run.spec, "id": target.name, "name": name})
    write_json(target / "notes.json", {"tags": list(tags)})
    status = run.status()
    write_json(target / "status.json", {field: status[field] for field in STATUS})
    if (run.path / "events.jsonl").exists():  # a run of one phase has none
        _copy(run.path, target, "events.jsonl")
    shutil.copytree(run.path / "data", target / "data")
    keys = {epoch_key(epoch) for epoch in epochs}
    for line in run.lines():
        if line["key"] in keys:
            _copy(run.path, target, f"latents/{line['key']}.npy")
            _pack(target / "assign" / f"{line['key']}.npz", run.assigned(line["key"]))
            if extras := run.extras(line["key"]):
                _pack(target / "extras" / f"{line['key']}.npz", extras)
            append_line(target / "metrics.jsonl", line)
    for epoch in checkpoints:
        _copy(run.path, target, f"checkpoints/{epoch_key(epoch)}.safetensors")
    if encoder:
        half_encoder(run.path / "checkpoints" / f"{run.checkpoints()[-1]}.safetensors", target / ENCODER)
    few_shades(target / "data")
    return target


def half_encoder(checkpoint: Path, target: Path) -> None:
    """Keep of a checkpoint the weights of its encoder alone, in half precision."""
    stored = read_checkpoint(checkpoint)
    weights = {
        name: value.astype(np.float16)
        for name, value in stored.tensors.items()
        if name.startswith("network.encoder.")
    }
    write_checkpoint(target, weights, {name: stored.meta[name] for name in ("method", "epoch", "phase")})


def few_shades(folder: Path) -> None:
    """Store large gray thumbnails in 16 shades: a third of the bytes, hard to tell by eye."""
    for path in folder.glob("sprite*.png"):
        with Image.open(path) as picture:
            if picture.mode != "L" or path.stat().st_size < LARGE_PICTURE:
                continue
            shades = np.asarray(picture) // 16 * 17
        packed = io.BytesIO()
        Image.fromarray(shades.astype(np.uint8)).save(packed, "PNG", optimize=True)
        write_bytes(path, packed.getvalue())


def add_twist(target: Path) -> Path:
    """Write the twist of each epoch into its line: against the switch, and for plane data the input.

    `flip_input` compares with the input itself, so it also says how folded the network is before training.
    """
    run = Run(target)
    frozen = reference(run.latents(SWITCH))
    inputs = run.inputs()
    origin = None if inputs is None else reference(inputs)
    lines = []
    for line in run.lines():
        z = run.latents(line["key"])
        found: dict[str, Any] = {} if origin is None else {"flip_input": flipped_share(origin, z)}
        if line["epoch"] >= SWITCH:
            twist = twist_scores(frozen, z)
            found |= {name: twist[name] for name in SCORES}
            line = {**line, **{f"{n}_reason": twist[f"{n}_reason"] for n in SCORES if twist[n] is None}}
        lines.append({**line, "scores": {**line["scores"], **found}})
    return _rewritten(target, lines)


def add_band(target: Path) -> Path:
    """Write the spread of k-means over seeds into the lines of phase ends that lack it; trains nothing."""
    run, labels = Run(target), Run(target).labels()
    clusters = int(run.spec["settings"].get("clusters") or 0)
    ends = set(np.cumsum([int(length) for _, length in run.spec["phases"] if int(length)]).tolist())
    lines = []
    for line in run.lines():
        lacks = line["epoch"] in ends and "band_points" not in line["scores"]
        if lacks and labels is not None and clusters:
            band = band_scores(run.latents(line["key"]), labels, clusters)
            line = {**line, "scores": {**line["scores"], **band}}
        lines.append(line)
    return _rewritten(target, lines)


def thin(target: Path, epochs: Iterable[int]) -> Path:
    """Drop the epochs of a shipped run that are not among these; trains nothing."""
    run, keys = Run(target), {epoch_key(epoch) for epoch in epochs}
    lines = [line for line in run.lines() if line["key"] in keys]
    if {line["key"] for line in lines} != keys:
        raise ValueError(f"{target.name} lacks some of the epochs {sorted(keys)}: make it anew")
    _rewritten(target, lines)
    for folder in ("latents", "assign", "extras", "checkpoints"):
        for file in (target / folder).glob("*"):
            if file.stem not in keys:
                file.unlink()
    return target


def _rewritten(target: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    """Replace metrics.jsonl by these lines."""
    text = "".join(f"{json_text(line)}\n" for line in lines)
    write_bytes(target / "metrics.jsonl", text.encode())
    return target


def _pack(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    write_bytes(path, packed.getvalue())


def _copy(old: Path, new: Path, name: str) -> None:
    (new / name).parent.mkdir(exist_ok=True)
    shutil.copyfile(old / name, new / name)
