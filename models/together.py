"""Several trainings at once on one device: seeds, or a grid of settings that branches from one checkpoint.

One training of these small networks leaves most of a GPU idle. Trainings that are alike compute their batches
as one (`models.stacked`): a batch of each, then one step of all; ten or more on a GPU in two groups, each on
a stream of its own. Others take turns batch by batch, each on a stream of its own, so that the GPU runs the
captured iterations of several side by side; each is then the very training that `fit` would do alone, to the
last bit on a CPU. Computed as one it is the same up to rounding, which a chaotic game does not forget: R-DC's
first phase may end elsewhere (benchmarks/results/ways.csv).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.arithmetic import arithmetic_here, compute_with
from models.capture import iteration_of
from models.loop import Iterate, Training
from models.snapshot import Snapshot
from models.stacked import StackedStep, alike
from models.training import resident, take_turns

GROUPS, FEWEST = 2, 5
"""Groups that compute as one side by side on a GPU, and the fewest trainings of each: while one group
multiplies, the other steps, and a step moves memory."""
DEFAULTS: Mapping[str, Any] = {
    "scale": 1.0, "image_shape": None, "seed": 0, "device": "cpu", "checkpoint": None, "start_phase": None,
    "control": None, "schedule": None, "capture": "auto",
}  # fmt: skip
"""What `fit` assumes where it is not told."""
Ended = Callable[[int, Exception | None], None]


def fit_together(
    method_id: str,
    x: np.ndarray,
    trainings: Sequence[Mapping[str, Any]],
    *,
    as_one: bool | None = None,
    ended: Ended | None = None,
    **shared: Any,
) -> Iterator[tuple[int, Snapshot]]:
    """Train one method several times over the same points, side by side.

    Args:
        method_id: one of METHODS.
        x: (n, D) uint8 or float32; copied to the device once.
        trainings: for each, the arguments of `fit` that are its own (settings, seed, checkpoint, ...).
        as_one: compute the batches of trainings that are alike as one; by default on a GPU.
        ended: called with the number of a training that is over and None, or what it raised; the others
            then go on.
        shared: arguments of `fit` that all have in common.

    Yields:
        Number of the training and its snapshot, as they come; each training's in order.

    Raises:
        What `fit` raises, from the first training that meets it, unless `ended` is there to hear of it; the
            others end there too. Always what a batch computed as one raises: that is everybody's.
    """
    device = torch.device(shared.get("device", "cpu"))
    points = resident(x, device)
    one = (device.type == "cuda" if as_one is None else as_one) and len(trainings) > 1
    streams = [_lane(device) for _ in range(groups_of(len(trainings), device) if one else len(trainings))]
    lanes = [streams[number % len(streams)] for number in range(len(trainings))]
    tables = [Table() for _ in streams] if one else []
    seats = [tables[number % len(tables)].seat if one else None for number in range(len(trainings))]
    turns = [
        take_turns(method_id, points, **{**DEFAULTS, **shared, **own, "seat": seat})
        for own, seat in zip(trainings, seats, strict=True)
    ]
    running = dict(enumerate(turns))
    before = arithmetic_here()
    try:
        while running:
            for number, training in tuple(running.items()):
                moment: Any = training
                while isinstance(moment, Snapshot) or moment is training:
                    with _on(lanes[number]):
                        moment = _moved(training, number, ended)
                    compute_with(before)
                    if isinstance(moment, Snapshot):
                        yield number, moment
                if moment is not None:
                    del running[number]
            for table, stream in zip(tables, streams, strict=False):  # turn by turn there is no table
                with _on(stream):
                    table.step()
    finally:
        for training in turns:
            training.close()
        compute_with(before)


def groups_of(count: int, device: torch.device) -> int:
    """In how many groups so many trainings compute as one: on a processor all have the same cores."""
    return max(1, min(GROUPS, count // FEWEST)) if device.type == "cuda" else 1


def _moved(training: Iterator[Snapshot | None], number: int, ended: Ended | None) -> Snapshot | int | None:
    """The next moment of a training; its number when there is none left."""
    try:
        return next(training)
    except StopIteration:
        error = None
    except Exception as met:
        if ended is None:
            raise
        error = met
    if ended is not None:
        ended(number, error)
    return number


class Table:
    """Where trainings wait with a batch each until all have theirs; then those that are alike step as one."""

    def __init__(self) -> None:
        self.waiting: list[_Seat] = []
        self.groups: dict[tuple[_Seat, ...], Iterate] = {}

    def seat(self, training: Training) -> Iterate:
        """What a training that enters a phase calls with each batch: where none can join, its own."""
        kind = alike(training.phase, training.batch_size)
        return training.alone() if kind is None else _Seat(self, training, kind)

    def step(self) -> None:
        """One iteration of all that wait."""
        waiting, self.waiting = self.waiting, []
        kinds: dict[Any, list[_Seat]] = {}
        for seat in waiting:
            kinds.setdefault((seat.kind, seat.training.capture), []).append(seat)
        used = {}
        for (_, capture), seats in kinds.items():
            start, who = time.perf_counter(), tuple(seats)
            rows = torch.stack([seat.rows for seat in seats])
            before = compute_with(seats[0].arithmetic)
            used[who] = iterate = self.groups.get(who) or self._group(seats, capture)
            iterate(rows if len(seats) > 1 else rows[0])
            compute_with(before)
            share = (time.perf_counter() - start) / len(seats)
            for seat in seats:
                seat.training.seconds += share
        self.groups = used  # who has left a phase needs its tables no longer

    def _group(self, seats: list[_Seat], capture: str) -> Iterate:
        """The iteration of these trainings as one; of a single one its own."""
        if len(seats) == 1:
            return seats[0].training.alone()
        step = StackedStep([seat.training.step for seat in seats])
        return iteration_of(step, (len(seats), len(seats[0].rows)), capture=capture)


class _Seat:
    """A training's place at the table."""

    def __init__(self, table: Table, training: Training, kind: Any):
        self.table, self.training, self.kind = table, training, kind
        self.arithmetic = arithmetic_here()  # it sits down in its own turn

    def __call__(self, rows: Tensor) -> None:
        """Wait with this batch."""
        self.rows = rows
        self.table.waiting.append(self)


def _lane(device: torch.device) -> torch.cuda.Stream | None:
    """A stream that begins after what the device was given so far."""
    if device.type != "cuda":
        return None
    lane = torch.cuda.Stream(device)
    lane.wait_stream(torch.cuda.current_stream(device))
    return lane


def _on(lane: torch.cuda.Stream | None) -> AbstractContextManager[Any]:
    return nullcontext() if lane is None else torch.cuda.stream(lane)
