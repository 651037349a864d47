"""load(): the one door to every data set, by id or by path."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.array_files import array_names, read_npz
from dcviz.data.catalog import DATASETS, DatasetEntry
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.download import Progress
from dcviz.data.options import checked_value
from dcviz.data.own import read
from dcviz.data.paths import search_roots, shown
from dcviz.data.unit_rows import AS_STORED, UNIT_LENGTH, unit_rows


def load(
    name_or_path: str | Path,
    *,
    cache: str | Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Dataset:
    """Read a data set of the catalog, or a file or folder of the user's own.

    An id is looked for as ``DCVIZ_DATA/<id>/*.npz`` (arrays x and y) first, then in its publisher's
    files, and is downloaded last. Splits are merged. Anything else is taken for a path.

    Args:
        name_or_path: an id of DATASETS; or a .npz, .npy, .csv or .parquet file; or a folder of pictures.
        cache: folder for unpacked files and downloads when ``DCVIZ_DATA`` is read-only.
        progress: called as progress(what, done, total) in bytes while downloading; a line on stderr
            otherwise.
        options: those of the entry (n, noise, seed, size, features, rows), or of `dcviz.data.own.read`
            for a path.

    Returns:
        The Dataset.

    Raises:
        DataError: for an unknown name or option, unusable data, or a file that can neither be found nor
            downloaded; says which file is missing and where to put it.
    """
    entry = DATASETS.get(str(name_or_path))
    if entry is None:
        return _load_own(name_or_path, options)
    values = checked_options(entry, options)
    rows = values.pop("rows", AS_STORED)
    data = _load_entry(entry, values, cache=Path(cache).expanduser() if cache else None, progress=progress)
    return unit_rows(data) if rows == UNIT_LENGTH else data


def _load_entry(
    entry: DatasetEntry, values: dict[str, Any], *, cache: Path | None, progress: Progress | None
) -> Dataset:
    """Read a data set of the catalog with options that were checked, rows as stored."""
    if values.pop("features", "pixels") == "resnet50":
        from dcviz.data.features import resnet_features, weights_file

        weights = weights_file(cache)  # before anything is downloaded
        pictures = _load_entry(entry, values, cache=cache, progress=progress)
        return resnet_features(pictures, weights=weights)
    if (prepared := prepared_file(entry, cache)) is not None:
        return _read_prepared(entry, prepared, values)
    loader = _function(entry.loader)
    accepted = inspect.signature(loader).parameters
    where = {"id": entry.id, "cache": cache, "progress": progress}
    return loader(**values, **{key: value for key, value in where.items() if key in accepted})


def checked_options(entry: DatasetEntry, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in defaults and refuse what the entry does not offer.

    Args:
        entry: the data set asked for.
        given: options by name; strings are read as numbers, as they come from a command line.

    Returns:
        A value for every option of the entry.

    Raises:
        DataError: naming the option, the value and what is allowed.
    """
    offered = {option.name: option for option in entry.options}
    for name in given:
        if name not in offered:
            known = ", ".join(offered) or "none"
            raise DataError(f"{entry.id} has no option {name!r}; its options: {known}.")
    return {
        name: checked_value(entry.id, option, given.get(name, option.default))
        for name, option in offered.items()
    }


def prepared_file(entry: DatasetEntry, cache: Path | None = None) -> Path | None:
    """Find ``<data folder>/<id>/*.npz`` with x and y; MedMNIST's own files there are not such a file.

    Raises:
        DataError: if there are several.
    """
    for root in search_roots(cache):
        found = [
            path
            for path in sorted((root / entry.id).glob("*.npz"))
            if "train_images" not in array_names(path)
        ]
        if len(found) > 1:
            raise DataError(
                f"{entry.id}: {found[0].parent} has {len(found)} files with x and y "
                f"({', '.join(path.name for path in found)}); keep the one to be used."
            )
        if found:
            return found[0]
    return None


def _read_prepared(entry: DatasetEntry, path: Path, values: Mapping[str, Any]) -> Dataset:
    """Read the prepared file in the entry's name; options would have no effect, so they are refused."""
    for option in entry.options:
        if values.get(option.name, option.default) != option.default:
            raise DataError(
                f"{entry.id}: {option.name}={values[option.name]!r} does not fit the prepared file "
                f"{shown(path)}; leave {option.name} out, or move the file away."
            )
    data = read_npz(path)
    if data.image_shape is None and entry.image_shape and data.input_dim == entry.input_dim:
        scale = 1 / 255 if data.x.dtype == np.uint8 else 1.0
        data = replace(data, image_shape=entry.image_shape, scale=scale)
    numbered = data.class_names == tuple(str(k) for k in range(len(entry.class_names)))
    note = f"{entry.title}, license: {entry.license}. {entry.caution}".strip()
    if data.n != entry.n:
        note += f" {data.n:,} samples as found in {path.name}; the full set has {entry.n:,}."
    names = entry.class_names if numbered and entry.class_names else data.class_names
    return replace(data, name=entry.id, note=note, class_names=names)


def _load_own(name_or_path: str | Path, options: Mapping[str, Any]) -> Dataset:
    path = Path(name_or_path).expanduser()
    if not path.exists():
        close = get_close_matches(str(name_or_path).lower(), DATASETS, n=3)
        hint = f"Did you mean {' or '.join(close)}? " if close else ""
        raise DataError(
            f"{str(name_or_path)!r} is neither a data set id nor an existing path. {hint}"
            f"Ids: {', '.join(DATASETS)}. Own data: a .npz, .npy, .csv or .parquet file or a picture folder."
        )
    return read(path, **options)


def _function(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
