"""DynAE: the reconstruction target turns, point by point, from the own image to that of the center."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from dcviz.geometry.clusters import k_means
from models.losses import mean_squared_error, soft_assignments, squared_distances
from models.method import Assignment, Phase, derived_seed
from models.pretraining import AdversarialMethod

K_MEANS_STARTS = 10


class Dynamic(Phase):
    """Confident points are drawn to a center and its image, conflicted ones to themselves.

    With h1, h2 the two largest q of a point, it is unconflicted if h1 > beta1 and h1 - h2 > beta2:

        L = mean-SE(z, target) + gamma mean-MSE(g(f(x~)), image)

    target and image are the center and its decoding for unconflicted points, own code and own input for the
    others. Centers are real codes, those nearest to k-means centers. When a refresh does not find fewer
    conflicted points than the one before, centers are renewed and both thresholds sink by delta / K.

    Source: [DynAE, Eq. 8-13].
    """

    def prepare(self) -> None:
        """Centers and their images, frozen between updates; each point's target; thresholds."""
        settings, data, device = self.method.settings, self.method.data, self.method.device
        K, d = settings.clusters, settings.latent_dim
        self.refresh_every = settings.refresh_every
        self.tensors = {
            "centers": torch.zeros(K, d, device=device),
            "images": torch.zeros(K, data.x.shape[1], device=device),
            "targets": torch.zeros(data.n, d, device=device),
            "assigned": torch.zeros(data.n, dtype=torch.int64, device=device),
            "confident": torch.zeros(data.n, device=device),
        }
        kappa = settings.kappa
        self.numbers = {
            "beta1": kappa / K,
            "beta2": kappa / K / 2,
            "kappa": kappa,
            "delta": settings.decay * kappa,
            "conflicted": data.n + 1,
            "renewals": 0,
        }

    def begin(self) -> None:
        """First centers."""
        self.renew_centers(self.method.latents())

    @torch.no_grad()
    def renew_centers(self, z: Tensor) -> None:
        """Centers from k-means, each moved to the nearest code, and their decodings."""
        count = int(self.numbers["renewals"])
        found = k_means(
            z.cpu().numpy(),
            self.method.settings.clusters,
            seed=derived_seed(self.method.seed, f"k-means {count}"),
            n_init=K_MEANS_STARTS,
        )
        means = torch.as_tensor(found.centers, dtype=z.dtype, device=z.device)
        nearest = torch.cat([squared_distances(mean[None], z).argmin(1) for mean in means])
        self.tensors["centers"].copy_(z[nearest])
        self.tensors["images"].copy_(self.method.decode(z[nearest]))
        self.numbers["renewals"] = count + 1

    @torch.no_grad()
    def refresh(self) -> None:
        """Count the conflicted points; where that number is stuck, renew centers and lower the thresholds."""
        z, numbers = self.method.latents(), self.numbers
        conflicted = self.mark(z)
        if conflicted >= numbers["conflicted"]:
            self.renew_centers(z)
            self.lower_thresholds()
            conflicted = self.mark(z)
        numbers["conflicted"] = conflicted
        self.finished = conflicted < self.method.settings.tolerance * len(z)

    def mark(self, z: Tensor) -> int:
        """Set every point's target by the thresholds of the moment; the number of conflicted points."""
        tensors, numbers = self.tensors, self.numbers
        largest, order = soft_assignments(z, tensors["centers"]).topk(2, dim=1)
        first, second = largest.unbind(1)
        confident = (first > numbers["beta1"]) & (first - second > numbers["beta2"])
        assigned = order[:, 0]
        tensors["assigned"].copy_(assigned)
        tensors["confident"].copy_(confident)
        tensors["targets"].copy_(torch.where(confident[:, None], tensors["centers"][assigned], z))
        return len(z) - int(confident.sum())

    def lower_thresholds(self) -> None:
        """Sink by delta / K; then delta becomes the share `decay` of kappa, and kappa becomes delta.

        With kappa 3, decay .3 and K 10 beta1 goes .3, .21, .12, .093 and, as published, beta2 .15, .06, -.03.
        From the second renewal on nearly every point is unconflicted, because the largest of 10 shares is
        at least .1 and no difference is below 0: the schedule itself ends the phase there.
        """
        numbers, settings = self.numbers, self.method.settings
        share = 0.5 if settings.margin == "half" else 1.0
        numbers["beta1"] -= numbers["delta"] / settings.clusters
        numbers["beta2"] -= share * numbers["delta"] / settings.clusters
        numbers["delta"] = numbers["kappa"] = settings.decay * numbers["kappa"]

    def parameters(self) -> list[nn.Parameter]:
        """Encoder and decoder."""
        return [*self.method.encoder.parameters(), *self.method.decoder.parameters()]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        method, tensors = self.method, self.tensors
        x = method.data.rows(index)
        z = method.encoder(method.warped(x))
        confident = tensors["confident"].index_select(0, index)[:, None] > 0
        center_image = tensors["images"].index_select(0, tensors["assigned"].index_select(0, index))
        latent = mean_squared_error(z, tensors["targets"].index_select(0, index))
        image = mean_squared_error(method.decode(z), torch.where(confident, center_image, x))
        total = latent + method.settings.gamma * image
        return {"latent": latent, "reconstruction": image, "total": total}

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The preferred center, and q as the confidence."""
        centers = self.tensors["centers"]
        confidence, assignments = soft_assignments(z, centers).max(1)
        return Assignment(assignments, confidence, centers)


class DynAE(AdversarialMethod):
    """Interpolation pretraining, then dynamic targets."""

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, clustering."""
        return (self.pretraining(), Dynamic(self, "clustering"))
