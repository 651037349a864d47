"""What true targets would ask of each method's loss: the counterpart of its own targets, phase by phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dcviz.geometry.filters import neighbor_centroids, reliable_neighbors
from models.losses import mean_squared_error, soft_assignments, squared_distances
from models.method import Phase
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
    if "neighbors" in phase.tensors:
        phase.remember_neighbors(indices[rows], reliable[rows], rows=torch.from_numpy(rows))
