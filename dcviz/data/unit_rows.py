"""Rows of length one: the "row normalization" that R-DC's paper names and does not define, as an L2 norm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dcviz.data.dataset import Dataset

AS_STORED, UNIT_LENGTH = "as stored", "unit length"
"""What the option `rows` offers."""


def unit_rows(data: Dataset) -> Dataset:
    """Divide every row by its Euclidean length: x_i / |x_i|; a row of zeros stays one.

    The brightness of a picture as a whole falls out; its factor `scale` does too and becomes 1.

    Args:
        data: pictures or vectors.

    Returns:
        The same points, with float32 rows of length 1.

    Source: [RDC], as read in this lab.
    """
    x = data.x.astype(np.float32)
    lengths = np.sqrt(np.einsum("nd,nd->n", x, x, dtype=np.float64))
    x /= np.where(lengths > 0, lengths, 1).astype(np.float32)[:, None]
    return replace(data, x=x, scale=1.0, note=f"{data.note}; rows of unit length".removeprefix("; "))
