"""One training iteration, as a plain call or as a captured CUDA graph.

An iteration of these small networks is some 150 short kernels; launching them one by one takes several times
longer than running them. A captured graph launches them at once. Phases know nothing of it: they only keep
their state in place and draw random numbers from the method's generator.
"""

from __future__ import annotations

import warnings
from typing import Protocol

import torch
from torch import Tensor

from models.descent import advance
from models.method import Method, Phase

MODES = ("auto", "off")
EAGER_STEPS = 3
"""Iterations run as plain calls first, so that libraries and optimizer have made their buffers."""


class Step:
    """Gradients, optimizer step, and the running sums of the losses, on the device without waiting for it."""

    def __init__(self, phase: Phase, optimizer: torch.optim.Optimizer):
        self.phase, self.optimizer = phase, optimizer
        self.names: tuple[str, ...] = ()
        self.sums = torch.zeros(0, device=phase.method.device)
        self.methods: tuple[Method, ...] = (phase.method,)

    def __call__(self, index: Tensor) -> None:
        """One iteration on the points with these rows."""
        losses = self.phase.gradients(index)
        self.advance(index)
        values = torch.stack(list(losses.values())).detach()
        self.named(tuple(losses))
        self.sums += values

    def advance(self, index: Tensor) -> None:
        """Move the parameters along their gradients."""
        advance(self.optimizer)
        self.phase.after_step(index)

    def named(self, names: tuple[str, ...]) -> None:
        """Have a sum for each of these losses."""
        if not self.names:
            self.names = names
            self.sums = self.sums if len(self.sums) == len(names) else self.sums.new_zeros(len(names))


class Recordable(Protocol):
    """An iteration that can be recorded: the methods whose random numbers it draws, and the call."""

    methods: tuple[Method, ...]

    def __call__(self, index: Tensor, /) -> None:
        """One iteration on the points with these rows."""


class CapturedStep:
    """The same iteration, replayed from a CUDA graph after a few plain ones.

    Args:
        step: of one training, or of several that compute as one.
        shape: of the rows that it takes.
    """

    def __init__(self, step: Recordable, shape: tuple[int, ...]):
        self.step = step
        self.index = torch.zeros(shape, dtype=torch.int64, device=step.methods[0].device)
        self.side = torch.cuda.Stream(self.index.device)
        self.done = 0
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, index: Tensor) -> None:
        """One iteration on the points with these rows."""
        if self.graph is None and self.done == EAGER_STEPS:
            self.capture()
        if self.graph is not None:
            self.index.copy_(index)
            self.graph.replay()
        else:
            self.on_side_stream(index)
            self.done += 1

    def on_side_stream(self, index: Tensor) -> None:
        """A plain iteration on another stream, as capture wants its rehearsal."""
        current = torch.cuda.current_stream(self.index.device)
        self.side.wait_stream(current)
        with torch.cuda.stream(self.side):
            self.step(index)
        current.wait_stream(self.side)

    def capture(self) -> None:
        """Record one iteration without running it; where that fails, stay with plain calls and say so."""
        before = [method.generator.get_state() for method in self.step.methods]
        graph = torch.cuda.CUDAGraph()
        for method in self.step.methods:
            graph.register_generator_state(method.generator)
        # Scratch memory of matrix products is kept per stream; each graph gets its own, so that trainings
        # side by side never write into the same one.
        torch._C._cuda_clearCublasWorkspaces()
        try:
            # What hands gradients down goes before what other streams do beside it.
            stream = torch.cuda.Stream(self.index.device, priority=-1)
            with torch.cuda.device(self.index.device), torch.cuda.graph(graph, stream=stream):
                self.step(self.index)
            self.graph = graph
        except RuntimeError as error:
            warnings.warn(f"CUDA graph capture failed, training goes on eagerly: {error}", stacklevel=2)
            # A generator that was caught in a failed capture refuses to draw; a new one takes its place.
            for method, state in zip(self.step.methods, before, strict=True):
                method.generator = torch.Generator(method.device)
                method.generator.set_state(state)
        finally:
            torch._C._cuda_clearCublasWorkspaces()


def iteration_of(step: Recordable, shape: tuple[int, ...], *, capture: str) -> Recordable | CapturedStep:
    """The step as it should run here: captured on a CUDA device unless `capture` is "off"."""
    if capture not in MODES:
        raise ValueError(f"capture must be one of {', '.join(MODES)}, got {capture!r}.")
    if step.methods[0].device.type == "cuda" and capture == "auto":
        return CapturedStep(step, shape)
    return step
