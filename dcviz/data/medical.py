"""MedMNIST: its .npz files are read directly; the medmnist package gives addresses and checksums."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dcviz.data.array_files import read_arrays
from dcviz.data.arrays import encode_labels, flat_rows
from dcviz.data.catalog import DATASETS
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.download import Progress, fetch
from dcviz.data.paths import search_roots, shown, writable_root

_SPLITS = ("train", "val", "test")


def medical(
    *, id: str, size: int = 28, cache: Path | None = None, progress: Progress | None = None
) -> Dataset:
    """Read a MedMNIST set, training, validation and test parts merged in this order.

    Args:
        id: its flag, for example "pneumoniamnist".
        size: pixels along a side: 28, 64, 128 or 224; volumes 28 or 64.
        cache: folder for downloads when the data folder is read-only.
        progress: called as progress(file name, bytes done, bytes in all or None).

    Returns:
        The Dataset, uint8; without labels where a point may belong to several classes.

    Raises:
        DataError: if the file is missing and cannot be downloaded, or is damaged.

    Source: Yang et al., MedMNIST v2, Scientific Data 2023.
    """
    name = f"{id}.npz" if size == 28 else f"{id}_{size}.npz"
    places = [root / folder / name for root in search_roots(cache) for folder in (id, "medmnist")]
    path = next((place for place in places if place.is_file()), None)
    if path is None:
        path = writable_root(cache) / "medmnist" / name
        url, md5 = _published(id, size, path)
        fetch([url], path, id=id, md5=md5, progress=progress)
    return read_medical(path, id)


def read_medical(path: Path, id: str) -> Dataset:
    """Merge the three parts of a MedMNIST file; each part is let go before the next is read.

    Args:
        path: of the file.
        id: the flag of the set it holds.

    Returns:
        The Dataset.

    Raises:
        DataError: if the file is damaged or not a MedMNIST file.
    """
    entry = DATASETS[id]
    keys = [f"{split}_labels" for split in _SPLITS]
    part = read_arrays(path, keys)
    y = np.concatenate([part[key] for key in keys])
    several = y.ndim == 2 and y.shape[1] > 1  # chest findings: a row of flags, no single class
    labels, names = (None, ()) if several else encode_labels(id, y, len(y), entry.class_names)
    x, shape, done = np.empty((0, 0), np.uint8), None, 0
    for split in _SPLITS:
        key = f"{split}_images"
        rows, shape = flat_rows(id, read_arrays(path, [key])[key])
        if len(rows) != len(part[f"{split}_labels"]):
            raise DataError(
                f"{shown(path)} has {len(rows)} {split} pictures but not as many labels; replace it."
            )
        if done == 0:
            x = np.empty((len(y), rows.shape[1]), rows.dtype)
        x[done : done + len(rows)] = rows
        done += len(rows)
    return Dataset(
        id, x, 1 / 255, labels, shape, names, len(names) or None,
        note=f"MedMNIST v2 (Yang et al. 2023), {entry.title}, {entry.license}. {entry.caution}".strip(),
    )  # fmt: skip


def _published(id: str, size: int, path: Path) -> tuple[str, str]:
    """Ask the medmnist package for address and md5."""
    try:
        from medmnist.info import INFO  # imports torch
    except ImportError:
        raise DataError(
            f"{id}: {path.name} is missing and the medmnist package, which knows its address, is not "
            f"installed; `pip install medmnist`, or put the file at {shown(path)}."
        ) from None
    end = "" if size == 28 else f"_{size}"
    return INFO[id][f"url{end}"], INFO[id][f"MD5{end}"]
