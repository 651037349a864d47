"""Batch normalization where one step looks at a batch twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def uncounted(network: nn.Module) -> Iterator[None]:
    """Inside, a network in training normalizes by the batch as ever, but its running means stay as they are.

    For a second look at a batch within one step, which would otherwise count twice: with momentum m the
    running mean would move by 1 - (1 - m)^2 instead of m.

    Args:
        network: with any number of batch normalizations inside, also none.
    """
    parts = [part for part in network.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    before = [part.track_running_stats for part in parts]
    for part in parts:
        part.track_running_stats = False
    try:
        yield
    finally:
        for part, tracked in zip(parts, before, strict=True):
            part.track_running_stats = tracked
