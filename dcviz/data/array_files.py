"""Arrays in .npz and .npy files, never unpickled; a .npz checks its own parts when they are read."""

from __future__ import annotations

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.arrays import dataset_of_arrays
from dcviz.data.dataset import DataError, Dataset

_X_NAMES = ("x", "X", "data", "features")
_Y_NAMES = ("y", "Y", "label", "labels", "target", "targets")
# what numpy's reader was seen to raise on damaged files
_DAMAGE = (
    OSError, ValueError, EOFError, KeyError, TypeError, SyntaxError, MemoryError, OverflowError,
    NotImplementedError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def read_npz(path: Path, *, labels: str | None = None, image_shape: str | None = None) -> Dataset:
    """Read arrays x and y of a .npz file.

    Args:
        path: of the file.
        labels: name of the array with the labels; "none" to leave them out; found by name if None.
        image_shape: C,H,W or C,Z,H,W as text, like "1,28,28".

    Returns:
        The Dataset.

    Raises:
        DataError: if arrays are missing, contradict each other, or are Python objects.
    """
    names = array_names(path)
    x_name = _first(_X_NAMES, names) or (names[0] if len(names) == 1 else None)
    if x_name is None:
        has = ", ".join(names) or "none"
        raise DataError(
            f"{path.name}: no array x among its arrays ({has}); save with np.savez(file, x=..., y=...)."
        )
    y_name = _first(_Y_NAMES, names) if labels is None else labels
    y_name = None if y_name == "none" else y_name
    if y_name is not None and y_name not in names:
        raise DataError(
            f"{path.name}: no array {y_name!r} for the labels; it has {', '.join(names)}. Choose one "
            f"of them, or labels=none."
        )
    wanted = [name for name in (x_name, y_name, "class_names") if name in names]
    arrays = read_arrays(path, wanted)
    return dataset_of_arrays(
        path.stem,
        arrays[x_name],
        arrays[y_name] if y_name else None,
        image_shape=_shape(path.name, image_shape),
        class_names=[str(name) for name in arrays.get("class_names", ())],
        note=f"read from {path.name}",
    )


def read_npy(path: Path, *, labels: str | None = None, image_shape: str | None = None) -> Dataset:
    """Read samples of a .npy file; ``labels`` names a second .npy file with one label a row.

    Args:
        path: of the file.
        labels: path of the labels, as it stands or beside the samples; "none" or None without.
        image_shape: C,H,W or C,Z,H,W as text, like "1,28,28".

    Returns:
        The Dataset.

    Raises:
        DataError: as `read_npz`.
    """
    y = None
    if labels not in (None, "none"):
        places = (Path(labels).expanduser(), path.parent / labels)
        found = next((place for place in places if place.is_file()), None)
        if found is None or found.suffix != ".npy":
            raise DataError(
                f"{path.name}: labels={labels!r} must name an existing .npy file with one label a row."
            )
        y = _npy_array(found)
    shape = _shape(path.name, image_shape)
    return dataset_of_arrays(path.stem, _npy_array(path), y, image_shape=shape, note=f"read from {path.name}")


def array_names(path: Path) -> tuple[str, ...]:
    """List the arrays of a .npz file without reading them. Raises as `read_arrays`."""
    with _opened(path) as file:
        return tuple(file.files)


def read_arrays(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Read some arrays of a .npz file; its zip checksums tell damage.

    Args:
        path: of the file.
        names: of the arrays wanted.

    Returns:
        The arrays by name.

    Raises:
        DataError: if the file is damaged, not a .npz, lacks an array, or holds Python objects.
    """
    with _opened(path) as file:
        return {name: file[name] for name in names}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        file = np.load(path, allow_pickle=False)
        if isinstance(file, np.ndarray):
            raise ValueError("it is a single array; name it .npy")
        with file:
            yield file
    except _DAMAGE as error:
        raise _unreadable(path, error) from error


def _npy_array(path: Path) -> np.ndarray:
    try:
        _hold_header_to_size(path)
        array = np.load(path, allow_pickle=False)
        if not isinstance(array, np.ndarray):
            raise ValueError("it is a .npz archive under another name")
    except _DAMAGE as error:
        raise _unreadable(path, error) from error
    return array


def _hold_header_to_size(path: Path) -> None:
    """Refuse a header that claims more than the file has, before numpy takes memory for it."""
    with path.open("rb") as file:
        if file.read(6) != b"\x93NUMPY":
            return
        file.seek(0)
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            return  # numpy says what it thinks of others
        old = version == (1, 0)
        read = np.lib.format.read_array_header_1_0 if old else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
        claimed, there = math.prod(shape) * dtype.itemsize, path.stat().st_size - file.tell()
    if not dtype.hasobject and (claimed > there or min(shape, default=0) < 0):
        raise ValueError(f"its header claims {claimed} bytes of numbers, {there} are there")


def _has_magic(path: Path) -> bool:
    """Whether it begins as .npy or a zip archive does; numpy takes anything else for a pickle."""
    try:
        with path.open("rb") as file:
            return file.read(6).startswith((b"\x93NUMPY", b"PK"))
    except OSError:
        return True  # then the error itself says more


def _unreadable(path: Path, error: Exception) -> DataError:
    if path.is_file() and path.stat().st_size == 0:
        return DataError(f"{path.name} is empty (0 bytes); save or copy it again.")
    if not _has_magic(path):
        return DataError(f"{path.name} is no {path.suffix} file inside; save it with numpy or copy it again.")
    if "pickle" in str(error) or "Object arrays" in str(error):
        return DataError(
            f"{path.name} holds Python objects, which could run code when read and are refused; "
            f"save plain numbers: np.savez(file, x=np.stack(list_of_arrays).astype('float32'))."
        )
    return DataError(f"{path.name} cannot be read as a {path.suffix} file ({error}); save or copy it again.")


def _shape(name: str, given: str | None) -> tuple[int, ...] | None:
    if given is None:
        return None
    try:
        shape = tuple(int(part) for part in given.strip("()[] ").split(","))
    except ValueError:
        shape = ()
    if len(shape) not in (3, 4) or min(shape) < 1 or shape[0] not in (1, 3):
        raise DataError(
            f"{name}: image_shape must be C,H,W or C,Z,H,W with C 1 or 3, like 1,28,28; got {given!r}."
        )
    return shape


def _first(names: Iterable[str], among: Sequence[str]) -> str | None:
    return next((name for name in names if name in among), None)
