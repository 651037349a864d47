"""Settings that a paper prints for one data set, and whether they fit the data chosen. Imports no torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dcviz.data.catalog import DATASETS
from dcviz.engine.errors import RequestError
from models.catalog import MethodEntry

Named = dict[str, dict[str, Any]]


def published_for(entry: MethodEntry, dataset: str, options: Mapping[str, Any]) -> Named:
    """Name -> settings published for these data; empty where there are none.

    Data of the user's own are known by the name of their file, because some papers' sets cannot be had freely
    (`Reuters-10K.npz`). Settings for ResNet-50 features do not fit the pixels of the same pictures.

    Args:
        entry: of the method.
        dataset: id of DATASETS, or a path.
        options: of the data; `features` counts.
    """
    pixels = dataset in DATASETS and options.get("features", "pixels") == "pixels"
    name = known_name(dataset)
    if pixels and name in entry.of_features:
        return {}
    return {source: dict(rows[name]) for source, rows in entry.data_presets.items() if name in rows}


def known_name(dataset: str) -> str:
    """The id of a data set, or of a file the letters and digits of its name: reuters10k."""
    if dataset in DATASETS:
        return dataset
    return "".join(letter for letter in Path(dataset).stem.lower() if letter.isalnum())


def published_settings(
    entry: MethodEntry, source: str | None, dataset: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings of one source, nothing for None.

    Raises:
        RequestError: for a source that prints nothing for these data, naming those that do.
    """
    if source is None:
        return {}
    found = published_for(entry, dataset, options)
    if source not in found:
        fits = f"these do: {', '.join(found)}" if found else "none does; leave --published out"
        raise RequestError(
            f"{entry.title} has no settings published as {source!r} for {Path(dataset).name}; {fits}"
        )
    return found[source]
