"""What is known about a data set before training, without downloading or importing torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.catalog import DATASETS
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.features import FEATURES, weights_file
from dcviz.data.loading import checked_options, load, prepared_file
from dcviz.data.unit_rows import AS_STORED
from dcviz.engine.errors import RequestError


@dataclass(frozen=True)
class Facts:
    """What is known about the data before training; the worker completes it for data not read yet.

    Attributes:
        n: number of points.
        input_dim: numbers a point, D.
        image_shape: (C, H, W) or (C, Z, H, W), None for vectors.
        clusters: suggested K, None if unknown.
        class_names: one name a class.
        read: whether the data were read for this; if not, the rest is the catalog's word.
        labels: (n,) classes if they were read and there are any; looked at for refusals only.
    """

    n: int
    input_dim: int
    image_shape: tuple[int, ...] | None
    clusters: int | None
    class_names: tuple[str, ...]
    read: bool = False
    labels: np.ndarray | None = field(default=None, repr=False, compare=False)


def located(dataset: str | Path) -> str:
    """The id of a data set, or the whole path of the user's own: a run is resumed from any folder."""
    return str(dataset) if str(dataset) in DATASETS else str(Path(dataset).expanduser().resolve())


def facts_of(dataset: str | Path, options: Mapping[str, Any]) -> tuple[Facts, dict[str, Any]]:
    """What is known about a data set, without downloading or importing torch.

    Returns:
        The facts, and the options complete and converted; rows as stored go without saying.
    """
    entry = DATASETS.get(str(dataset))
    if entry is None:
        return _own_facts(str(dataset), tuple(sorted(options.items()))), dict(options)
    try:
        values = checked_options(entry, options)
    except DataError as error:
        raise RequestError(str(error)) from None
    if values.get("rows") == AS_STORED:
        del values["rows"]  # as in runs from before there was a choice: two of the same data say the same
    if values.get("features") == "resnet50":
        return _facts_of_features(entry.id, values), values
    if entry.kind == "toy":
        return _facts_of_data(load(entry.id, **values)), values
    if (prepared := prepared_file(entry)) is not None:  # it may hold a part, so the catalog's n is no guide
        return _facts_of_file(entry.id, prepared, values), values
    shape, size = entry.image_shape, values.get("size")
    if shape is not None and size:
        shape = (shape[0], *(int(size) for _ in shape[1:]))
    dim = entry.input_dim if shape is None else prod(shape)
    n = min(entry.n, int(values.get("n", entry.n)))
    return Facts(n, dim, shape, entry.clusters, tuple(entry.class_names)), values


def _facts_of_features(id: str, values: Mapping[str, Any]) -> Facts:
    """Facts of the pictures, with features in their place; computing those is the worker's."""
    try:
        weights_file()
    except DataError as error:
        raise RequestError(str(error)) from None
    pictures, _ = facts_of(id, {**values, "features": "pixels"})
    return replace(pictures, input_dim=FEATURES, image_shape=None)


def _own_facts(path: str, options: tuple[tuple[str, Any], ...]) -> Facts:
    """Facts of the user's file or folder; a form that asks again and again has it read once a change."""
    file = Path(path).expanduser()
    if not file.exists():
        close = get_close_matches(path.lower(), DATASETS, n=3)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        raise RequestError(
            f"{path!r} is neither a data set nor a file; {hint}data sets: {', '.join(DATASETS)}"
        )
    return _facts_of_file(path, file, dict(options))


def _facts_of_file(name: str, file: Path, options: Mapping[str, Any]) -> Facts:
    # A folder's own time changes with the names in it, and a file's with its content.
    stats = [each.stat() for each in (file, *(file.rglob("*") if file.is_dir() else ()))]
    changed, size = max(stat.st_mtime_ns for stat in stats), sum(stat.st_size for stat in stats)
    return _cached_facts(name, tuple(sorted(options.items())), changed, size)


@lru_cache(maxsize=8)
def _cached_facts(path: str, options: tuple[tuple[str, Any], ...], changed: int, size: int) -> Facts:
    return _facts_of_data(load(path, **dict(options)))


def _facts_of_data(data: Dataset) -> Facts:
    names = tuple(data.class_names)
    return Facts(data.n, data.input_dim, data.image_shape, data.clusters, names, True, data.labels)
