"""The last phase of DCSS, and of X+MNet: sure pairs teach encoder and MNet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn

from models.descent import make_optimizer
from models.fuzzy import memberships, renew_centers
from models.method import Assignment, Phase
from models.methods.dec import initial_centers
from models.pairs import chosen_pairs, one_hot_residual, pair_loss, settled

if TYPE_CHECKING:
    from models.methods.dcss import DCSS

PROBE = 2_048
"""Points whose pairs with all others a snapshot counts."""


class Pairs(Phase):
    """Train encoder and MNet so that sure pairs agree or disagree; the decoder is left behind.

    S_ij = p_i . p_j for the first T2 epochs, q_i . q_j afterwards, only selects the pairs; `pairs.pair_loss`
    says what is asked of them.

    Source: [DCSS, Eq. 4-5, Algorithm 1].
    """

    def prepare(self) -> None:
        """The number of epochs so far: a captured step reads it, so it lies on the device."""
        self.tensors = {"epochs": torch.zeros((), device=self.method.device)}

    def begin(self) -> None:
        """Take the centers of the phase before, of the run branched from, or of k-means."""
        method = self.network_owner
        before = method.phases[1].tensors.get("centers")
        if before is not None:
            method.centers.copy_(before)
        elif not bool(method.centers.any()):
            method.centers.copy_(initial_centers(method, method.settings.clusters))

    @property
    def network_owner(self) -> DCSS:
        """The method, with its MNet and centers."""
        return cast("DCSS", self.method)

    def parameters(self) -> list[nn.Parameter]:
        """Encoder and MNet."""
        return [*self.method.encoder.parameters(), *self.network_owner.mnet.parameters()]

    def optimizer(self) -> torch.optim.Optimizer:
        """Adam, the encoder far slower than MNet."""
        settings, owner = self.method.settings, self.network_owner
        encoder, rest = list(owner.encoder.parameters()), list(owner.mnet.parameters())
        optimizer = make_optimizer(encoder, name="adam", learning_rate=settings.pair_learning_rate)
        rate: Any = settings.mnet_learning_rate
        if isinstance(optimizer.param_groups[0]["lr"], Tensor):
            rate = torch.tensor(rate, device=self.method.device)
        optimizer.add_param_group({"params": rest, "lr": rate})
        return optimizer

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch; "total" is their sum times pair_scale."""
        settings = self.method.settings
        u = self.method.encoder(self.method.view(index))
        q = self.q_of(u)
        with torch.no_grad():
            soft = self.selecting(u, q)
            similar, dissimilar = chosen_pairs(soft, soft, zeta=settings.zeta, gamma=settings.gamma)
        alike, unlike = pair_loss(settled(q) if settings.clamp else q, similar, dissimilar)
        total = settings.pair_scale * (alike + unlike)
        return {"similar": alike, "dissimilar": unlike, "total": total}

    def q_of(self, u: Tensor) -> Tensor:
        """MNet's assignments of latents."""
        return torch.softmax(self.network_owner.mnet(u), dim=1)

    def selecting(self, u: Tensor, q: Tensor) -> Tensor:
        """What similarity is measured by: p before epoch T2 is over, q afterwards."""
        settings, owner = self.method.settings, self.network_owner
        p = memberships(u, owner.centers, fuzziness=settings.fuzziness)
        return torch.where(self.tensors["epochs"] < settings.switch_epochs, p, q)

    @torch.no_grad()
    def end_epoch(self) -> None:
        """New centers while p selects; they are not needed afterwards."""
        settings, epochs = self.method.settings, self.tensors["epochs"].add_(1)
        if float(epochs) <= settings.switch_epochs:
            renew_centers(self.network_owner.centers, self.method.latents(), fuzziness=settings.fuzziness)

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The largest q; centers are means of latents weighted by q, so that both have one numbering.

        The centers behind p are numbered as k-means found them, MNet's clusters in an order of its own.
        """
        with self.method.at_rest():
            q = self.q_of(z)
        confidence, assignments = q.max(1)
        return Assignment(assignments, confidence, (q.T @ z) / q.sum(0)[:, None].clamp_min(1e-12))

    @torch.no_grad()
    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """Assignments, their distance to one-hot, and the pairs that a probe of points takes part in."""
        settings = self.method.settings
        with self.method.at_rest():
            q = self.q_of(z)
        soft = self.selecting(z, q)
        rows = torch.linspace(0, len(z) - 1, min(len(z), PROBE), device=z.device).long()
        similar, dissimilar = chosen_pairs(soft[rows], soft, zeta=settings.zeta, gamma=settings.gamma)
        itself = rows[:, None] == torch.arange(len(z), device=z.device)
        similar, dissimilar = similar & ~itself, dissimilar & ~itself
        pairs, alone = len(rows) * (len(z) - 1), ~similar.any(1)
        p = memberships(z, self.network_owner.centers, fuzziness=settings.fuzziness)
        shares = float(similar.sum()) / pairs, float(dissimilar.sum()) / pairs
        return {
            "memberships": p[:, like_clusters(p, q)],
            "q": q,
            "residual": one_hot_residual(q),
            "uses_q": float(self.tensors["epochs"] >= settings.switch_epochs),
            "similar_pairs": shares[0],
            "dissimilar_pairs": shares[1],
            "participating_pairs": sum(shares),
            "unpaired": float(alone.float().mean()),
            "unpaired_rows": rows[alone],
        }


def like_clusters(p: Tensor, q: Tensor) -> Tensor:
    """Which column of p goes with each column of q: the matching with the largest overlap sum_i p_ik q_il.

    Args:
        p: (n, K) memberships.
        q: (n, K) assignments, numbered in another order.

    Returns:
        (K,) int64, a permutation.
    """
    overlap = (q.T @ p).nan_to_num().cpu().numpy()  # the loop reports what is not finite
    return torch.from_numpy(linear_sum_assignment(overlap, maximize=True)[1]).to(p.device)
