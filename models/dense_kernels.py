"""What lies between the products of many stacks at once, in one Triton kernel each way.

As single kernels of torch, bias, ReLU, its derivative and the sums for the bias walk through the same memory
three and four times.
"""

import torch
import triton
import triton.language as tl
from torch import Tensor

FORWARD_TILE, BACKWARD_TILE = (8, 256), (64, 32)
"""Rows and columns that a program takes; on the way back it goes on through all rows."""


@triton.jit
def _bias_relu(  # type: ignore[no-untyped-def]
    out, bias, rows, columns, ROWS: tl.constexpr, COLUMNS: tl.constexpr
):
    model = tl.program_id(2)
    row = tl.program_id(1) * ROWS + tl.arange(0, ROWS)
    column = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    inside = (row < rows)[:, None] & (column < columns)[None, :]
    place = (model.to(tl.int64) * rows + row[:, None]) * columns + column[None, :]
    added = tl.load(bias + model * columns + column, mask=column < columns, other=0.0)
    x = tl.load(out + place, mask=inside, other=0.0) + added[None, :]
    tl.store(out + place, tl.where(x > 0, x, 0.0), mask=inside)


@triton.jit
def _masked(  # type: ignore[no-untyped-def]
    gradient, activation, sums, rows, columns, ROWS: tl.constexpr, COLUMNS: tl.constexpr
):
    model = tl.program_id(1)
    column = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    total = tl.zeros((COLUMNS,), tl.float32)
    for start in range(0, rows, ROWS):
        row = start + tl.arange(0, ROWS)
        inside = (row < rows)[:, None] & (column < columns)[None, :]
        place = (model.to(tl.int64) * rows + row[:, None]) * columns + column[None, :]
        pull = tl.load(gradient + place, mask=inside, other=0.0)
        pull = tl.where(tl.load(activation + place, mask=inside, other=0.0) > 0, pull, 0.0)
        tl.store(gradient + place, pull, mask=inside)
        total += tl.sum(pull, 0)
    tl.store(sums + model * columns + column, total, mask=column < columns)


def bias_relu_(out: Tensor, bias: Tensor) -> Tensor:
    """relu(out + bias), in place.

    Args:
        out: (G, B, N) float32, contiguous.
        bias: (G, N).
    """
    models, rows, columns = _checked(out).shape
    grid = (triton.cdiv(columns, FORWARD_TILE[1]), triton.cdiv(rows, FORWARD_TILE[0]), models)
    _bias_relu[grid](out, bias.contiguous(), rows, columns, ROWS=FORWARD_TILE[0], COLUMNS=FORWARD_TILE[1])
    return out


def masked_(gradient: Tensor, activation: Tensor) -> Tensor:
    """Put 0 where the activation is 0, in place; returns the sums over rows (G, N), always in one order.

    Args:
        gradient: (G, B, N) float32, contiguous.
        activation: (G, B, N), contiguous.
    """
    models, rows, columns = _checked(gradient).shape
    sums = torch.empty(models, columns, device=gradient.device)
    grid = (triton.cdiv(columns, BACKWARD_TILE[1]), models)
    _masked[grid](
        gradient, _checked(activation), sums, rows, columns, ROWS=BACKWARD_TILE[0], COLUMNS=BACKWARD_TILE[1]
    )
    return sums


def _checked(table: Tensor) -> Tensor:
    if table.dim() != 3 or not table.is_contiguous() or table.dtype != torch.float32:
        raise ValueError(
            f"needs a contiguous float32 table (G, B, N), got {table.dtype} {tuple(table.shape)}."
        )
    return table
