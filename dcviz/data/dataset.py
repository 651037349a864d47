"""Dataset, the one form in which samples reach training, scores and pages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


class DataError(ValueError):
    """Data that cannot be used; the message names the value and the way out."""


@dataclass(frozen=True)
class Dataset:
    """Samples as flat rows; row i is point i everywhere.

    Pictures stay uint8, a quarter of the memory of float32; whoever computes with them multiplies by
    ``scale`` on the device: x_used = x * scale. Labels serve scores only and never reach training.

    Attributes:
        name: id of the catalog, or the name of the user's file.
        x: (n, D) uint8 or float32, C-contiguous, every value finite.
        scale: factor from stored to used values, 1/255 for uint8 pictures.
        labels: (n,) int64 in 0..classes-1, or None.
        image_shape: (C, H, W) or (C, Z, H, W) with product D; None for plain vectors.
        class_names: one name per label value; empty without labels.
        clusters: suggested number of clusters K, or None when it has to be asked for.
        position: (n,) float32 in 0..1, place along the generating curve; 2-D toys only.
        note: license, credit, and what was noticed while reading.

    Raises:
        DataError: if shapes, dtypes or lengths contradict each other.
    """

    name: str
    x: np.ndarray
    scale: float = 1.0
    labels: np.ndarray | None = None
    image_shape: tuple[int, ...] | None = None
    class_names: tuple[str, ...] = ()
    clusters: int | None = None
    position: np.ndarray | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or 0 in self.x.shape:
            raise DataError(f"{self.name}: x must have shape (n, D) with n, D >= 1, got {self.x.shape}.")
        if self.x.dtype not in (np.uint8, np.float32):
            raise DataError(f"{self.name}: x must be uint8 or float32, got {self.x.dtype}; convert it first.")
        if self.image_shape is not None and np.prod(self.image_shape) != self.input_dim:
            raise DataError(
                f"{self.name}: image_shape {self.image_shape} has {int(np.prod(self.image_shape))} values, "
                f"a row has {self.input_dim}; leave image_shape out for plain vectors."
            )
        for what, column in (("labels", self.labels), ("position", self.position)):
            if column is not None and column.shape != (self.n,):
                raise DataError(
                    f"{self.name}: x has {self.n} rows but {what} has shape {column.shape}; "
                    f"give exactly one value of {what} for each row, in the same order."
                )

    @property
    def n(self) -> int:
        """Number of points."""
        return self.x.shape[0]

    @property
    def input_dim(self) -> int:
        """Values per point, D."""
        return self.x.shape[1]
