"""Stacks of linear layers on a GPU: the same arithmetic as nn.Sequential in fewer, overlapping kernels.

The products of these networks are too small to fill a GPU one at a time. So ReLU and bias ride in the product
itself, one node of the graph stands for a whole stack, and on the way back the gradients of the weights are
computed on a second stream beside the chain that hands the gradient down from layer to layer. For many models
at once ReLU and bias do not fit into the product; where Triton compiles, one kernel follows it instead.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from models.products import aligned_product, unaligned

_SIDES: dict[tuple[int, int], torch.cuda.Stream] = {}


def side_stream(device: torch.device) -> torch.cuda.Stream:
    """The second stream that belongs to the current one: trainings side by side must not share it."""
    current = torch.cuda.current_stream(device)
    key = (current.device_index, current.cuda_stream)
    if key not in _SIDES:
        _SIDES[key] = torch.cuda.Stream(device)
    return _SIDES[key]


@contextmanager
def beside(like: Tensor) -> Iterator[None]:
    """Run what is inside on the second stream, after all the current one was given; on a CPU just run it."""
    if not like.is_cuda:
        yield
        return
    side = side_stream(like.device)
    side.wait_stream(torch.cuda.current_stream(like.device))
    with torch.cuda.stream(side):
        yield


def joined(like: Tensor) -> None:
    """Let the current stream wait for the second one."""
    if like.is_cuda:
        torch.cuda.current_stream(like.device).wait_stream(side_stream(like.device))


def fused(like: Tensor) -> bool:
    """Whether what lies between products is one kernel each way: float32 on a GPU where Triton compiles."""
    return like.is_cuda and like.dtype == torch.float32 and compiles(like.device)


@lru_cache(maxsize=16)
def compiles(device: torch.device) -> bool:
    """Whether Triton is there and finds all it compiles with, as a C compiler and Python's headers."""
    if importlib.util.find_spec("triton") is None:
        return False
    try:
        _kernels().bias_relu_(torch.zeros(1, 1, 1, device=device), torch.zeros(1, 1, device=device))
    except Exception as error:  # no compiler, an old device: torch's own kernels serve as well, only slower
        warnings.warn(f"Trainings as one go without Triton's kernels: {error}", stacklevel=2)
        return False
    return True


def _kernels() -> Any:
    from models import dense_kernels

    return dense_kernels


def forward_pass(x: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """All activations of a stack: x, then each layer's output; ReLU after all layers but the last.

    Args:
        x: (B, D), or (G, B, D) for the stacks of G models at once.
        parameters: weight (out, in) and bias (out,) of each layer in turn, with the same leading axis.
    """
    activations, last = [x], len(parameters) // 2 - 1
    for layer, (weight, bias) in enumerate(zip(parameters[::2], parameters[1::2], strict=True)):
        if x.dim() == 3 and layer < last and fused(x):
            activations.append(
                _kernels().bias_relu_(aligned_product(activations[-1], weight.mT).contiguous(), bias)
            )
        elif x.dim() == 3:
            if unaligned(weight):
                out = aligned_product(activations[-1], weight.mT) + bias[:, None]
            else:
                out = torch.baddbmm(bias[:, None], activations[-1], weight.mT)
            activations.append(out if layer == last else out.relu_())
        else:
            product = torch.addmm if layer == last else torch._addmm_activation
            activations.append(product(bias, activations[-1], weight.t()))
    return activations


def backward_pass(
    gradient: Tensor,
    activations: Sequence[Tensor],
    weights: Sequence[Tensor],
    *,
    wants_input: int,
) -> tuple[list[Tensor], Tensor | None]:
    """Hand a gradient down a stack.

    Args:
        gradient: (B, out) of the last layer's output; or all with a leading axis for several models.
        activations: the inputs of the layers, in order.
        weights: of the layers, in order.
        wants_input: of how many rows, from the first, the gradient of the stack's input is needed.

    Returns:
        gradients of weight and bias of each layer in turn, and that of the input (wants_input, D) or None.
    """
    found: list[Tensor] = []
    parts = gradient  # their sum over rows is that of the gradient
    ones = gradient.new_ones(gradient.shape[-2])
    kept = []  # until both streams have met: memory that one has freed must not be given out again before
    for layer in reversed(range(len(weights))):
        a = activations[layer]
        with beside(gradient):
            # A product with a vector sums the columns in half the time of a reduction.
            summed = gradient.t() @ ones if gradient.dim() == 2 else parts.sum(-2)
            found[:0] = [aligned_product(gradient.mT, a), summed]
        kept += [gradient, parts]
        if layer > 0 and gradient.dim() == 3 and fused(gradient):
            gradient = aligned_product(gradient, weights[layer]).contiguous()
            parts = _kernels().masked_(gradient, a)
        elif layer > 0:
            gradient = torch.ops.aten.threshold_backward(aligned_product(gradient, weights[layer]), a, 0)
            parts = gradient
        elif wants_input:
            gradient = aligned_product(gradient[..., :wants_input, :], weights[layer])
    joined(gradient)
    kept.clear()
    return found, gradient if wants_input else None


def _stacked(size: int, in_dims: Sequence[int | None], inputs: Sequence[Tensor]) -> list[Tensor]:
    """Inputs under `torch.vmap` with the models in front; what all share is repeated without a copy."""
    return [
        each.expand(size, *each.shape) if axis is None else each.movedim(axis, 0)
        for each, axis in zip(inputs, in_dims, strict=True)
    ]


class _Stack(torch.autograd.Function):
    """One node of the graph for a stack of linear layers; `torch.vmap` makes it a stack of many models."""

    @staticmethod
    def forward(x: Tensor, *parameters: Tensor) -> tuple[Tensor, ...]:
        return tuple(forward_pass(x, parameters)[1:])

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: tuple[Tensor, ...]) -> None:
        x, *parameters = inputs
        ctx.mark_non_differentiable(*output[:-1])
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(x, *output[:-1], *parameters[::2])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        saved = ctx.saved_tensors
        activations, weights = saved[: len(saved) // 2], saved[len(saved) // 2 :]
        rows = activations[0].shape[-2] if ctx.needs_input_grad[0] else 0
        found, down = backward_pass(gradients[-1], activations, weights, wants_input=rows)
        return (down, *found)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *inputs: Tensor) -> Any:
        stacked = _stacked(info.batch_size, in_dims, inputs)
        return _Stack.apply(*stacked), (0,) * (len(inputs) // 2)


class _WayBack(torch.autograd.Function):
    """`backward_pass` outside of any graph; `torch.vmap` hands it many models at once."""

    @staticmethod
    def forward(wants_input: int, gradient: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        activations, weights = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        found, row = backward_pass(gradient, activations, weights, wants_input=wants_input)
        assert row is not None
        return (*found, row)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        ctx.mark_non_differentiable(*output)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], wants_input: int, *inputs: Tensor) -> Any:
        found = _WayBack.apply(wants_input, *_stacked(info.batch_size, in_dims[1:], inputs))
        return found, (0,) * len(found)


def way_back(
    gradient: Tensor, activations: Sequence[Tensor], weights: Sequence[Tensor], *, wants_input: int
) -> tuple[tuple[Tensor, ...], Tensor]:
    """`backward_pass` where it may be one of several models that compute as one."""
    *found, row = _WayBack.apply(wants_input, gradient, *activations, *weights)
    return tuple(found), row


def layers(x: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """`forward_pass` where it may be one of several models that compute as one."""
    return [x, *_Stack.apply(x, *parameters)]


class Dense(nn.Sequential):
    """Linear layers with ReLU between them; on a GPU in one node of the graph."""

    def forward(self, x: Tensor) -> Tensor:
        """X (B, in) to (B, out)."""
        parameters = list(self.parameters()) if x.is_cuda else []
        if not parameters:
            plain: Tensor = super().forward(x)
            return plain
        out: Tensor = _Stack.apply(x, *parameters)[-1]
        # A slice of a stack may end with the ReLU behind its last layer.
        return out.relu() if isinstance(self[-1], nn.ReLU) else out
