"""The list of what a run offers the viewer: epochs, phases, plane and box, in one small JSON document."""

import json
import math
import threading
import time
from typing import TYPE_CHECKING, Any

from dcviz.runs.errors import RunError
from dcviz.viewer import umap_cache
from dcviz.viewer.scene import Scene, run_tag, scene
from dcviz.viewer.tokens import Token

if TYPE_CHECKING:
    from dcviz.runs.run import Run

PATIENCE = 0.15
"""Seconds an answer may wait for the extents of all epochs; beyond, they are gathered in the background."""
ACTIVE = ("queued", "starting", "running", "paused")
_scanning: set[int] = set()


def index(run: "Run", token: Token) -> dict[str, Any]:
    """Describe the run under one projection.

    Args:
        run: the run.
        token: the projection.

    Returns:
        JSON values. `version` and `tag` belong into the addresses of frames and of everything else;
        `growing` is True while the run trains; `complete` is False then and while extents are still
        gathered: ask again.

    Raises:
        RunError: if no epoch is stored or this projection cannot be made.
    """
    view = scene(run, token)
    if token.kind == "umap" and not view.epochs():
        raise RunError(f"UMAP of run {run.id} is not computed yet.")
    waiting = _gather(view) or (token.kind == "umap" and umap_cache.working(run))
    spec, state, epochs = run.spec, run.status().get("state", ""), view.epochs()
    axes = view.axes()
    return {
        "id": run.id,
        "name": getattr(run, "name", run.id),
        "tag": run_tag(run),
        "state": state,
        "complete": not waiting and state not in ACTIVE,
        "growing": state in ACTIVE,
        "n": int(spec.get("n") or run.latents(epochs[0].key).shape[0]),
        "d": int(axes.basis.mean.size),
        "clusters": spec.get("clusters"),
        "class_names": [str(name) for name in spec.get("class_names") or []],
        "method": spec.get("method"),
        "dataset": spec.get("dataset"),
        "seed": spec.get("seed"),
        "phases": _phases(spec, epochs),
        "switch": run.switch,
        "planned": _planned(spec, epochs),
        "has": _has(run),
        "umap_seconds": umap_cache.seconds(int(spec.get("n") or 0), len(run.epochs())),
        "version": view.version,
        "projection": _projection(view),
        "epochs": [_epoch(view, epoch) for epoch in epochs],
    }


def as_json(document: dict[str, Any]) -> bytes:
    """Compact JSON; what is not a number becomes null."""
    return json.dumps(_clean(document), separators=(",", ":"), allow_nan=False).encode()


def _gather(view: Scene) -> bool:
    """Take the extents of epochs not yet seen, for a moment here and then behind; True while some lack."""
    missing = view.unseen()
    if view.token.kind == "input":
        view.see(missing[:1])
        return False
    until = time.monotonic() + PATIENCE
    while missing and time.monotonic() < until:
        view.see([missing.pop(0)])
    if missing and id(view) not in _scanning:
        _scanning.add(id(view))
        threading.Thread(target=_scan, args=(view, missing), daemon=True).start()
    return bool(missing)


def _scan(view: Scene, keys: list[str]) -> None:
    try:
        view.see(keys)
    except RunError:
        return  # the run was deleted meanwhile; the next index says so
    finally:
        _scanning.discard(id(view))


def _epoch(view: Scene, epoch: Any) -> dict[str, Any]:
    scores = {name: value for name, value in epoch.scores.items() if isinstance(value, (int, float))}
    losses = {f"loss {name}": value for name, value in epoch.losses.items()}
    return {
        "key": epoch.key,
        "position": epoch.position,
        "phase": epoch.phase_index,
        "extent": view.extent(epoch.key),
        "scores": {**losses, **scores},
    }


def _phases(spec: dict[str, Any], epochs: Any) -> list[dict[str, Any]]:
    """Name, first and last epoch of each phase, as planned; from the stored epochs where no plan is known."""
    phases, start = [], 0.0
    for name, length in spec.get("phases") or []:
        phases.append({"name": str(name), "start": start, "end": start + float(length)})
        start += float(length)
    if not phases and epochs:
        phases = [{"name": epochs[-1].phase or "training", "start": 0.0, "end": epochs[-1].position}]
    return phases


def _planned(spec: dict[str, Any], epochs: Any) -> float:
    last = epochs[-1].position if epochs else 0.0
    return max(last, float(sum(int(length) for _, length in spec.get("phases") or [])))


def _has(run: "Run") -> dict[str, bool]:
    first = run.epochs()[0].key
    assigned = run.assigned(first)
    return {
        "label": run.labels() is not None,
        "position": run.position() is not None,
        "input": run.inputs() is not None,
        "sprites": run.sprites() is not None,
        "umap": bool(umap_cache.ready(run)),
        "cluster": "assignments" in assigned,
        "confidence": any("confidence" in run.assigned(e.key) for e in (run.epochs()[0], run.epochs()[-1])),
    }


def _projection(view: Scene) -> dict[str, Any]:
    axes, token = view.axes(), view.token
    drawn = [axis for axis in token.axes if axis < len(axes.variance)]
    kept = float(sum(axes.variance[axis] for axis in drawn))
    return {
        "token": str(token),
        "kind": token.kind,
        "axes": list(token.axes),
        "half": view.half,
        "reference": axes.reference,
        "variance": [float(share) for share in axes.variance],
        "kept": kept,
        "note": _note(view, kept),
    }


def _note(view: Scene, kept: float) -> str:
    axes, (first, second) = view.axes(), view.token.axes
    d = axes.basis.mean.size
    notes = {
        "input": "The inputs themselves.",
        "umap": f"UMAP fitted on epoch {_epoch_name(axes.reference)}: near points stay near; "
        "distances and sizes of groups mean nothing.",
        "aligned": "Principal axes of each epoch anew, turned to the fixed ones (Procrustes): "
        "widths are this epoch's, turns between epochs are not shown.",
        "pca": f"Axes {first + 1} and {second + 1} of the latents at epoch {_epoch_name(axes.reference)}, "
        f"the same for all epochs: they hold {kept:.0%} of its variance.",
    }
    if view.token.kind == "pca" and d <= 2:
        return "The latents themselves, nothing left out."
    return notes[view.token.kind]


def _epoch_name(key: str) -> str:
    return str(int(key[:5])) if key[:5].isdigit() else key


def _clean(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
