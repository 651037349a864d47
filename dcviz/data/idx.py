"""The idx files of MNIST and Fashion-MNIST, plain or gzipped, read in place and without torch."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from pathlib import Path

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.data.paths import shown


def read_idx(path: Path, *, md5: str) -> np.ndarray:
    """Read one idx file of bytes.

    The checksum is that of the unpacked content, so a file compressed again is still the same file.
    Layout: two zero bytes, type (8 = uint8), number of axes, each length as a big-endian uint32, values.

    Args:
        path: of the file; ending in .gz if gzipped.
        md5: of the unpacked content.

    Returns:
        uint8 array, (n,) for labels and (n, H, W) for pictures.

    Raises:
        DataError: if the content is not the official one.
    """
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{shown(path)} cannot be read ({error}); remove it and download it again."
        ) from error
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise DataError(
            f"{shown(path)} has content of md5 {found}, the official file {md5}; remove it and download it "
            "again."
        )
    axes = content[3]
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
