"""Latents of several epochs in one archive or one folder."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from dcviz.data.arrays import encode_labels
from dcviz.data.dataset import DataError
from dcviz.data.guard import DEFAULT, Limits, inside
from dcviz.data.guarded_arrays import npz_names, read_npy, read_npz
from dcviz.exchange.incoming import Incoming
from dcviz.exchange.labels import read_labels

Z_NAMES = ("z", "latents", "embeddings", "embedding", "x", "features")
Y_NAMES = ("y", "labels", "label", "targets", "target")
CLUSTER_NAMES = ("clusters", "cluster", "assignments", "predictions")
LABEL_FILES = tuple(f"{name}{suffix}" for name in ("labels", "y") for suffix in (".npy", ".csv", ".txt"))
BESIDE = ("inputs", "position")
NUMBERED = re.compile(r"(?:.*\D)?(\d+)")


def npz_latents(path: Path, labels: str | None, limits: Limits = DEFAULT) -> Incoming:
    """Read z (and labels, clusters, epochs where there are any) of a .npz file.

    Args:
        path: of the file.
        labels: array with the true classes; "none" without; found by name if None.
        limits: on the file.

    Raises:
        DataError: for arrays that are missing or contradict each other.
    """
    names = npz_names(path, limits)
    z_name = _first(Z_NAMES, names) or (names[0] if len(names) == 1 else None)
    if z_name is None:
        raise DataError(
            f"{path.name}: no array z among its arrays ({', '.join(names[:20]) or 'none'}); save with "
            "np.savez(file, z=..., labels=...)"
        )
    y_name = None if labels == "none" else labels or _first(Y_NAMES, names)
    if y_name is not None and y_name not in names:
        raise DataError(f"{path.name}: no array {y_name!r} for the labels; it has {', '.join(names[:20])}")
    cluster_name = _first(CLUSTER_NAMES, names)
    wanted = tuple(name for name in (z_name, y_name, cluster_name, "epochs", *BESIDE) if name)
    arrays = read_npz(path, wanted, limits)
    found = stacked_latents(
        path.stem,
        arrays[z_name],
        epochs=arrays.get("epochs"),
        clusters=None if cluster_name is None else arrays[cluster_name],
        note=f"read from {path.name}",
    )
    found = replace(found, beside={name: arrays[name] for name in BESIDE if name in arrays})
    if y_name is None:
        return found
    n = len(found.latents(found.epochs[0]))
    codes, class_names = encode_labels(path.name, arrays[y_name], n)
    return replace(found, labels=codes, class_names=class_names)


def stacked_latents(
    name: str,
    z: np.ndarray,
    *,
    epochs: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    note: str = "",
) -> Incoming:
    """Take one array as one epoch (n, d) or as several (epochs, n, d).

    Args:
        name: for messages.
        z: the latents.
        epochs: (epochs,) whole numbers; 0, 1, ... by default.
        clusters: (n,) for all epochs, or (epochs, n).
        note: where it came from.

    Raises:
        DataError: for other shapes.
    """
    if z.ndim not in (2, 3):
        raise DataError(
            f"{name}: latents have shape {z.shape}; (n, d) is one epoch, (epochs, n, d) are several"
        )
    stack = z[None] if z.ndim == 2 else z
    numbers = np.arange(len(stack)) if epochs is None else np.atleast_1d(epochs)
    if numbers.shape != (len(stack),) or numbers.dtype.kind not in "iu":
        raise DataError(
            f"{name}: epochs must be {len(stack)} whole numbers, one for each array of latents, got "
            f"{numbers.dtype} of shape {numbers.shape}"
        )
    if clusters is not None and clusters.ndim == 1:
        clusters = np.broadcast_to(clusters, (len(stack), len(clusters)))
    if clusters is not None and clusters.shape != stack.shape[:2]:
        raise DataError(f"{name}: clusters have shape {clusters.shape}, needed {stack.shape[:2]}")
    place = {int(number): i for i, number in enumerate(numbers)}
    if len(place) < len(stack):
        raise DataError(f"{name}: an epoch is there twice in {numbers.tolist()[:20]}")
    return Incoming(
        name,
        tuple(sorted(place)),
        lambda epoch: stack[place[epoch]],
        lambda epoch: None if clusters is None else clusters[place[epoch]],
        note=note,
    )


def folder_latents(
    path: Path, labels: str | None, limits: Limits = DEFAULT, *, apart: Path | None = None
) -> Incoming:
    """Read a folder with one .npy an epoch; the last number of its name is the epoch.

    labels.npy, .csv or .txt beside them are the true classes, clusters/<same name> the predicted ones;
    inputs.npy (n, 2) and position.npy (n,) serve the pages that compare with the inputs. Where no name has a
    number, one .npy may hold all: (n, d) or (epochs, n, d).

    Args:
        path: of the folder.
        labels: "none" leaves the labels out.
        limits: on each file.
        apart: a file that holds no latents.

    Raises:
        DataError: for no or contradicting epochs, and for links.
    """
    files = sorted(path.iterdir())
    if len(files) > limits.members:
        raise DataError(f"{path.name} holds {len(files)} files; at most {limits.members} are read")
    other = None if apart is None else apart.resolve()
    arrays = [file for file in files if file.suffix.lower() == ".npy" and file.resolve() != other]
    found = _numbered(path, arrays)
    if not found:
        return _one_array(path, arrays, labels, limits)
    codes, names = _labels_of_folder(path, labels, limits)
    for name in found.values():
        inside(path, name)
    return Incoming(
        path.name or "latents",
        tuple(sorted(found)),
        lambda epoch: read_npy(inside(path, found[epoch]), limits),
        lambda epoch: _clusters_of_folder(path, found[epoch], limits),
        codes,
        names,
        f"{len(found)} epochs of the folder {path.name}",
        _beside(path, limits),
    )


def _numbered(path: Path, arrays: list[Path]) -> dict[int, str]:
    """Name of the file of each epoch."""
    found: dict[int, str] = {}
    for file in arrays:
        number = NUMBERED.fullmatch(file.stem)
        if number is None:
            continue
        epoch = int(number[1][:12])
        if epoch in found:
            raise DataError(f"{path.name}: {found[epoch]} and {file.name} are both epoch {epoch}")
        found[epoch] = file.name
    return found


def _one_array(path: Path, arrays: list[Path], labels: str | None, limits: Limits) -> Incoming:
    """The one .npy of a folder that is neither labels nor inputs, with what lies beside it."""
    known = (*LABEL_FILES, *(f"{name}.npy" for name in BESIDE))
    alone = [file.name for file in arrays if file.name not in known]
    if len(alone) != 1:
        raise DataError(
            f"{path.name}: no latents in this folder; it needs one .npy an epoch (00001.npy, 00002.npy, "
            f"...) or a single .npy beside its labels; got {', '.join(alone[:5]) or 'none'}"
        )
    z = read_npy(inside(path, alone[0]), limits)
    codes, names = _labels_of_folder(path, labels, limits)
    found = stacked_latents(Path(alone[0]).stem, z, note=f"read from {alone[0]}")
    return replace(found, labels=codes, class_names=names, beside=_beside(path, limits))


def _beside(path: Path, limits: Limits) -> dict[str, np.ndarray]:
    there = [name for name in BESIDE if (path / f"{name}.npy").exists()]
    return {name: read_npy(inside(path, f"{name}.npy"), limits) for name in there}


def _labels_of_folder(
    path: Path, labels: str | None, limits: Limits
) -> tuple[np.ndarray | None, tuple[str, ...]]:
    name = None if labels == "none" else _first(LABEL_FILES, [file.name for file in path.iterdir()])
    if name is None:
        return None, ()
    values = read_labels(inside(path, name), limits)
    return encode_labels(name, values, len(values))


def _clusters_of_folder(path: Path, name: str, limits: Limits) -> np.ndarray | None:
    file = inside(path, f"clusters/{name}")
    return read_npy(file, limits) if file.exists() else None


def _first(names: tuple[str, ...], among: "tuple[str, ...] | list[str]") -> str | None:
    return next((name for name in names if name in among), None)
