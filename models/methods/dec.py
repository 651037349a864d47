"""DEC: sharpen the soft assignments that a pretrained encoder already makes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dcviz.geometry.clusters import k_means
from models.losses import kl_divergence, soft_assignments, target_distribution
from models.method import Assignment, Method, Phase, derived_seed
from models.pretraining import Reconstruction

K_MEANS_STARTS = 20


class Clustering(Phase):
    """Minimize KL(P || Q) over encoder and centers; the decoder is left behind.

    q_ij says how much point i belongs to center j, p_ij is q sharpened over the whole set and kept fixed
    between refreshes. Pulling q toward p moves each point toward the center it already prefers:

        dL/dz_i = 2 sum_j (p_ij - q_ij)(z_i - mu_j) / (1 + |z_i - mu_j|^2)

    Source: [DEC, Eq. 1-5]; the target over the whole set as in the authors' code.
    """

    replayable = True

    def __init__(self, method: Method, name: str):
        super().__init__(method, name)
        settings = method.settings
        self.refresh_every = settings.refresh_every
        size = (settings.clusters, settings.latent_dim)
        self.centers = nn.Parameter(torch.zeros(size, device=method.device))

    def prepare(self) -> None:
        """Centers, targets p of all points, and the last assignments."""
        n, device = self.method.data.n, self.method.device
        self.tensors = {
            "centers": self.centers.data,
            "targets": torch.zeros(n, len(self.centers), device=device),
            "assigned": torch.full((n,), -1, dtype=torch.int64, device=device),
        }

    def begin(self) -> None:
        """Centers from k-means on the latents."""
        self.centers.data.copy_(initial_centers(self.method, len(self.centers)))

    @torch.no_grad()
    def refresh(self) -> None:
        """Targets from all points; finished when hardly a point changes its cluster."""
        q = soft_assignments(self.method.latents(), self.centers)
        self.tensors["targets"].copy_(target_distribution(q))
        assigned = q.argmax(1)
        changed = (assigned != self.tensors["assigned"]).float().mean()
        self.tensors["assigned"].copy_(assigned)
        tolerance = self.method.settings.tolerance
        # Asking a device tensor stalls the GPU; only a tolerance needs the answer.
        if tolerance > 0 and float(changed) <= tolerance:
            self.finished = True

    def parameters(self) -> list[nn.Parameter]:
        """Encoder and centers."""
        return [*self.method.encoder.parameters(), self.centers]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        z = self.method.encoder(self.method.view(index))
        loss = self.clustering_loss(z, index)
        return {"clustering": loss, "total": loss}

    def clustering_loss(self, z: Tensor, index: Tensor) -> Tensor:
        """KL(P || Q) of a batch of latents with these rows."""
        targets = self.tensors["targets"].index_select(0, index)
        return kl_divergence(targets, soft_assignments(z, self.centers))

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The preferred center, and q as the confidence."""
        confidence, assignments = soft_assignments(z, self.centers).max(1)
        return Assignment(assignments, confidence, self.centers.detach())


class DEC(Method):
    """Auto-encoder pretraining, then clustering."""

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, clustering."""
        return (Reconstruction(self, "pretraining"), Clustering(self, "clustering"))


def initial_centers(method: Method, clusters: int) -> Tensor:
    """Centers (K, d) of k-means on the latents of all points."""
    z = method.latents().cpu().numpy()
    found = k_means(z, clusters, seed=derived_seed(method.seed, "k-means"), n_init=K_MEANS_STARTS)
    return torch.as_tensor(found.centers, dtype=torch.float32)
