"""Folders of pictures of the user's own: one sub-folder a class, or pictures alone without labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dcviz.data.arrays import dataset_of_arrays
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.guard import own_limits, readable

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif")


def read_folder(
    path: Path, *, labels: str | None = None, resize: int | None = None, mode: str | None = None
) -> Dataset:
    """Read a folder of pictures of one size.

    Args:
        path: of the folder.
        labels: "none" to leave the sub-folders out as classes; there is nothing else to name.
        resize: side in pixels to which every picture is brought; the proportions are not kept.
        mode: "L" (gray) or "RGB" to which every picture is turned.

    Returns:
        The Dataset, uint8, classes in the order of the sub-folders' names.

    Raises:
        DataError: for mixed sizes or color modes, an empty sub-folder, pictures beside sub-folders, or
            a picture that cannot be read; names the file. For labels other than "none".
    """
    if labels not in (None, "none"):
        raise DataError(
            f"{path.name}: the classes of a folder are its sub-folders, got labels={labels!r}; leave that "
            "out, or train without labels (labels=none)."
        )
    files, classes = _files(path)
    first = _pixels(path, files[0], resize, mode)
    _check_size(path, len(files), first, resize)
    x = np.empty((len(files), *first.shape), np.uint8)
    for i, file in enumerate(files):
        pixels = _pixels(path, file, resize, mode)
        if pixels.shape != first.shape:
            raise DataError(
                f"{path.name}: {_told(path, files[0], first)} but {_told(path, file, pixels)}; bring all "
                f"pictures to one size and mode, or let it be done with resize={min(first.shape[:2])} "
                f"and mode=L or mode=RGB."
            )
        x[i] = pixels
    names = [] if labels else sorted(set(classes))
    y = np.array([names.index(name) for name in classes]) if names else None
    return dataset_of_arrays(path.name, x, y, class_names=names, note=f"{len(files)} pictures of {path.name}")


def _check_size(path: Path, count: int, first: np.ndarray, resize: int | None) -> None:
    """Hold what all pictures take against the limit, before memory is taken."""
    limits = own_limits()
    if count > limits.members or count * first.nbytes > limits.file_bytes:
        height, width = first.shape[:2]
        lower = f"resize={min(resize or height, height, width) // 2 or 1}"
        raise DataError(
            f"{path.name}: {count:,} pictures of {width}x{height} take {readable(count * first.nbytes)}, at "
            f"most {limits.members:,} pictures and {readable(limits.file_bytes)} are read; make them smaller "
            f"({lower}), or {limits.way_out}."
        )


def _files(path: Path) -> tuple[list[Path], list[str]]:
    """List the pictures in a fixed order, with the class of each."""
    loose = _pictures(path)
    folders = sorted(child for child in path.iterdir() if child.is_dir() and not child.name.startswith("."))
    linked = next((folder for folder in folders if folder.is_symlink()), None)
    if linked is not None:
        raise DataError(f"{path.name}: {linked.name} is a link; copy the folder itself there.")
    if loose and folders:
        raise DataError(
            f"{path.name}: {loose[0].name} lies beside the sub-folder {folders[0].name}; put every picture "
            f"into a sub-folder (its class), or remove the sub-folders."
        )
    if not loose and not folders:
        raise DataError(f"{path.name}: no pictures in it ({', '.join(PICTURES)}); one sub-folder a class.")
    files, classes = list(loose), []
    for folder in folders:
        inside = _pictures(folder)
        if not inside:
            raise DataError(
                f"{path.name}: the sub-folder {folder.name} has no pictures; fill it or remove it."
            )
        files += inside
        classes += [folder.name] * len(inside)
    return files, classes


def _pictures(folder: Path) -> list[Path]:
    return sorted(
        child
        for child in folder.iterdir()
        if child.suffix.lower() in PICTURES and _plain(child) and not child.name.startswith(".")
    )


def _plain(child: Path) -> bool:
    """Whether it is a file; a link could lead to any file of this machine and is refused."""
    if child.is_symlink():
        raise DataError(f"{child.name} in {child.parent.name} is a link; copy the picture itself there.")
    return child.is_file()


def _pixels(root: Path, file: Path, resize: int | None, mode: str | None) -> np.ndarray:
    """Read one picture as (H, W) or (H, W, 3) uint8."""
    from PIL import Image

    try:
        with Image.open(file) as opened:
            picture = opened.convert(mode) if mode else opened
            if picture.mode not in ("L", "RGB"):
                raise DataError(
                    f"{root.name}: {file.relative_to(root)} has color mode {picture.mode}; gray (L) and "
                    f"RGB are read. Convert it, or let it be done with mode=L or mode=RGB."
                )
            if resize:
                picture = picture.resize((resize, resize), Image.Resampling.BOX)
            return np.asarray(picture)
    except DataError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{root.name}: {file.relative_to(root)} cannot be read ({error}); replace or remove it."
        ) from error


def _told(root: Path, file: Path, pixels: np.ndarray) -> str:
    height, width = pixels.shape[:2]
    return f"{file.relative_to(root)} is {width}x{height} {'RGB' if pixels.ndim == 3 else 'gray'}"
