"""Arrays too large to be read whole: mapped from where they lie, in a .npy file or inside a .npz."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

import numpy as np

MAPPED_BYTES = 2**26
"""From here on arrays are mapped; below, reading is as quick and the file may go away."""


def mapping(size: int) -> Literal["r"] | None:
    """The mode np.load is to map a file of so many bytes in; None to read it."""
    return "r" if size > MAPPED_BYTES else None


def mapped_member(path: Path, archive: zipfile.ZipFile, name: str) -> np.ndarray | None:
    """Map one array of an uncompressed .npz, read-only.

    Args:
        path: of the .npz.
        archive: the same, opened.
        name: of the array.

    Returns:
        The array, or None where it is small or compressed and has to be read.

    Raises:
        ValueError: if it holds Python objects or reaches beyond the file.
    """
    entry = archive.getinfo(f"{name}.npy")
    if entry.compress_type != zipfile.ZIP_STORED or mapping(entry.file_size) is None:
        return None
    with open(path, "rb") as file:
        # The local header repeats the name and has an extra field of its own length.
        file.seek(entry.header_offset + 26)
        skipped = sum(int.from_bytes(file.read(2), "little") for _ in range(2))
        start = entry.header_offset + 30 + skipped
        file.seek(start)
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, fortran, dtype = read(file)
        if dtype.hasobject:
            raise ValueError(f"array {name} holds Python objects")
        if file.tell() + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize > start + entry.file_size:
            raise ValueError(f"array {name} is cut short")
        return np.memmap(path, dtype, "r", file.tell(), shape, "F" if fortran else "C")
