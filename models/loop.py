"""The loop: the state of one training between two batches, and how it moves on.

It knows no method. It owns the order of points, the optimizer, snapshots, checkpoints, pause and stop.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

import numpy as np
import torch

from models import checkpoint as stored
from models.capture import Step
from models.catalog import fit_plan, method_entry
from models.method import Data, Method, Phase
from models.plan import Leg, Plan
from models.replay import iteration_here
from models.schedule import Schedule
from models.shuffle import Shuffle
from models.snapshot import Checkpoint, DivergenceError, Snapshot


class Control(Protocol):
    """Who may interrupt a training; it blocks while paused."""

    def between_batches(self, epoch: int, batch: int, batches: int, iteration: int) -> str:
        """Answer "go", "snapshot", "stop" or "wait" (ask again later) before a batch of epoch + 1."""


Iterate = Callable[[torch.Tensor], None]
Seat = Callable[["Training"], Iterate]
"""Gives a training that enters a phase its iteration; it may put off the work until others are ready too."""


class Training:
    """The state of one training between two batches."""

    control: Control | None
    schedule: Schedule
    seat: Seat | None = None

    def __init__(self, method_id: str, data: Data, *, settings: Any, seed: int, capture: str):
        self.method_id, self.capture = method_id, capture
        self.method = implementation(method_id)(settings, data, seed=seed)
        self.batch_size = min(settings.batch_size, data.n)
        self.plan: Plan = fit_plan(method_id, settings, data.n)
        self.shuffle = Shuffle(seed, data.n, batches=self.plan.batches_per_epoch, size=self.batch_size)
        self.epoch = self.batch = self.iteration = self.phase_iteration = 0
        self.leg: Leg = self.plan.legs[0]
        self.phase: Phase = self.method.phases[self.leg.phase_index]
        self.losses: dict[str, float] = {}
        self.seconds = 0.0
        self.stopped = False
        self.resumed: tuple[Checkpoint, bool] | None = None
        self.yielded: tuple[int, int, bool] | None = None

    def place(self, checkpoint: Checkpoint | None, start_phase: int | None) -> None:
        """Go to the place of the checkpoint: weights now, the phase's own state when it is entered."""
        if checkpoint is None:
            return
        meta, method = checkpoint.meta, self.method
        exact = start_phase is None and stored.same_training(checkpoint, method, method_id=self.method_id)
        origin = tuple(meta["origin"]) if start_phase is None else (meta["epoch"], start_phase)
        self.plan = fit_plan(
            self.method_id, method.settings, method.data.n, start_epoch=origin[0], start_phase=origin[1]
        )
        stored.load_networks(method, checkpoint.tensors)
        stored.load_random(method, checkpoint.tensors)
        method.adopt(checkpoint.tensors)
        self.epoch, self.iteration = meta["epoch"], meta["iteration"]
        if meta["method"] == self.method_id and start_phase is None and meta["phase_iteration"] > 0:
            self.resumed = checkpoint, exact

    def run(self, *, from_start: bool) -> Iterator[Snapshot | None]:
        """All legs that are left; None after each batch, where another training may take its turn."""
        if from_start:
            yield self.snapshot(checkpoint=True)
        for leg in self.plan.legs:
            if self.epoch >= leg.end:
                continue
            self.enter(leg)
            # A phase that is finished still ends its epoch, also when it was resumed inside it.
            while self.epoch < leg.end and not (self.phase.finished and self.batch == 0):
                yield from self.one_epoch()
                if self.stopped:
                    return

    def enter(self, leg: Leg) -> None:
        """Set a phase up, with what a checkpoint of this very phase remembers."""
        self.leg, self.phase = leg, self.method.phases[leg.phase_index]
        self.phase_iteration = 0
        self.phase.prepare()
        self.optimizer = self.phase.optimizer()
        self.step = Step(self.phase, self.optimizer)
        resumed, self.resumed = self.resumed, None
        if resumed is not None and resumed[0].meta["phase"] == leg.phase:
            self.resume_phase(*resumed)
        self.iterate = self.seat(self) if self.seat else self.alone()

    def alone(self) -> Iterate:
        """Its iteration where no other training computes with it."""
        return iteration_here(self.step, self.batch_size, capture=self.capture)

    def resume_phase(self, checkpoint: Checkpoint, exact: bool) -> None:
        """Take up the phase where the checkpoint left it; a branch starts its epoch anew and refreshes."""
        stored.load_phase(self.phase, checkpoint, exact=exact)
        stored.load_optimizer(self.optimizer, checkpoint, exact=exact)
        self.phase_iteration = checkpoint.meta["phase_iteration"]
        if exact:
            self.phase.finished = checkpoint.meta["finished"]
            self.yielded = (self.epoch, checkpoint.meta["batch"], True)
            self.batch, self.seconds = checkpoint.meta["batch"], checkpoint.meta["seconds"]
            self.step.sums = torch.from_numpy(checkpoint.tensors["sums"].copy()).to(self.method.device)
            self.step.names = tuple(checkpoint.meta["loss_names"])
        elif self.phase.refresh_every is not None:
            self.phase.refresh()

    def one_epoch(self) -> Iterator[Snapshot | None]:
        """The batches that are left of an epoch, then its snapshot."""
        for index in self.order():
            verb = yield from self.told()
            if verb == "snapshot":
                yield from self.once(checkpoint=True)
                # Asked again: who steps by one batch halts where the snapshot was taken.
                verb = yield from self.told()
            if verb == "stop":
                yield from self.once(checkpoint=True)
                self.stopped = True
                return
            start = time.perf_counter()
            self.one_batch(index)
            self.seconds += time.perf_counter() - start
            if self.batch == self.plan.batches_per_epoch:
                self.shuffle.prepare(self.epoch + 1)
            yield None
        start = time.perf_counter()
        self.losses = self.mean_losses()
        self.phase.end_epoch()
        self.seconds += time.perf_counter() - start
        self.step.sums.zero_()
        self.epoch, self.batch = self.epoch + 1, 0
        last, (schedule, plan) = self.phase.finished, (self.schedule, self.plan)
        if last or schedule.snapshot_at(self.epoch, plan):
            yield from self.once(checkpoint=last or schedule.checkpoint_at(self.epoch, plan))
        self.seconds = 0.0

    def one_batch(self, index: torch.Tensor) -> None:
        """Begin and refresh when due, then one iteration."""
        every = self.phase.refresh_every
        if self.phase_iteration == 0:
            self.phase.begin()
        if every is not None and self.phase_iteration % (every or self.plan.batches_per_epoch) == 0:
            self.mean_losses()  # raises if the training has already broken
            self.phase.refresh()
        self.iterate(index)
        self.batch += 1
        self.iteration += 1
        self.phase_iteration += 1

    def told(self) -> Generator[None, None, str]:
        """What the control wants once it no longer wants to wait; others take their turn meanwhile."""
        while (verb := self.asked()) == "wait":
            yield None
        return verb

    def asked(self) -> str:
        """What the control wants before the next batch."""
        if self.control is None:
            return "go"
        return self.control.between_batches(
            self.epoch, self.batch, self.plan.batches_per_epoch, self.iteration
        )

    def order(self) -> Iterator[torch.Tensor]:
        """The rows of each batch that is left of the coming epoch, on the device."""
        rows = torch.from_numpy(self.shuffle.rows(self.epoch)).to(self.method.device)
        return (rows[batch] for batch in range(self.batch, len(rows)))

    def mean_losses(self) -> dict[str, float]:
        """Means over the batches of this epoch so far; the one place where the host waits for the device."""
        means = (self.step.sums.double() / max(self.batch, 1)).tolist()
        for name, value in zip(self.step.names, means, strict=False):
            if not np.isfinite(value):
                raise DivergenceError(self.epoch + 1, self.iteration, name, value)
        return dict(zip(self.step.names, means, strict=False))

    def once(self, *, checkpoint: bool) -> Iterator[Snapshot]:
        """A snapshot of this moment, unless it was just yielded with all that is wanted."""
        here = (self.epoch, self.batch)
        if self.yielded not in ((*here, True), (*here, checkpoint)):
            yield self.snapshot(checkpoint=checkpoint)

    def snapshot(self, *, checkpoint: bool) -> Snapshot:
        """Freeze this moment."""
        self.yielded = (self.epoch, self.batch, checkpoint)
        z = self.method.latents()
        own = self.phase.assign(z) if self.phase_iteration > 0 else None
        return Snapshot(
            epoch=self.epoch,
            batch=self.batch,
            batches=self.plan.batches_per_epoch,
            iteration=self.iteration,
            phase=self.leg.phase,
            phase_index=self.leg.phase_index,
            latents=z.float().cpu().numpy(),
            assignments=own.assignments.to(torch.int32).cpu().numpy() if own else None,
            confidence=own.confidence.float().cpu().numpy() if own else None,
            centers=own.centers.float().cpu().numpy().copy() if own else None,
            losses=self.mean_losses() if self.batch else dict(self.losses),
            seconds=self.seconds,
            checkpoint=self.packed() if checkpoint else None,
            extras=stored.plain(self.phase.extras(z)) if self.phase_iteration > 0 else {},
        )

    def packed(self) -> Checkpoint:
        """The checkpoint of this moment."""
        begun = self.phase_iteration > 0
        meta = {
            "method": self.method_id,
            "seed": self.method.seed,
            "n": self.method.data.n,
            "origin": [self.plan.start_epoch, self.plan.first_phase],
            "phase": self.leg.phase,
            "phase_index": self.leg.phase_index,
            "epoch": self.epoch,
            "batch": self.batch,
            "iteration": self.iteration,
            "phase_iteration": self.phase_iteration,
            "seconds": self.seconds if self.batch else 0.0,
            "finished": self.phase.finished,
            "loss_names": list(self.step.names) if begun else [],
        }
        phase = self.phase if begun else None
        packed = stored.pack(self.method, phase=phase, optimizer=self.optimizer if begun else None, meta=meta)
        if begun:
            packed.tensors["sums"] = self.step.sums.cpu().numpy().copy()
        return packed


def implementation(method_id: str) -> type[Method]:
    """The class behind a method id, imported when first needed."""
    module, _, name = method_entry(method_id).implementation.partition(":")
    found: type[Method] = getattr(importlib.import_module(module), name)
    return found
