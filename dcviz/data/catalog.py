"""DATASETS: every data set by id, readable without importing torch, medmnist or torchvision.

To add one: write a function that returns a Dataset, add one line here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import prod

from dcviz.data.medical_catalog import MEDICAL, MEDICAL_SIZES, MedicalRow
from dcviz.data.options import Option
from dcviz.data.unit_rows import AS_STORED, UNIT_LENGTH


@dataclass(frozen=True)
class DatasetEntry:
    """What one can know about a data set before reading it.

    Attributes:
        id: name on the command line and in addresses.
        title: name for people.
        kind: "toy", "digits", "image", "medical" or "volume".
        n: points, all splits merged, with the default options.
        image_shape: (C, H, W) or (C, Z, H, W); None for the 2-D toys.
        clusters: number of classes; None where a point has no single class.
        license: license of the data, "none stated" where the publisher names none.
        loader: "module:function", called with the options.
        class_names: names of the classes, empty where the files bring them.
        commercial: False where the license forbids commercial use.
        options: arguments of the loader.
        checked: True if this loader has read the official files, not only made-up ones of their form.
        caution: one sentence to show before use, or "".
    """

    id: str
    title: str
    kind: str
    n: int
    image_shape: tuple[int, ...] | None
    clusters: int | None
    license: str
    loader: str
    class_names: tuple[str, ...] = ()
    commercial: bool = True
    options: tuple[Option, ...] = ()
    checked: bool = True
    caution: str = ""

    @property
    def input_dim(self) -> int:
        """Values per point with the default options, D."""
        return 2 if self.image_shape is None else prod(self.image_shape)


TOY_OPTIONS = (
    Option("n", int, 1200, 10, 200_000, help="points in all, shared evenly by the curves"),
    Option("noise", float, 0.06, 0.0, 2.0, help="standard deviation around the curve, before standardizing"),
    Option("seed", int, 0, 0, 2**32 - 1, help="of positions, noise and row order"),
)
FEATURES = Option(
    "features", str, "pixels", choices=("pixels", "resnet50"),
    help="the pictures, or 2,048 ImageNet features of each by weights that lie on disk",
)  # fmt: skip
ROWS = Option(
    "rows", str, AS_STORED, choices=(AS_STORED, UNIT_LENGTH),
    help="values of a picture as they are, or divided by the length of its row (as R-DC may mean it)",
)  # fmt: skip
FASHION = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
STL10 = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")
DIGITS = tuple("0123456789")


def _toy(id: str, title: str, clusters: int) -> DatasetEntry:
    return DatasetEntry(
        id, title, "toy", 1200, None, clusters, "made here", f"dcviz.data.toy:{id}",
        class_names=tuple(f"curve {k + 1}" for k in range(clusters)), options=TOY_OPTIONS,
    )  # fmt: skip


def _medical(row: MedicalRow) -> DatasetEntry:
    kind, channels = ("volume", (1, 28)) if row.volume else ("medical", (row.channels,))
    free = row.flag != "dermamnist"
    return DatasetEntry(
        row.flag, row.title, kind, row.n, (*channels, 28, 28), None if row.multi_label else len(row.classes),
        "CC BY 4.0" if free else "CC BY-NC 4.0", "dcviz.data.medical:medical", class_names=row.classes,
        commercial=free, checked=row.flag == "pneumoniamnist",
        options=(
            Option("size", int, 28, choices=MEDICAL_SIZES[row.volume], help="pixels along a side"), ROWS,
        ),
        caution=row.caution,
    )  # fmt: skip


def _by_id(entries: Iterable[DatasetEntry]) -> dict[str, DatasetEntry]:
    return {entry.id: entry for entry in entries}


_IMAGE = "dcviz.data.images:"
PART = (Option("n", int, 70_000, 100, 70_000, help="pictures; fewer are drawn from every class alike"), ROWS)
DATASETS: dict[str, DatasetEntry] = _by_id([
    _toy("arcs", "Four interleaved arcs", 4),
    _toy("moons", "Two half-moons", 2),
    _toy("stacked_arcs", "Stacked arcs", 4),
    _toy("pinwheel", "Pinwheel", 5),
    _toy("spirals", "Three spirals", 3),
    _toy("circles", "Two circles", 2),
    _toy("blobs", "Straight blobs (nothing to twist)", 4),
    DatasetEntry("digits", "Digits of scikit-learn", "digits", 1797, (1, 8, 8), 10, "CC BY 4.0",
                 "dcviz.data.digits:digits", DIGITS, options=(ROWS,)),
    DatasetEntry("mnist", "MNIST", "image", 70_000, (1, 28, 28), 10, "CC BY-SA 3.0",
                 _IMAGE + "mnist", DIGITS, options=PART),
    DatasetEntry("fashionmnist", "Fashion-MNIST", "image", 70_000, (1, 28, 28), 10, "MIT",
                 _IMAGE + "fashionmnist", FASHION, options=PART),
    DatasetEntry("usps", "USPS", "image", 9298, (1, 16, 16), 10, "none stated", _IMAGE + "usps", DIGITS,
                 options=(ROWS,), checked=False),
    DatasetEntry("cifar10", "CIFAR-10", "image", 60_000, (3, 32, 32), 10, "none stated", _IMAGE + "cifar10",
                 CIFAR10, options=(FEATURES, ROWS), checked=False),
    DatasetEntry("cifar100", "CIFAR-100 (20 super-classes)", "image", 60_000, (3, 32, 32), 20, "none stated",
                 _IMAGE + "cifar100", options=(ROWS,), checked=False),
    DatasetEntry("stl10", "STL-10 (labeled part)", "image", 13_000, (3, 96, 96), 10, "none stated",
                 _IMAGE + "stl10", STL10, options=(FEATURES, ROWS), checked=False),
    *map(_medical, MEDICAL),
])  # fmt: skip
