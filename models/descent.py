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
        parameter.grad = laid_like(gradient, parameter)


def laid_like(value: Tensor, parameter: Tensor) -> Tensor:
    """The value in memory as the parameter lies: a fused optimizer walks through both in step."""
    if value.stride() == parameter.stride():
        return value
    return torch.empty_like(parameter).copy_(value)


def advance(optimizer: torch.optim.Optimizer) -> None:
    """`optimizer.step()`, to the last bit; for fused Adam on a CPU without what surrounds its one kernel.

    Hooks, profiling and the sorting of tensors by device take 75 us around 5 us of arithmetic: a fifth of an
    iteration of a tiny network.
    """
    groups = optimizer.param_groups
    moved = [[p for p in group["params"] if p.grad is not None] for group in groups]
    known = all(p in optimizer.state for own in moved for p in own)
    if not known or not all(_lone_kernel(optimizer, group) for group in groups):
        optimizer.step()
        return
    with torch.no_grad():
        for group, own in zip(groups, moved, strict=True):
            state = [optimizer.state[p] for p in own]
            steps = [each["step"] for each in state]
            torch._foreach_add_(steps, 1)
            torch._fused_adam_(
                own, [p.grad for p in own], [each["exp_avg"] for each in state],
                [each["exp_avg_sq"] for each in state], [], steps, lr=group["lr"], beta1=group["betas"][0],
                beta2=group["betas"][1], weight_decay=group["weight_decay"], eps=group["eps"],
                amsgrad=False, maximize=False, grad_scale=None, found_inf=None,
            )  # fmt: skip


def _lone_kernel(optimizer: torch.optim.Optimizer, group: dict[str, Any]) -> bool:
    """Whether a step is nothing but fused Adam on a CPU: what `make_optimizer` gives there."""
    adam = type(optimizer) is torch.optim.Adam and group["fused"] and not group["capturable"]
    return bool(adam and not group["amsgrad"] and not group["maximize"])


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
