"""Gradients of a training's losses, one by one, on a copy of the model: measured beside it, never fed back.

No module that trains imports this one. A copy is built from a checkpoint, on the CPU, with a generator of its
own; what the losses are compared with comes from outside as plain arrays, after the fact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dcviz.geometry.filters import neighbor_centroids, reliable_neighbors
from models.checkpoint import load_networks
from models.loop import implementation
from models.losses import mean_squared_error, soft_assignments, squared_distances
from models.method import Data, Phase
from models.methods.dcn import AlternatingKMeans
from models.methods.dcss import ClusterRuns
from models.methods.dcss_pairs import Pairs
from models.methods.dec import Clustering
from models.methods.decs import Stability
from models.methods.dkm import SoftKMeans
from models.methods.dynae import Dynamic
from models.methods.idec import ClusteringWithReconstruction
from models.methods.rdc import Proximity
from models.pairs import pair_loss
from models.snapshot import Checkpoint


@dataclass(frozen=True)
class Wanted:
    """What the losses of a moment are compared with; every array is about all n points.

    Args:
        latents: (n, d) latents of the moment.
        indices: (n, M) neighbors of each point, ascending.
        distances: (n, M) how far they are.
        clusters: (n,) the cluster each point is wanted in, -1 for none; None if nobody says.
        allowed: (n, M) bool, neighbors a point may be drawn to; None if nobody says.
    """

    latents: np.ndarray
    indices: np.ndarray
    distances: np.ndarray
    clusters: np.ndarray | None = None
    allowed: np.ndarray | None = None


Supervised = Callable[[Any, Tensor, Tensor], Tensor]
"""Phase, latents (B, d) and wanted clusters (B,) to a loss of the form of the phase's own."""


@dataclass(frozen=True)
class Kind:
    """The parts of a phase's loss: `pseudo` follows targets it made itself, `own` rebuilds the input, if any.

    `supervised` is `pseudo` with the wanted clusters for targets; None where neighbors take their place.
    """

    pseudo: str
    own: str | None
    supervised: Supervised | None


def _to_assignment(q: Tensor, wanted: Tensor) -> Tensor:
    """KL(one-hot || q) = -mean log q of the wanted cluster."""
    return -q.gather(1, wanted[:, None]).log().mean()


def _to_center(z: Tensor, centers: Tensor, wanted: Tensor) -> Tensor:
    """Squared distance to the wanted center, one number a point."""
    return squared_distances(z, centers).gather(1, wanted[:, None])


def _pairs(phase: Pairs, z: Tensor, wanted: Tensor) -> Tensor:
    alike = wanted[:, None] == wanted
    return phase.method.settings.pair_scale * sum(pair_loss(phase.q_of(z), alike, ~alike))


def _soft(phase: Clustering, z: Tensor, wanted: Tensor) -> Tensor:
    return _to_assignment(soft_assignments(z, phase.centers), wanted)


KINDS: dict[type[Phase], Kind] = {
    Clustering: Kind("clustering", None, _soft),
    ClusteringWithReconstruction: Kind("clustering", "reconstruction", _soft),
    Stability: Kind("instability", None, lambda phase, z, wanted: _to_assignment(phase.q_of(z), wanted)),
    Dynamic: Kind(
        "latent",
        "reconstruction",
        lambda phase, z, wanted: mean_squared_error(z, phase.tensors["centers"][wanted]),
    ),
    AlternatingKMeans: Kind(
        "clustering",
        "reconstruction",
        lambda phase, z, wanted: _to_center(z, phase.tensors["centers"], wanted).mean(),
    ),
    SoftKMeans: Kind(
        "clustering", "reconstruction", lambda phase, z, wanted: _to_center(z, phase.centers, wanted).mean()
    ),
    ClusterRuns: Kind(
        "clustering",
        "reconstruction",
        lambda phase, z, wanted: _to_center(z, phase.tensors["centers"], wanted).sum(),
    ),
    Pairs: Kind("total", None, _pairs),
    Proximity: Kind("proximity", "reconstruction", None),
}
"""Phases whose targets can be told apart from better ones."""
COMPARABLE = ("dec", "rdc", "idec", "dynae", "dcn", "dkm", "dcss", "decs")
"""Methods that have such a phase."""


class NotComparableError(ValueError):
    """These losses have no counterpart at this moment; the message says why."""


class Copy:
    """A copy of a method on a few points, which takes up any checkpoint of a run.

    Args:
        method_id: one of METHODS.
        x: (B, D) the points, in the type that training stores them in.
        rows: (B,) which of the n points of the training they are.
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
        self.rows = rows
        points = torch.from_numpy(np.require(x, requirements=["C", "W"]))
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

    def _supervised(self, phase: Phase, kind: Kind, wanted: Wanted) -> Tensor | None:
        """The loss with the wanted targets."""
        if kind.supervised is None:
            if wanted.allowed is None:
                return None
            draw_to_neighbors(phase, wanted, rows=self.rows, only=wanted.allowed)
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


def draw_to_neighbors(
    phase: Any, wanted: Wanted, *, rows: np.ndarray, only: np.ndarray | None = None
) -> None:
    """Set R-DC's targets as a refresh on the clean points would, from neighbors found elsewhere.

    Args:
        phase: R-DC's second.
        wanted: latents and neighbors of all points.
        rows: the points the phase is about.
        only: (n, M) bool, neighbors that may count; a point left without any keeps its own code. The spread
            that targets are stretched to is the same with and without it.

    Raises:
        NotComparableError: if fewer than M neighbors are at hand.
    """
    settings = phase.method.settings
    m = settings.M
    if wanted.indices.shape[1] < m:
        raise NotComparableError(
            f"{wanted.indices.shape[1]} neighbors a point are stored, the method uses {m}."
        )
    z = torch.from_numpy(np.array(wanted.latents, np.float32))
    indices = torch.from_numpy(np.array(wanted.indices[:, :m], np.int64))
    distances = torch.from_numpy(np.array(wanted.distances[:, :m], np.float32))
    reliable = reliable_neighbors(distances, settings.tau_distance, reading=settings.d_ref)
    targets = neighbor_centroids(z, indices, reliable)
    spread = phase.tensors["spread"] if settings.keep_scale else targets.std(0)
    factor, middle = spread / targets.std(0).clamp_min(1e-30), targets.mean(0)
    if only is not None:
        targets = neighbor_centroids(z, indices, reliable & torch.from_numpy(only[:, :m].copy()))
    core = phase.core_points(distances)
    targets = torch.where(core[:, None], (targets - middle) * factor + middle, z)
    phase.tensors["targets"].copy_(targets[rows])
    phase.tensors["core"].copy_(core[rows])
