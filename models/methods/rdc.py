"""R-DC: no pseudo-labels; each core point is drawn to the centroid of its reliable neighbors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from dcviz.geometry.filters import core_border_split, neighbor_centroids, neighbor_ratio, reliable_neighbors
from models.losses import masked_mean_squared_error, mean_squared_error
from models.method import Data, Method, Phase
from models.neighbors import nearest
from models.pretraining import AdversarialMethod

GROWTH = 1e-3
THEN = "decoder."
"""How the decoder's weights at the switch are called among the tensors of the phase."""


class Proximity(Phase):
    """Move core points to the centroid c(z_i) of their reliable neighbors, in latent and input space.

        L2 = 1/(B d) sum_core |f(x~_i) - c(z_i)|^2
        L1 = 1/(B D) (sum_core |g(f(x~_i)) - g(c(z_i))|^2 + sum_border |g(f(x~_i)) - x_i|^2)
        L  = L2 + gamma L1

    Targets carry no gradient. The published method takes them from the clean view while the augmented view is
    trained; bilinear warping shrinks the input, the encoder answers with a larger gain, the next targets are
    larger still, and the latents run away. So targets are averages over augmented views, and keep the spread
    that the latents had when the phase began; `target_views=0` and `keep_scale=False` show the original.

    The picture side has a flaw of its own: for core points L1 compares g with g. Any constant added to all
    that g gives leaves their loss as it is, and where targets lie farther out than codes, g grows to reach
    them. Only border points hold the pictures; where they are few, the pictures drift without end.
    So core points rebuild the mean input of the neighbors whose mean code is c, which no drift can follow;
    `core_image="moment"` shows the original.

    Source: [RDC, Eq. 3-14].
    """

    replayable = True

    def __init__(self, method: Method, name: str):
        super().__init__(method, name)
        self.refresh_every = method.settings.refresh_every
        self.everyone = method.data

    def prepare(self) -> None:
        """Targets, their weights, and the spread to keep."""
        settings, data, device = self.method.settings, self.method.data, self.method.device
        self.tensors = {
            "targets": torch.zeros(data.n, settings.latent_dim, device=device),
            "core": torch.zeros(data.n, device=device),
            "spread": torch.ones(settings.latent_dim, device=device),
        }
        if settings.core_image == "neighbors":
            size = (data.n, min(settings.M, data.n - 1))
            self.tensors["neighbors"] = torch.zeros(size, dtype=torch.int64, device=device)
            self.tensors["shares"] = torch.zeros(size, device=device)
        if settings.core_image == "switch":
            self.tensors |= {f"{THEN}{name}": p.detach().clone() for name, p in self.decoder_now()}
        self.numbers = {"refreshes": 0, "best_share": -1.0, "best_refresh": 0}

    @torch.no_grad()
    def begin(self) -> None:
        """Remember how far the latents spread, and what the decoder makes of them."""
        self.tensors["spread"].copy_(self.codes().std(0))
        if self.method.settings.core_image == "switch":
            for name, now in self.decoder_now():
                self.tensors[f"{THEN}{name}"].copy_(now)

    def decoder_now(self) -> list[tuple[str, nn.Parameter]]:
        """The decoder's weights of the moment, by name."""
        return list(self.method.decoder.named_parameters())

    def codes(self) -> Tensor:
        """Latents of all points, averaged over fresh augmented views, or of the clean view."""
        views = self.method.settings.target_views if self.method.augmented else 0
        if views == 0:
            return self.method.latents()
        total = self.method.latents(warped=True)
        for _ in range(views - 1):
            total += self.method.latents(warped=True)
        return total / views

    def refresh(self) -> None:
        """Neighbors, core points, reliable neighbors and their centroids, over the whole set."""
        settings = self.method.settings
        z = self.codes()
        indices, distances = nearest(z, m=settings.M)
        reliable = reliable_neighbors(distances, settings.tau_distance, reading=settings.d_ref)
        targets = neighbor_centroids(z, indices, reliable)
        if settings.core_image == "neighbors":
            self.remember_neighbors(indices, reliable)
        core = self.core_points(distances)
        if settings.keep_scale:
            targets = rescaled(targets, self.tensors["spread"])
        # Border points keep their own code: the default loss never reads it, two options do.
        self.tensors["targets"].copy_(torch.where(core[:, None], targets, z))
        self.tensors["core"].copy_(core)
        self.watch(core)

    def remember_neighbors(self, indices: Tensor, reliable: Tensor, *, rows: Tensor | None = None) -> None:
        """Which points a core point's picture is made of; its own where no neighbor is reliable.

        Args:
            indices: (n, M) neighbors.
            reliable: (n, M) bool.
            rows: (n,) which points these are; all in order if left out.
        """
        none = ~reliable.any(1, keepdim=True)
        own = torch.arange(len(indices), device=indices.device) if rows is None else rows
        self.tensors["neighbors"].copy_(torch.where(none, own[:, None], indices))
        self.tensors["shares"].copy_((reliable | none) / (reliable | none).sum(1, keepdim=True))

    def core_points(self, distances: Tensor) -> Tensor:
        """Which points are core (n,) bool, by the rule of the settings."""
        settings = self.method.settings
        if settings.core == "all":
            return torch.ones(len(distances), dtype=torch.bool, device=distances.device)
        if settings.core == "below":
            return neighbor_ratio(distances) < settings.lambda_ratio
        return core_border_split(distances, settings.lambda_ratio)

    def watch(self, core: Tensor) -> None:
        """The paper's stop rule: finished when the core share has stopped growing."""
        settings, numbers = self.method.settings, self.numbers
        numbers["refreshes"] += 1
        if settings.stop_rule != "core share":
            return
        share = float(core.float().mean())
        if share > numbers["best_share"] + GROWTH:
            numbers["best_share"], numbers["best_refresh"] = share, numbers["refreshes"]
        idle = numbers["refreshes"] - numbers["best_refresh"]
        self.finished = idle >= settings.patience and numbers["refreshes"] >= settings.min_refresh

    def parameters(self) -> list[nn.Parameter]:
        """Encoder and decoder."""
        return [*self.method.encoder.parameters(), *self.method.decoder.parameters()]

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch."""
        method, settings = self.method, self.method.settings
        x = method.data.rows(index)
        z = method.encoder(method.warped(x))
        target = self.tensors["targets"].index_select(0, index)
        core = self.tensors["core"].index_select(0, index)
        pulled = torch.ones_like(core) if settings.border_latent == "own" else core
        with torch.no_grad():
            image = self.core_images(index, target, x)
            border = x if settings.border_image == "input" else method.decoder(target)
            image = torch.where(core[:, None] > 0, image, border)
        proximity = masked_mean_squared_error(z, target, pulled)
        reconstruction = mean_squared_error(method.decoder(z), image)
        total = proximity + settings.gamma * reconstruction
        return {"proximity": proximity, "reconstruction": reconstruction, "total": total}

    def core_images(self, index: Tensor, target: Tensor, x: Tensor) -> Tensor:
        """What core points rebuild (B, D), by the rule of the settings."""
        rule, method = self.method.settings.core_image, self.method
        if rule == "input":
            return x
        if rule == "neighbors":
            neighbors = self.tensors["neighbors"].index_select(0, index)  # (B, M)
            shares = self.tensors["shares"].index_select(0, index)
            return mixed(self.everyone, neighbors, shares)
        then = {name[len(THEN) :]: value for name, value in self.tensors.items() if name.startswith(THEN)}
        image: Tensor = functional_call(method.decoder, then, (target,))
        return image


class RDC(AdversarialMethod):
    """Interpolation (or plain reconstruction) pretraining, then proximity."""

    def make_phases(self) -> tuple[Phase, ...]:
        """Pretraining, proximity."""
        return (self.pretraining(), Proximity(self, "proximity"))


def mixed(data: Data, index: Tensor, shares: Tensor) -> Tensor:
    """Mixtures of points: sum_j shares_ij x_index_ij.

    Args:
        data: the points.
        index: (B, M) rows.
        shares: (B, M), how much of each.

    Returns:
        (B, D) float32.
    """
    # Scaled shares, not scaled points: uint8 pictures become float32 and weighted in one kernel.
    return (functional.embedding(index, data.x) * (shares * data.scale)[:, :, None]).sum(1)


def rescaled(targets: Tensor, spread: Tensor) -> Tensor:
    """Stretch targets about their mean so that each coordinate has this standard deviation again."""
    now = targets.std(0)
    factor = torch.where(now > 0, spread / now, torch.ones_like(now))
    return (targets - targets.mean(0)) * factor + targets.mean(0)
