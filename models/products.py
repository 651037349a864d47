"""Products of many matrices at once, with zeros around those that matrix units do not take as they are."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

ALIGNED, PADDED = 16, 16
"""Bytes that a row must be a multiple of, and numbers that a side is filled up to."""


def aligned_product(a: Tensor, b: Tensor) -> Tensor:
    """A @ b, for many models at once as quick as it can be.

    Args:
        a: (M, K), or (G, M, K).
        b: (K, N), or (G, K, N).
    """
    return padded_product(a, b) if a.dim() == 3 and (unaligned(a) or unaligned(b)) else a @ b


def unaligned(table: Tensor) -> bool:
    """Whether a GPU's matrix units do not take a matrix in TF32: a side is no multiple of 16 bytes."""
    return table.is_cuda and any(side * table.element_size() % ALIGNED for side in table.shape[-2:])


def padded_product(a: Tensor, b: Tensor) -> Tensor:
    """A @ b of (G, M, K) and (G, K, N), computed with zeros around what needs them."""
    return (filled_up(a) @ filled_up(b))[..., : a.shape[-2], : b.shape[-1]]


def filled_up(table: Tensor) -> Tensor:
    """A matrix with zeros up to sides that matrix units take; the same memory where they take it as it is.

    Told to put nothing around, torch still copies: six times in an iteration of R-DC the widest activations.
    """
    below, right = (
        -side % PADDED if side * table.element_size() % ALIGNED else 0 for side in table.shape[-2:]
    )
    return functional.pad(table, (0, right, 0, below)) if below or right else table
