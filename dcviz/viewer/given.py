"""Pictures handed to the viewer whole: for trainings that are no runs, such as the cells of a grid.

The browser gets ready answers to the addresses it would ask for, so that everything else (drawing, cursor,
playback, keys, export) is the viewer as on every other page, and no request leaves the browser.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dcviz.geometry.thresholds import Thresholds
from dcviz.viewer import component, fallback, frames, modules
from dcviz.viewer.index import as_json
from dcviz.viewer.options import checked_options

TAG = "given"


@dataclass(frozen=True)
class Film:
    """The stored epochs of one training in the plane.

    Attributes:
        id: letters, digits and dashes; another content needs another id.
        name: what it is called in labels and exports.
        positions: (F,) epochs, ascending.
        codes: (F, n, 2) uint16, as `frames.quantize` writes them with the center 0.
        half: half width of the box of the codes, unit of the latents.
        values: (n,) what the points are colored by, in the unit that its title says.
        colors: title of the legend, and the values at both ends of the scale.
        method: id of the method.
        dataset: id of the data set.
        seed: of the training.
        inputs: (n, 2) the inputs, drawn beside; any unit.
        switch: epoch at which phases change, if they do.
        scores: name -> (F,) values, for the curve on the track.
        note: what the plane keeps.
    """

    id: str
    name: str
    positions: Sequence[float]
    codes: np.ndarray
    half: float
    values: np.ndarray
    colors: tuple[str, float, float]
    method: str
    dataset: str
    seed: int
    inputs: np.ndarray | None = None
    switch: float | None = None
    scores: dict[str, np.ndarray] = field(default_factory=dict)
    note: str = "The latents themselves, nothing left out."


def answers(film: Film) -> dict[str, bytes]:
    """Everything the browser will ask for while it shows this film, by address."""
    path, keys = f"run/{film.id}", [_key(position) for position in film.positions]
    _, low, high = film.colors
    shades = frames.byte_codes(film.values, low=low, high=high)
    found = {
        f"{path}/index.json?projection=pca-0-1": as_json(_index(film, film.half, film.codes)),
        f"{path}/points?v={TAG}": frames.pack("channel", {"name": "constants"}, {"position": shades}),
    }
    if film.inputs is not None:
        inputs = film.inputs - film.inputs.mean(axis=0)
        box = float(np.abs(inputs).max()) or 1.0
        seen = frames.quantize(inputs, center=np.zeros(2), half=box)
        index = _index(film, box, seen[None], kind="input")
        found[f"{path}/index.json?projection=input"] = as_json(index)
        found[f"{path}/frame/{_version(film, 'input')}/{keys[0]}"] = _frame(keys[0], seen, box)
    version = _version(film, "pca")
    return found | {
        f"{path}/frame/{version}/{key}": _frame(key, film.codes[at], film.half) for at, key in enumerate(keys)
    }


def plane_codes(plane: np.ndarray) -> tuple[np.ndarray, float]:
    """Steps of a picture (n, 2) that is centered at 0, as one frame of a film, and their box."""
    half = float(np.abs(plane).max(initial=0)) or 1.0
    return frames.quantize(plane, center=np.zeros(2), half=half)[None], half


def film_view(film: Film, *, key: str, height: int, **options: Any) -> None:
    """Show one film with the viewer; nothing of it reaches Python, so no hand on it makes the page run.

    Args:
        film: what is shown.
        key: name of this viewer on its page.
        height: of the whole viewer, in pixels.
        **options: of the viewer, as in `latent_view`.
    """
    component.mount(payload([film], height=height, more={}, **options), key=key)


def payload(films: Sequence[Film], *, height: int, more: dict[str, Any], **options: Any) -> bytes:
    """The bytes for a component that shows films with the viewer, the first film at the start.

    Args:
        films: one or more.
        height: of the viewer, in pixels.
        more: JSON values for the component itself, under "more" in the head.
        **options: of the viewer, as in `latent_view`.

    Returns:
        Head and answers as `fallback.pack` joins them.
    """
    color, controls = options.pop("color", "position"), options.pop("controls", ("play", "track"))
    told = {
        "run": films[0].id,
        "given": True,
        "base": component.base(),
        "digest": modules.digest(),
        "options": checked_options(color=color, controls=controls, height=height, more=options),
        "epoch": None,
        "thresholds": vars(Thresholds()),
        "orders": 1,
        "more": more,
    }
    parts = [
        ({"address": address, "status": 200, "given": True}, body)
        for film in films
        for address, body in answers(film).items()
    ]
    return fallback.pack(told, parts)


def _key(position: float) -> str:
    return f"{int(position):05d}"


def _version(film: Film, kind: str) -> str:
    return f"{kind}.{film.id}"


def _frame(key: str, codes: np.ndarray, half: float) -> bytes:
    return frames.pack("frame", {"key": key, "half": half, "outside": 0}, {"xy": codes})


def _index(film: Film, half: float, codes: np.ndarray, *, kind: str = "pca") -> dict[str, Any]:
    """The index of a run as `dcviz.viewer.index` describes it, with what a film has."""
    note = "The inputs themselves." if kind == "input" else film.note
    nothing = ("label", "sprites", "umap", "cluster", "confidence", "neighbors")
    return {
        "id": film.id,
        "name": film.name,
        "tag": TAG,
        "state": "finished",
        "complete": True,
        "growing": False,
        "n": len(film.values),
        "d": 2,
        "clusters": None,
        "class_names": [],
        "method": film.method,
        "dataset": film.dataset,
        "seed": film.seed,
        "phases": _phases(film),
        "switch": film.switch,
        "planned": float(film.positions[-1]),
        "colors": list(film.colors),
        "has": {"position": True, "input": film.inputs is not None} | dict.fromkeys(nothing, False),
        "umap_seconds": 0,
        "version": _version(film, kind),
        "projection": {
            "token": "input" if kind == "input" else "pca-0-1", "kind": kind, "axes": [0, 1], "half": half,
            "reference": _key(film.positions[0]), "variance": [1.0, 0.0], "kept": 1.0, "note": note,
        },
        "epochs": [_epoch(film, at, half, codes) for at in range(len(film.positions))],
    }  # fmt: skip


def _phases(film: Film) -> list[dict[str, Any]]:
    if film.switch is None:
        return []
    last = float(film.positions[-1])
    first = {"name": "pretraining", "start": 0.0, "end": film.switch}
    return [first, {"name": "clustering", "start": film.switch, "end": last}]


def _epoch(film: Film, at: int, half: float, codes: np.ndarray) -> dict[str, Any]:
    drawn = frames.dequantize(codes[min(at, len(codes) - 1)], center=np.zeros(2), half=half)
    return {
        "key": _key(film.positions[at]),
        "position": float(film.positions[at]),
        "phase": int(film.switch is not None and film.positions[at] > film.switch),
        "extent": [float(x) for x in (*drawn.min(axis=0), *drawn.max(axis=0))],
        "scores": {name: float(values[at]) for name, values in film.scores.items()},
    }
