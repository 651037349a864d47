"""The command that measures the geometry of any array: measure. It never imports torch."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.cli.output import print_json, print_table
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs.errors import RunError
from dcviz.runs.files import read_array


def measure(given: argparse.Namespace) -> int:
    """Measure ID, LID, curvature, core share, purity of the points in a .npy file as one set."""
    from dcviz.geometry.scores import measure as measured

    thresholds = Thresholds(given.M, given.lambda_ratio, given.tau_distance, given.reading)
    z = _latents(Path(given.latents))
    labels, names = (None, ()) if given.labels is None else _labels(Path(given.labels), len(z))
    z, labels, dropped = _valid(z, labels, drop=given.drop_invalid, name=given.latents)
    scores = measured(z, labels=labels, thresholds=thresholds, clusters=given.clusters, exact=given.exact)
    for row in scores.get("by_class", ()):
        row["group"] = names[row["group"]]
    if given.full:
        from dcviz.geometry.full import full_scores

        scores |= full_scores(z, clusters=given.clusters, labels=labels)
    if given.against is not None:
        scores |= _changes(z, Path(given.against), dropped)
    scores["dropped"] = dropped
    if dropped:
        sys.stderr.write(f"{dropped} rows with NaN or infinity dropped, {len(z)} rows are left\n")
    if scores["neighbors"] < given.M:
        sys.stderr.write(f"M was lowered from {given.M} to {scores['neighbors']}: n = {len(z)} has no more\n")
    if given.json:
        print_json(scores)
    else:
        rows = [
            (name, value, scores.get(f"{name}_reason", ""))
            for name, value in scores.items()
            if _shown(name, value)
        ]
        print_table(("score", "value", ""), rows)
        _print_lists(scores)
    return 0


def _changes(z: np.ndarray, path: Path, dropped: int) -> dict[str, Any]:
    """What changed since the latents in another file, row i the same point."""
    from dcviz.geometry.reference import reference
    from dcviz.geometry.twist_scores import twist_scores

    before = _latents(path)
    if dropped or before.shape != z.shape:
        raise RunError(
            f"{path.name} has shape {before.shape}, the latents {z.shape} after dropping {dropped} rows: "
            "row i of both must be the same point"
        )
    return twist_scores(reference(_valid(before, None, drop=False, name=str(path))[0]), z)


def _print_lists(scores: dict[str, Any]) -> None:
    """Curves over scale, and the dimensions of each class and cluster, as tables of their own."""
    for name, value in scores.items():
        if isinstance(value, list) and value:
            columns = list(dict.fromkeys(key for row in value for key in row))
            sys.stdout.write(f"\n{name}\n")
            print_table(tuple(columns), [tuple(row.get(key) for key in columns) for row in value])
    if scores.get("seconds"):
        sys.stdout.write("\nseconds\n")
        print_table(("part", "seconds"), [(name, round(s, 3)) for name, s in scores["seconds"].items()])


def _latents(path: Path) -> np.ndarray:
    if not path.exists():
        raise RunError(f"there is no file {path}")
    if path.suffix != ".npy":
        raise RunError(
            f"{path.name}: latents are read from a .npy file of shape (n, d); save them with numpy.save"
        )
    z = read_array(path)
    if z.ndim != 2 or 0 in z.shape or z.dtype.kind not in "fiub":
        raise RunError(f"{path.name} must hold numbers of shape (n, d), got {z.dtype} of shape {z.shape}")
    return z.astype(np.float64 if z.dtype.itemsize > 4 and z.dtype.kind == "f" else np.float32)


def _labels(path: Path, n: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels as an import reads them, numbered from 0, and the names of the classes."""
    from dcviz.data.arrays import encode_labels
    from dcviz.exchange.labels import read_labels

    if not path.exists():
        raise RunError(f"there is no file {path}")
    return encode_labels(path.name, read_labels(path), n)


def _valid(z: np.ndarray, labels: Any, *, drop: bool, name: str) -> tuple[np.ndarray, Any, int]:
    with np.errstate(over="ignore"):  # what cannot be squared has no distance either
        good = np.isfinite(z.astype(np.float64) ** 2).all(axis=1)
    if good.all():
        return z, labels, 0
    row, count = int(np.argmin(good)), int((~good).sum())
    if not drop:
        raise RunError(
            f"{name}: row {row} holds NaN or infinity (of {count} such rows); --drop-invalid goes on"
        )
    if count == len(z):
        raise RunError(f"{name}: all {count} rows hold NaN or infinity, nothing is left to measure")
    return z[good], None if labels is None else labels[good], count


def _shown(name: str, value: Any) -> bool:
    return not name.endswith("_reason") and not isinstance(value, (list, dict))
