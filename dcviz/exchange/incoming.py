"""Latents of another program, checked but not stored yet: one form for every format they come in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from dcviz.data.arrays import encode_labels, finite_float32
from dcviz.data.dataset import DataError

WIDEST = 65_536
LAST_EPOCH = 9_999_999


@dataclass(frozen=True)
class Incoming:
    """Latents of one or more epochs with what is known about their points; row i is point i everywhere.

    Args:
        name: what the user calls it; the file's or folder's name.
        epochs: ascending whole numbers.
        latents: epoch -> (n, d) array as the file has it; `checked_latents` looks at it.
        clusters: epoch -> (n,) predicted clusters, or None where the file has none.
        labels: (n,) true classes, numbered from 0, or None.
        class_names: one name a class.
        note: where it came from, and what was noticed while reading.
        beside: inputs (n, 2) and position (n,) 0..1 along the generating curve, where the source has them.
    """

    name: str
    epochs: tuple[int, ...]
    latents: Callable[[int], np.ndarray]
    clusters: Callable[[int], np.ndarray | None] = lambda epoch: None
    labels: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    note: str = ""
    beside: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.epochs:
            raise DataError(f"{self.name} holds no epoch")
        beyond = [epoch for epoch in self.epochs if not 0 <= epoch <= LAST_EPOCH]
        if beyond:
            raise DataError(f"{self.name}: epochs lie in 0 .. {LAST_EPOCH}, got {beyond[0]}")
        twice = [b for a, b in zip(self.epochs, self.epochs[1:], strict=False) if b <= a]
        if twice:
            raise DataError(f"{self.name}: epoch {twice[0]} is there twice; keep one array for each epoch")

    def checked_latents(self, epoch: int, *, like: tuple[int, int] | None = None) -> np.ndarray:
        """Read the latents of an epoch as finite float32.

        Args:
            epoch: one of `epochs`.
            like: (n, d) of the epochs before; all must agree.

        Raises:
            DataError: naming the epoch and what is wrong with it.
        """
        where = self.name if len(self.epochs) == 1 else f"{self.name}, epoch {epoch}"
        z = table_of_numbers(where, self.latents(epoch))
        if like is not None and z.shape != like:
            raise DataError(
                f"{where}: latents have shape {z.shape}, the epochs before {like}; every epoch needs the "
                "same points in the same order and the same latent dimensions"
            )
        if self.labels is not None and len(self.labels) != len(z):
            raise DataError(
                f"{where}: there are {len(z)} points but {len(self.labels)} labels; give one for each point"
            )
        return z

    def checked_clusters(self, epoch: int, n: int) -> np.ndarray | None:
        """Read the predicted clusters of an epoch as (n,) int32 numbered from 0; -1 stays noise."""
        found = self.clusters(epoch)
        if found is None:
            return None
        return encode_clusters(f"{self.name}, epoch {epoch}", found, n)


def encode_clusters(name: str, assignments: object, n: int) -> np.ndarray:
    """Number predicted clusters from 0 as (n,) int32; -1 stays noise.

    Raises:
        DataError: for another length or values that are no clusters.
    """
    found = np.asarray(assignments)
    if found.shape != (n,):
        raise DataError(f"{name}: clusters have shape {found.shape}, needed ({n},): one for each point")
    noise = found == -1 if found.dtype.kind in "if" else np.zeros(n, bool)
    codes, _ = encode_labels(f"{name}, clusters", found, n)
    # With noise among them, -1 is the smallest value and so got code 0.
    return np.where(noise, -1, codes - int(noise.any())).astype(np.int32)


def table_of_numbers(name: str, z: np.ndarray) -> np.ndarray:
    """Return latents as a finite (n, d) float32 table.

    Raises:
        DataError: if they are no numbers, no table, or have fewer than 3 points.
        DataError: for NaN, infinity and what overflows float32, naming the first row.
    """
    if z.dtype.kind not in "biuf":
        raise DataError(f"{name}: latents must be real numbers, got dtype {z.dtype}; save float32")
    if z.ndim != 2:
        raise DataError(
            f"{name}: latents are a table (n, d) with one row a point, got shape {z.shape}; reshape them"
        )
    if len(z) < 3 or not 1 <= z.shape[1] <= WIDEST:
        raise DataError(
            f"{name}: at least 3 points with 1 .. {WIDEST} latent dimensions are needed, got shape {z.shape}"
        )
    return np.ascontiguousarray(finite_float32(name, z))
