"""Several trainings at once on one device: seeds, or a grid of settings that branches from one checkpoint.

One training of these small networks leaves most of a GPU idle. Here every training has a stream of its own
and they take turns batch by batch, so that the GPU runs the captured iterations of several side by side. Each
is the very training that `fit` would do alone: same kernels, same random numbers, same snapshots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from models.snapshot import Snapshot
from models.training import resident, take_turns

DEFAULTS: Mapping[str, Any] = {
    "scale": 1.0, "image_shape": None, "seed": 0, "device": "cpu", "checkpoint": None, "start_phase": None,
    "control": None, "schedule": None, "capture": "auto",
}  # fmt: skip
"""What `fit` assumes where it is not told."""


def fit_together(
    method_id: str, x: np.ndarray, trainings: Sequence[Mapping[str, Any]], **shared: Any
) -> Iterator[tuple[int, Snapshot]]:
    """Train one method several times over the same points, side by side.

    Args:
        method_id: one of METHODS.
        x: (n, D) uint8 or float32; copied to the device once.
        trainings: for each, the arguments of `fit` that are its own (settings, seed, checkpoint, ...).
        shared: arguments of `fit` that all have in common.

    Yields:
        Number of the training and its snapshot, as they come; each training's in order.

    Raises:
        What `fit` raises, from the first training that meets it; the others end there too.
    """
    device = torch.device(shared.get("device", "cpu"))
    points = resident(x, device)
    lanes = [_lane(device) for _ in trainings]
    turns = [take_turns(method_id, points, **{**DEFAULTS, **shared, **own}) for own in trainings]
    running = dict(enumerate(turns))
    before = torch.get_float32_matmul_precision()
    try:
        while running:
            for number, training in tuple(running.items()):
                with _on(lanes[number]):
                    moment = next(training, training)
                if moment is training:
                    del running[number]
                elif isinstance(moment, Snapshot):
                    yield number, moment
    finally:
        for training in turns:
            training.close()
        torch.set_float32_matmul_precision(before)


def _lane(device: torch.device) -> torch.cuda.Stream | None:
    """A stream that begins after what the device was given so far."""
    if device.type != "cuda":
        return None
    lane = torch.cuda.Stream(device)
    lane.wait_stream(torch.cuda.current_stream(device))
    return lane


def _on(lane: torch.cuda.Stream | None) -> AbstractContextManager[Any]:
    return nullcontext() if lane is None else torch.cuda.stream(lane)
