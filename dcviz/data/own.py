"""The user's own files: arrays, tables and folders of pictures. Nothing is ever unpickled."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dcviz.data.array_files import array_names, read_npy, read_npz
from dcviz.data.catalog import DATASETS
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.folders import read_folder
from dcviz.data.medical import read_medical
from dcviz.data.options import Option, checked_value
from dcviz.data.tables import read_table

OWN_OPTIONS = (
    Option(
        "labels",
        str,
        "",
        help="column or array with the classes; empty: found by name, or sub-folders; none: without",
    ),
    Option("image_shape", str, "", help="C,H,W or C,Z,H,W when flat rows are pictures (.npz, .npy)"),
    Option("resize", int, 0, 0, 512, help="side in pixels to bring all pictures to (folder); 0: as they are"),
    Option("mode", str, "", choices=("", "L", "RGB"), help="gray or color for all pictures (folder)"),
)


def read(path: str | Path, **options: Any) -> Dataset:
    """Read a file or folder of the user's own.

    A .npz holds x and, if known, y; a .npy holds x alone; a .csv, .tsv or .parquet has one row a sample;
    a folder has pictures, one sub-folder a class. Ready feature vectors are (n, D) rows of any of these.

    Args:
        path: of the file or folder.
        options: those of OWN_OPTIONS that the format knows; empty values count as not given.

    Returns:
        The Dataset, named after the file.

    Raises:
        DataError: saying what cannot be used, where, and what to do.
    """
    path = Path(path).expanduser()
    path = path if path.name.strip(".") else path.resolve()  # "." and ".." are no names
    reader = _reader(path)
    given = {name: value for name, value in options.items() if value not in (None, "", 0)}
    known = [name for name in inspect.signature(reader).parameters if name != "path"]
    for name in given:
        if name not in known:
            raise DataError(f"{path.name}: there is no option {name!r} for it; options: {', '.join(known)}.")
    offered = {option.name: option for option in OWN_OPTIONS}
    return reader(path, **{name: checked_value(path.name, offered[name], given[name]) for name in given})


def _reader(path: Path) -> Callable[..., Dataset]:
    readers: dict[str, Callable[..., Dataset]] = {".npz": read_npz, ".npy": read_npy}
    readers |= dict.fromkeys((".csv", ".tsv", ".parquet"), read_table)
    if path.is_dir():
        return read_folder
    if not path.exists():
        raise DataError(f"{path} does not exist; check the path.")
    flag = path.stem.partition("_")[0]
    if path.suffix == ".npz" and flag in DATASETS and "train_images" in array_names(path):
        return lambda path: read_medical(path, flag)
    if path.suffix.lower() not in readers:
        raise DataError(
            f"{path.name}: files ending in {path.suffix or '(nothing)'!r} are not read; use one of "
            f"{', '.join(readers)} or a folder of pictures. Pickles (.pkl, .pt) can run code and are refused."
        )
    return readers[path.suffix.lower()]
