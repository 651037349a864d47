"""IDEC: DEC's loss beside the reconstruction loss."""

from __future__ import annotations

from torch import Tensor, nn

from models.losses import reconstruction_error
from models.method import Method, Phase
from models.methods.dec import Clustering
from models.pretraining import Reconstruction


class ClusteringWithReconstruction(Clustering):
    """Minimize mean-MSE(x, g(f(x))) + gamma KL(P || Q) over encoder, decoder and centers.

    Source: [IDEC, Eq. 5-6].
    """

    replayable = True

    def parameters(self) -> list[nn.Parameter]:
        """Encoder, centers and decoder."""
        return [*super().parameters(), *self.method.decoder.parameters()]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        method, settings = self.method, self.method.settings
        x = method.view(index)
        z = method.encoder(x)
        reduction = settings.reconstruction_reduction
        reconstruction = reconstruction_error(method.decode(z), x, reduction=reduction)
        clustering = self.clustering_loss(z, index)
        total = reconstruction + settings.gamma * clustering
        return {"reconstruction": reconstruction, "clustering": clustering, "total": total}


class IDEC(Method):
    """Auto-encoder pretraining, then both losses."""

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, clustering."""
        return (Reconstruction(self, "pretraining"), ClusteringWithReconstruction(self, "clustering"))
