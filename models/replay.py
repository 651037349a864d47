"""One training iteration on a CPU, recorded once and replayed without Python.

An iteration of a tiny network is some 80 kernels of a microsecond each, and Python, modules and the graph of
gradients take three times as long around them. So the kernels of loss and gradients are written down once and
then called one after the other: the same kernels in the same order, so the same bits. Meanwhile Python is
free for the thread that scores and stores.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor

from models.capture import CapturedStep, Recordable, Step, iteration_of
from models.method import Phase

SMALL_STEP = 20_000_000
"""Multiplications of one iteration below which a second CPU thread costs more than it brings."""
EAGER_STEPS = 60
"""Plain iterations before: a short training is over sooner than recording pays."""


class ReplayedStep:
    """The same iteration, replayed after some plain ones; plain for ever where recording is not exact.

    Args:
        step: of a phase for which `can_replay` holds.
    """

    def __init__(self, step: Step):
        self.step, self.methods = step, step.methods
        self.parameters = step.phase.parameters()
        self.done = 0
        self.kernels: Any = None

    def __call__(self, index: Tensor) -> None:
        """One iteration on the points with these rows."""
        if self.done == EAGER_STEPS:
            self.kernels = recorded(self.step.phase, index)
        self.done += 1
        if self.kernels is None:
            self.step(index)
            return
        with torch.no_grad():
            values, *gradients = self.kernels(index)
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        self.step.advance(index)
        self.step.sums += values


def iteration_here(step: Step, batch_size: int, *, capture: str) -> Recordable | CapturedStep | ReplayedStep:
    """The step as a training by itself should run it; `capture="off"` keeps it plain."""
    if capture == "auto" and can_replay(step, batch_size):
        return ReplayedStep(step)
    return iteration_of(step, (batch_size,), capture=capture)


def can_replay(step: Step, batch_size: int) -> bool:
    """Whether a recording of this step stays true: it says so itself, draws nothing, and is tiny.

    A class says so for itself alone (`replayable` in its own body), never for those derived from it. Networks
    with memory beside their weights (batch normalization) are out: recording would move it.
    """
    phase, method = step.phase, step.phase.method
    own = "replayable" in vars(type(phase)) and not method.augmented and not list(method.buffers())
    size = batch_size * sum(p.numel() for p in method.parameters())
    return bool(own and method.device.type == "cpu" and size < SMALL_STEP)


def recorded(phase: Phase, index: Tensor) -> Any:
    """The kernels of losses and gradients of a batch, or None where they do not give the very same numbers.

    Args:
        phase: what the recording reads (weights, targets) it reads where it lies, as it is at each call.
        index: (B,) rows of a batch to record and compare with.
    """
    from torch.fx.experimental.proxy_tensor import make_fx

    parameters = phase.parameters()

    def plain(rows: Tensor) -> tuple[Tensor, ...]:
        losses = phase.loss(rows)
        gradients = torch.autograd.grad(losses["total"], parameters)
        return torch.stack(list(losses.values())).detach(), *gradients

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            calls = make_fx(plain)(index.clone())
            with torch.no_grad():
                kernels = torch.jit.trace(calls, (index.clone(),), check_trace=False)
                for _ in range(3):  # the first calls are planned, the third is final
                    found = kernels(index)
        same = all(torch.equal(a, b) for a, b in zip(found, plain(index), strict=True))
        # The fused optimizer walks through memory as it lies.
        same &= all(g.stride() == p.stride() for g, p in zip(found[1:], parameters, strict=True))
    except Exception:  # only a shortcut is closed: what is wrong with the loss, the plain step will say
        return None
    return kernels if same else None
