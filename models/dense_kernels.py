"""What lies between the products of many stacks at once, in one Triton kernel each way.

As single kernels of torch, bias, ReLU, its derivative and the sums for the bias walk through the same memory
three and four times.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

FORWARD_TILE, BACKWARD_TILE = (8, 256), (32, 128)
"""Rows and columns that a program takes at once."""
STEPS = 4
"""Tiles below each other that a program goes through on the way back; it says their sum."""

# A width is known when a kernel is compiled: in multiples of four, numbers move four at a time.


@triton.jit
def _bias_relu(  # type: ignore[no-untyped-def]
    out, bias, rows, WIDTH: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr
):
    model = tl.program_id(2)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (column < WIDTH)[None, :]
    place = (model.to(tl.int64) * rows + row[:, None]) * WIDTH + column[None, :]
    added = tl.load(bias + model * WIDTH + column, mask=column < WIDTH, other=0.0)
    x = tl.load(out + place, mask=inside, other=0.0) + added[None, :]
    tl.store(out + place, tl.where(x > 0, x, 0.0), mask=inside)


@triton.jit
def _masked(  # type: ignore[no-untyped-def]
    gradient, activation, sums, rows, parts, WIDTH: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
    STEPS: tl.constexpr,
):  # fmt: skip
    model, part = tl.program_id(2), tl.program_id(1)
    column = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    total = tl.zeros((COLUMNS,), tl.float32)
    for step in range(STEPS):
        row = (part * STEPS + step) * ROWS + tl.arange(0, ROWS)
        inside = (row < rows)[:, None] & (column < WIDTH)[None, :]
        place = (model.to(tl.int64) * rows + row[:, None]) * WIDTH + column[None, :]
        pull = tl.load(gradient + place, mask=inside, other=0.0)
        pull = tl.where(tl.load(activation + place, mask=inside, other=0.0) > 0, pull, 0.0)
        tl.store(gradient + place, pull, mask=inside)
        total += tl.sum(pull, 0)
    tl.store(sums + (model * parts + part) * WIDTH + column, total, mask=column < WIDTH)


def bias_relu_(out: Tensor, bias: Tensor) -> Tensor:
    """relu(out + bias), in place.

    Args:
        out: (G, B, N) float32, contiguous.
        bias: (G, N).
    """
    models, rows, columns = _checked(out).shape
    grid = (triton.cdiv(columns, FORWARD_TILE[1]), triton.cdiv(rows, FORWARD_TILE[0]), models)
    _bias_relu[grid](
        out, bias.contiguous(), rows, WIDTH=columns, ROWS=FORWARD_TILE[0], COLUMNS=FORWARD_TILE[1]
    )
    return out


def masked_(gradient: Tensor, activation: Tensor) -> Tensor:
    """Put 0 where the activation is 0, in place.

    Args:
        gradient: (G, B, N) float32, contiguous.
        activation: (G, B, N), contiguous.

    Returns:
        (G, parts, N): sums over the rows of each part, always in one order; theirs is that over all rows.
    """
    models, rows, columns = _checked(gradient).shape
    parts = triton.cdiv(rows, BACKWARD_TILE[0] * STEPS)
    sums = torch.empty(models, parts, columns, device=gradient.device)
    _masked[(triton.cdiv(columns, BACKWARD_TILE[1]), parts, models)](
        gradient, _checked(activation), sums, rows, parts, WIDTH=columns, ROWS=BACKWARD_TILE[0],
        COLUMNS=BACKWARD_TILE[1], STEPS=STEPS,
    )  # fmt: skip
    return sums


def _checked(table: Tensor) -> Tensor:
    if table.dim() != 3 or not table.is_contiguous() or table.dtype != torch.float32:
        raise ValueError(
            f"needs a contiguous float32 table (G, B, N), got {table.dtype} {tuple(table.shape)}."
        )
    return table
