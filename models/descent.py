"""From the loss of a batch to gradients in the parameters, and the optimizers that follow them."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Descent(NamedTuple):
    """Where a batch pulls the parameters of its phase.

    Attributes:
        losses: by name, "total" among them.
        output: what to differentiate by the parameters: the total loss, or what the loss is made from.
        pull: gradient of the loss by `output`; None where that is the loss itself.
        found: gradients that are known already, of the last parameters.
    """

    losses: dict[str, Tensor]
    output: Tensor
    pull: Tensor | None = None
    found: tuple[Tensor, ...] = ()


def fill_gradients(
    loss: Tensor, parameters: list[nn.Parameter], *, pull: Tensor | None = None, keep_graph: bool = False
) -> None:
    """Set each parameter's gradient; setting instead of adding up saves a kernel a parameter.

    Args:
        loss: a number; or, with `pull`, any tensor that the loss depends on.
        parameters: what is trained.
        pull: gradient of the loss by that tensor, of its shape.
        keep_graph: whether another gradient follows.
    """
    gradients = torch.autograd.grad(loss, parameters, grad_outputs=pull, retain_graph=keep_graph)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient


def make_optimizer(
    parameters: list[nn.Parameter], *, name: str, learning_rate: float, eps: float = 1e-8
) -> torch.optim.Optimizer:
    """Adam, or SGD with (Nesterov) momentum .9; fused, and on a GPU ready for capture.

    The learning rate is a tensor there, because a captured step would freeze a number.
    """
    device = parameters[0].device
    on_gpu = device.type == "cuda"
    rate: Any = torch.tensor(learning_rate, device=device) if on_gpu else learning_rate
    if name == "adam":
        return torch.optim.Adam(parameters, lr=rate, eps=eps, fused=True, capturable=on_gpu)
    return torch.optim.SGD(parameters, lr=rate, momentum=0.9, nesterov=name == "nesterov", fused=True)
