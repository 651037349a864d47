"""Arrays in .npz and .npy files, never unpickled; a .npz checks its own parts when they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from dcviz.data import guarded_arrays
from dcviz.data.arrays import dataset_of_arrays
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.guard import TRUSTED, Limits, own_limits, plain_file

_X_NAMES = ("x", "X", "data", "features")
_Y_NAMES = ("y", "Y", "label", "labels", "target", "targets")


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
    limits = own_limits()
    names = array_names(path, limits)
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
    arrays = read_arrays(path, wanted, limits)
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


def array_names(path: Path, limits: Limits = TRUSTED) -> tuple[str, ...]:
    """List the arrays of a .npz file without reading them. Raises as `read_arrays`."""
    _check_magic(path, limits)
    return guarded_arrays.npz_names(path, limits)


def read_arrays(path: Path, names: Sequence[str], limits: Limits = TRUSTED) -> dict[str, np.ndarray]:
    """Read some arrays of a .npz file; its zip checksums tell damage.

    Args:
        path: of the file.
        names: of the arrays wanted.
        limits: on the file and on what it unpacks to.

    Returns:
        The arrays by name.

    Raises:
        DataError: if the file is damaged or too large, not a .npz, lacks an array, or holds Python objects.
    """
    _check_magic(path, limits)
    found = guarded_arrays.read_npz(path, tuple(names), limits)
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(f"{path.name} lacks the array {missing[0]!r}; save it again.")
    return found


def _npy_array(path: Path) -> np.ndarray:
    limits = own_limits()
    _check_magic(path, limits)
    return guarded_arrays.read_npy(path, limits)


def _check_magic(path: Path, limits: Limits) -> None:
    """Refuse what begins neither as .npy nor as a zip archive: numpy takes anything else for a pickle."""
    plain_file(path, limits)
    try:
        with path.open("rb") as file:
            first = file.read(6)
    except OSError as error:
        raise DataError(f"{path.name} cannot be read ({error}); check the path.") from None
    wanted = b"PK" if path.suffix.lower() == ".npz" else b"\x93NUMPY"
    if not first.startswith(wanted):
        raise DataError(f"{path.name} is no {path.suffix} file inside; save it with numpy or copy it again.")


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
