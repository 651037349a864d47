"""Gradients of a training's losses, one by one, on a copy of the model: measured beside it, never fed back.

No module that trains imports this one. A copy is built from a checkpoint, on the CPU, with a generator of its
own; what the losses are compared with comes from outside as plain arrays, after the fact.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.checkpoint import load_networks
from models.loop import implementation
from models.method import Data, Phase
from models.methods.rdc import Proximity
from models.snapshot import Checkpoint
from models.wanted import KINDS, Kind, NotComparableError, Wanted, draw_to_neighbors


class Copy:
    """A copy of a method on a few points, which takes up any checkpoint of a run.

    Args:
        method_id: one of METHODS.
        x: (n, D) all points of the training, in the type that it stores them in.
        rows: (B,) which of them the copy is about.
        scale: what x is multiplied by.
        image_shape: of pictures.
        settings: of the run.
    """

    def __init__(
        self,
        method_id: str,
        x: np.ndarray,
        *,
        rows: np.ndarray,
        scale: float,
        image_shape: tuple[int, ...] | None,
        settings: Any,
    ):
        self.rows, self.x = rows, x
        points = torch.from_numpy(np.require(x[rows], requirements=["C", "W"]))
        # Layers may draw first weights from torch's own generator before they are set: put it back.
        with torch.random.fork_rng(devices=[]):
            self.method = implementation(method_id)(settings, Data(points, scale, image_shape), seed=0)
        self.method.augmented = False
        self.encoder = list(self.method.encoder.parameters())
        self.weights = sum(parameter.numel() for parameter in self.method.parameters())

    def gradients(self, checkpoint: Checkpoint, wanted: Wanted) -> dict[str, np.ndarray | None]:
        """The gradient of each loss by the encoder's parameters, flat, over the points of this copy.

        Clean points, networks at rest. Where neighbors are the targets, they are those of this moment.

        Args:
            checkpoint: weights and what the phase remembers.
            wanted: what to compare with.

        Returns:
            "pseudo" (the loss that follows the method's own targets), "self" (the decoder's; None if the
            phase has none), "total", and "supervised" (as pseudo, with the wanted targets; None if nothing
            is wanted).

        Raises:
            NotComparableError: if the phase has no targets of its own, or has not begun.
        """
        phase = self._phase(checkpoint)
        kind = KINDS[type(phase)]
        index = torch.arange(len(self.rows))
        with self.method.at_rest():
            if isinstance(phase, Proximity):
                draw_to_neighbors(phase, wanted, rows=self.rows)
                self._show_neighbors(phase)
            losses = phase.loss(index)
            names = {"pseudo": kind.pseudo, "self": kind.own, "total": "total"}
            found = {
                name: None if key is None else self._gradient(losses[key], keep=True)
                for name, key in names.items()
            }
            better = self._supervised(phase, kind, wanted)
            found["supervised"] = None if better is None else self._gradient(better)
        return found

    def _phase(self, checkpoint: Checkpoint) -> Phase:
        """The phase of the checkpoint with its weights and memory."""
        meta = checkpoint.meta
        phase = self.method.phases[meta["phase_index"]]
        if type(phase) not in KINDS:
            raise NotComparableError(
                f"The phase {phase.name} makes no targets that true labels could replace."
            )
        if meta["phase_iteration"] == 0:
            raise NotComparableError(f"The phase {phase.name} has not begun.")
        load_networks(self.method, checkpoint.tensors)
        phase.prepare()
        for name, value in phase.tensors.items():
            array = checkpoint.tensors[f"phase.{name}"]
            # What is remembered of each of the n points is needed of these alone.
            value.copy_(torch.from_numpy(array if array.shape == tuple(value.shape) else array[self.rows]))
        return phase

    def _show_neighbors(self, phase: Proximity) -> None:
        """Have the phase look up pictures of neighbors, which may be any points, where they are."""
        if "neighbors" not in phase.tensors:
            return
        which, places = np.unique(phase.tensors["neighbors"].numpy(), return_inverse=True)
        points = torch.from_numpy(np.require(self.x[which], requirements=["C", "W"]))
        phase.everyone = replace(self.method.data, x=points)
        phase.tensors["neighbors"].copy_(torch.from_numpy(places.reshape(phase.tensors["neighbors"].shape)))

    def _supervised(self, phase: Phase, kind: Kind, wanted: Wanted) -> Tensor | None:
        """The loss with the wanted targets."""
        if kind.supervised is None:
            if wanted.allowed is None:
                return None
            assert isinstance(phase, Proximity)
            draw_to_neighbors(phase, wanted, rows=self.rows, only=wanted.allowed)
            self._show_neighbors(phase)
            return phase.loss(torch.arange(len(self.rows)))[kind.pseudo]
        if wanted.clusters is None:
            return None
        clusters = torch.from_numpy(np.asarray(wanted.clusters[self.rows], np.int64))
        known = torch.nonzero(clusters >= 0)[:, 0]
        if not len(known):
            raise NotComparableError("No point is wanted in any cluster.")
        z = self.method.encoder(self.method.data.rows(known))
        return kind.supervised(phase, z, clusters[known])

    def _gradient(self, loss: Tensor, *, keep: bool = False) -> np.ndarray:
        parts = torch.autograd.grad(loss, self.encoder, retain_graph=keep, materialize_grads=True)
        return torch.cat([part.reshape(-1) for part in parts]).double().numpy()
