"""Arrays in .npy and .npz files; headers may lie, so shapes are held against bytes before memory is taken."""

import zipfile
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.data.guard import DEFAULT, Limits, plain_archive, plain_file, reading

LONGEST_HEADER = 10_000


def read_npy(path: Path, limits: Limits = DEFAULT) -> np.ndarray:
    """Read one array of plain numbers or text.

    Raises:
        DataError: for a damaged, truncated or oversized file, and for Python objects, which are
            never unpickled.
    """
    size = plain_file(path, limits).stat().st_size
    with reading(path, ".npy file"), path.open("rb") as file:
        _check_header(path.name, file, size)
        return np.lib.format.read_array(file, allow_pickle=False, max_header_size=LONGEST_HEADER)


def npz_names(path: Path, limits: Limits = DEFAULT) -> tuple[str, ...]:
    """List the arrays of a .npz file without reading them. Raises as `read_npz`."""
    infos = plain_archive(path, limits)
    return tuple(info.filename.removesuffix(".npy") for info in infos if info.filename.endswith(".npy"))


def read_npz(path: Path, names: tuple[str, ...], limits: Limits = DEFAULT) -> dict[str, np.ndarray]:
    """Read some arrays of a .npz file.

    Args:
        path: of the file.
        names: of the arrays wanted; those that are not there are left out.
        limits: on the file and on what it unpacks to.

    Raises:
        DataError: as `read_npy`, and for archives that `plain_archive` refuses.
    """
    wanted = {info.filename: info for info in plain_archive(path, limits)}
    found = {}
    with reading(path, ".npz file"), zipfile.ZipFile(path) as archive:
        for name in names:
            info = wanted.get(f"{name}.npy")
            if info is None:
                continue
            with archive.open(info) as file:
                _check_header(f"{path.name}, array {name}", file, info.file_size)
            with archive.open(info) as file:
                found[name] = np.lib.format.read_array(
                    file, allow_pickle=False, max_header_size=LONGEST_HEADER
                )
    return found


def _check_header(name: str, file: IO[bytes], size: int) -> None:
    """Refuse a header whose shape does not account for the bytes that follow; leaves plain files rewound."""
    version = np.lib.format.read_magic(file)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise DataError(f"{name}: version {version} of the .npy format is not read; save it again")
    shape, _, dtype = readers[version](file, max_header_size=LONGEST_HEADER)
    if dtype.hasobject:
        raise DataError(
            f"{name} holds Python objects, which could run code when read and are refused; save plain "
            "numbers: np.save(file, np.asarray(rows, dtype='float32')), or names of classes as dtype=str"
        )
    if any(side < 0 for side in shape):
        raise DataError(f"{name}: its header claims the shape {shape}; it is damaged, save it again")
    claimed, there = prod(shape) * dtype.itemsize, size - file.tell()
    if claimed != there:
        raise DataError(
            f"{name} is truncated or damaged: shape {shape} of {dtype} needs {claimed} bytes, "
            f"{there} are there; save or copy it again"
        )
    if not isinstance(file, zipfile.ZipExtFile):
        file.seek(0)
