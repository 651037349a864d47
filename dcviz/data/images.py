"""MNIST, Fashion-MNIST, USPS, CIFAR-10, CIFAR-100 and STL-10: torchvision's files, addresses and checksums.

Files are looked for in the data folder and in the cache, in torchvision's layout; only what is found
nowhere is downloaded. Training and test parts are merged. CIFAR's files are pickles: torchvision's reader
compares the md5 of each with its own list before opening it, and reads nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.arrays import dataset_of_arrays
from dcviz.data.catalog import DATASETS
from dcviz.data.dataset import DataError, Dataset
from dcviz.data.download import Progress, fetch, file_md5, unpack
from dcviz.data.idx import read_idx
from dcviz.data.paths import search_roots, writable_root
from dcviz.data.subsets import stratified
from dcviz.data.superclasses import SUPER_CLASSES
from dcviz.data.torchvision_guard import import_torchvision

# md5 of the unpacked files; torchvision lists those of the .gz, which change with the compressor
_MNIST = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
_FASHION = {
    "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
    "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
}


def mnist(*, n: int = 70_000, cache: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Read MNIST, 70,000 digits of 28x28.

    Args:
        n: how many pictures; fewer keep the shares of the classes.
        cache: folder for downloads when the data folder is read-only.
        progress: called as progress(file name, bytes done, bytes in all or None).

    Returns:
        The Dataset, uint8, training part first.

    Raises:
        DataError: if a file is missing and cannot be downloaded, or is damaged.
    """
    return stratified(_idx_set("mnist", "MNIST", _MNIST, cache, progress), n)


def fashionmnist(*, n: int = 70_000, cache: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Read Fashion-MNIST, 70,000 pictures of clothing of 28x28. Arguments as in `mnist`."""
    return stratified(_idx_set("fashionmnist", "FashionMNIST", _FASHION, cache, progress), n)


def usps(*, cache: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Read USPS, 9,298 digits of 16x16, from usps.bz2 and usps.t.bz2. Arguments as in `mnist`."""
    reader = _reader("usps", "USPS")
    files = {name: (url, md5) for url, name, md5 in reader.split_list.values()}
    place = next((p for p in _places("usps", cache) if all((p / name).is_file() for name in files)), None)
    if place is None:
        place = writable_root(cache) / "usps"
        for name, (url, md5) in files.items():
            if not (place / name).is_file():
                fetch([url], place / name, id="usps", md5=md5, progress=progress)
    for name, (_, md5) in files.items():
        if file_md5(place / name) != md5:
            raise DataError(f"usps: {place / name} is damaged (official md5 {md5}); remove it and try again.")
    return _merged("usps", [reader(place, train=train) for train in (True, False)])


def cifar10(*, cache: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Read CIFAR-10, 60,000 color pictures of 32x32. Arguments as in `mnist`."""
    return _merged("cifar10", _archive_parts("cifar10", "CIFAR10", cache, progress))


def cifar100(*, cache: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Read CIFAR-100 with its 20 super-classes as labels. Arguments as in `mnist`."""
    parts = _archive_parts("cifar100", "CIFAR100", cache, progress)
    of_name = {name: k for k, names in enumerate(SUPER_CLASSES.values()) for name in names}
    of_fine = np.array([of_name[name] for name in parts[0].classes])
    labels = [of_fine[np.asarray(part.targets)] for part in parts]
    return _joined("cifar100", [part.data for part in parts], labels, tuple(SUPER_CLASSES))


def stl10(*, cache: Path | None = None, progress: Progress | None = None) -> Dataset:
    """Read the labeled 13,000 pictures of STL-10, 96x96 in color. Arguments as in `mnist`.

    The archive has 2.6 GB because of its 100,000 unlabeled pictures, which are not used.
    """
    parts = _archive_parts("stl10", "STL10", cache, progress, splits=({"split": "train"}, {"split": "test"}))
    return _joined("stl10", [part.data for part in parts], [part.labels for part in parts])


def _idx_set(
    id: str, folder: str, md5s: Mapping[str, str], cache: Path | None, progress: Progress | None
) -> Dataset:
    arrays = []
    for name, md5 in md5s.items():
        wanted = (f"{name}.gz", name)
        places = [p / sub for p in _places(id, cache) for sub in (f"{folder}/raw", "raw", ".")]
        found = next((p / file for p in places for file in wanted if (p / file).is_file()), None)
        if found is None:
            found = writable_root(cache) / folder / "raw" / f"{name}.gz"
            reader = _reader(id, folder)
            official = dict(reader.resources)[found.name]
            fetch([m + found.name for m in reader.mirrors], found, id=id, md5=official, progress=progress)
        arrays.append(read_idx(found, md5=md5))
    return _joined(id, arrays[:2], arrays[2:])


def _archive_parts(
    id: str,
    class_name: str,
    cache: Path | None,
    progress: Progress | None,
    splits: tuple[dict[str, Any], ...] = ({"train": True}, {"train": False}),
) -> list[Any]:
    """Find, or fetch and unpack, torchvision's folder, and let its reader check and read the parts."""
    reader = _reader(id, class_name)
    places = _places(id, cache)
    root = next((place for place in places if (place / reader.base_folder).is_dir()), None)
    if root is None:
        root = writable_root(cache)
        archive = next((p / reader.filename for p in places if (p / reader.filename).is_file()), None)
        if archive is None:
            archive = root / reader.filename
            fetch([reader.url], archive, id=id, md5=reader.tgz_md5, progress=progress)
        unpack(archive, reader.base_folder, root, id=id, md5=reader.tgz_md5)
    try:
        return [reader(root, **split) for split in splits]
    except RuntimeError as error:
        raise DataError(
            f"{id}: a file in {root / reader.base_folder} is missing or differs from the official one (md5), "
            f"nothing was read; remove the folder to have it unpacked or downloaded again."
        ) from error


def _merged(id: str, parts: list[Any]) -> Dataset:
    return _joined(id, [part.data for part in parts], [part.targets for part in parts])


def _joined(
    id: str, pictures: list[np.ndarray], labels: list[Any], class_names: tuple[str, ...] = ()
) -> Dataset:
    entry = DATASETS[id]
    return dataset_of_arrays(
        id,
        np.concatenate(pictures),
        np.concatenate([np.asarray(part, dtype=np.int64) for part in labels]),
        class_names=class_names or entry.class_names,
        note=f"{entry.title}, license: {entry.license}",
    )


def _places(id: str, cache: Path | None) -> list[Path]:
    return [place for root in search_roots(cache) for place in (root, root / id)]


def _reader(id: str, class_name: str) -> Any:
    try:
        return getattr(import_torchvision().datasets, class_name)
    except ImportError:
        raise DataError(
            f"{id}: torchvision, which knows where its files are published, is not installed; `pip install "
            f"torchvision`, or put a .npz with x and y into {search_roots()[0] / id}."
        ) from None
