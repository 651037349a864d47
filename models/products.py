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
    """A @ b of (G, M, K) and (G, K, N), computed with zeros around both."""
    (rows, inner), columns = a.shape[-2:], b.shape[-1]
    more = [-side % PADDED for side in (rows, inner, columns)]
    padded = functional.pad(a, (0, more[1], 0, more[0])) @ functional.pad(b, (0, more[2], 0, more[1]))
    return padded[..., :rows, :columns]
