"""CC: contrastive clustering, one phase, no pretraining, no decoder."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from models import networks, several
from models.colors import recolored
from models.contrast import contrastive_loss, imbalance
from models.convolutional import pictures_only
from models.crops import Window, beta_quantiles, cropped, draw_windows
from models.method import Assignment, Method, Phase, derived_seed
from models.resnet import BLOCKS, ResNet, resnet
from models.widths import HIDDEN

RESNETS = ("resnet", *BLOCKS)
SHOWN_POINTS, SHOWN_CROPS = 8, 8

Pairing = tuple[Tensor, Tensor, Tensor, Tensor]
"""Features for the instance head, first and second view, then for the cluster head."""


class Contrast(Phase):
    """Two views of each point agree: as points, and in how the clusters' columns look.

        L = L_rep + L_clu + sum_t (ln K - H(P^t))

    Both views go through the network in one pass, so batch normalization sees them together.

    Source: [CC].
    """

    fine_tuning = False

    def __init__(self, method: Method, name: str):
        super().__init__(method, name)
        self.owner = cast("CC", method)
        self.ranks = several.present()
        several.normalize_together(method, self.ranks)
        self.spread = beta_quantiles(1.0).to(method.device)

    def parameters(self) -> list[nn.Parameter]:
        """Backbone and both heads."""
        return list(self.method.parameters())

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of a batch, averaged over the pairings of its views."""
        settings, owner = self.method.settings, self.owner
        first, second = self.features(index)
        pairings = self.pairings(first, second, index)
        sums: dict[str, Tensor] = {}
        for pairing in pairings:
            with owner.arithmetic():
                a, b = (owner.instance_head(xi) for xi in pairing[:2])
                v1, v2 = (owner.cluster_head(xi).softmax(1) for xi in pairing[2:])
            parts = {
                "instance": contrastive_loss(a, b, temperature=settings.temperature),
                "cluster": contrastive_loss(v1.T, v2.T, temperature=settings.cluster_temperature),
                "imbalance": imbalance(v1) + imbalance(v2),
            }
            sums = {name: sums.get(name, 0) + part / len(pairings) for name, part in parts.items()}
        total = sums["instance"] + sums["cluster"] + settings.entropy_weight * sums["imbalance"]
        return {**sums, "total": total}

    def features(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Features of both views of a batch; of several devices each computes its share."""
        views = self.views(index)
        with self.owner.arithmetic():
            if self.ranks is None:
                first, second = self.owner.encoder(views).chunk(2)
                return first, second
            first, second = self.owner.encoder(self.ranks.share(views)).chunk(2)
        return self.ranks.gathered(first), self.ranks.gathered(second)

    def gradients(self, index: Tensor) -> dict[str, Tensor]:
        """Gradients of the total loss; with several devices the same on each."""
        losses = super().gradients(index)
        if self.ranks is not None:
            self.ranks.average(self.parameters())
        return losses

    def pairings(self, first: Tensor, second: Tensor, index: Tensor) -> list[Pairing]:
        """Which features are held against which: view 1 against view 2."""
        return [(first, second, first, second)]

    def views(self, index: Tensor) -> Tensor:
        """Two views of a batch, one below the other, (2B, D')."""
        x = self.method.data.rows(index)
        if not self.method.augmented:
            views = corrupted(x.repeat(2, 1), self.method.settings.corruption, self.method.generator)
            return self.owner.seen(views)
        settings, generator = self.method.settings, self.method.generator
        channels, *size = self.owner.shape
        images = x.reshape(-1, channels, *size).repeat(2, 1, 1, 1)
        window = self.windows(self.boxes(index).repeat(2, 1), generator)
        mirrored = torch.rand(len(images), generator=generator, device=x.device) < settings.mirror
        images = cropped(images, window, mirrored=mirrored, size=self.owner.seen_size)
        images = recolored(
            images,
            strength=settings.color_strength,
            probability=settings.color_share,
            gray=settings.gray_share,
            generator=generator,
        )
        return images.flatten(1)

    def boxes(self, index: Tensor) -> Tensor:
        """The box that the middle of each point's crops stays in: the whole picture."""
        whole = torch.zeros(len(index), 4, device=index.device)
        whole[:, 2:] = 1
        return whole

    def windows(self, boxes: Tensor, generator: torch.Generator) -> Window:
        """Random crops for these boxes."""
        _, tall, wide = self.owner.shape
        low = self.method.settings.crop_area
        return draw_windows(boxes, (tall, wide), low=low, quantiles=self.spread, generator=generator)

    @torch.no_grad()
    def assign(self, z: Tensor) -> Assignment:
        """The largest output of the cluster head; centers are means of features, weighted by it."""
        v = self.owner.cluster_head(z).softmax(1)
        confidence, assignments = v.max(1)
        return Assignment(assignments, confidence, (v.T @ z) / v.sum(0)[:, None].clamp_min(1e-12))

    def shown_rows(self, n: int) -> Tensor:
        """The points whose crops a snapshot shows."""
        return torch.linspace(0, n - 1, min(n, SHOWN_POINTS), device=self.method.device).long()

    @torch.no_grad()
    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """Crops of a few points, drawn beside the training's own random numbers; none without pictures."""
        if not self.method.augmented:
            return {}
        rows = self.shown_rows(len(z))
        generator = torch.Generator(z.device).manual_seed(derived_seed(self.method.seed, "crops"))
        boxes = self.boxes(rows).repeat_interleave(SHOWN_CROPS, 0)
        crops = self.windows(boxes, generator).stacked().view(len(rows), SHOWN_CROPS, 4)
        return {"crop_rows": rows, "crops": crops}


class CC(Method):
    """A backbone, an instance head and a cluster head."""

    shares_batches = True

    shape: tuple[int, int, int]
    seen_size: tuple[int, int]

    def build(self, generator: torch.Generator) -> None:
        """Backbone by name, heads of two layers on its features."""
        settings, data = self.settings, self.data
        if settings.network == "auto" and data.image_shape is not None:
            self.network = "resnet"
        input_dim = data.x.shape[1]
        if data.image_shape is not None:
            self.shape = pictures_only(data.image_shape, network=self.network)
            side = settings.resolution
            self.seen_size = (side, side) if side else self.shape[1:]
            input_dim = self.shape[0] * self.seen_size[0] * self.seen_size[1]
        if self.network in RESNETS:
            seen = (self.shape[0], *self.seen_size) if data.image_shape is not None else None
            self.encoder = resnet(
                self.network, seen, features=settings.latent_dim, generator=generator,
                channels_last=settings.channels_last,
            )  # fmt: skip
        else:
            self.encoder = plain_stack((input_dim, *HIDDEN[self.network], settings.latent_dim), generator)
        d = settings.latent_dim
        self.instance_head = plain_stack((d, d, settings.instance_dim), generator)
        self.cluster_head = plain_stack((d, d, settings.clusters), generator)

    def make_phases(self) -> tuple[Phase, ...]:
        """One."""
        return (Contrast(self, "contrast"),)

    def check_data(self) -> None:
        """Colors are changed within 0..1 and cut off beyond."""
        if self.augmented and self.settings.color_share > 0:
            self.require_unit_range("changes of color need", way_out="color_share=0")

    def encode(self, x: Tensor) -> Tensor:
        """Features of points."""
        return super().encode(self.seen(x))

    def feature_map(self, x: Tensor) -> Tensor:
        """The backbone's last feature map of whole pictures, (B, d, h, w); ResNets alone have one."""
        return cast(ResNet, self.encoder).feature_map(self.seen(x))

    def seen(self, x: Tensor) -> Tensor:
        """Points as the backbone is trained on them: pictures brought to its size."""
        if self.data.image_shape is not None and self.seen_size != self.shape[1:]:
            images = x.reshape(-1, *self.shape)
            x = functional.interpolate(images, size=self.seen_size, mode="bilinear").flatten(1)
        return x

    def arithmetic(self) -> torch.autocast:
        """Mixed precision where the settings say so; no cache, which a captured step could not keep."""
        on = self.settings.precision == "bfloat16"
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=on, cache_enabled=False)


def plain_stack(widths: tuple[int, ...], generator: torch.Generator) -> nn.Sequential:
    """Linear layers with ReLU between them, layer by layer, so that each can run in mixed precision."""
    return nn.Sequential(*networks.stack(widths, generator))


def corrupted(x: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Replace a share of the values by those of random other rows, column by column: views of vectors.

    Our addition, after SCARF (Bahri et al., 2022): the paper's views exist for pictures alone.
    """
    replaced = torch.rand(x.shape, generator=generator, device=x.device) < share
    source = torch.randint(len(x), x.shape, generator=generator, device=x.device)
    return torch.where(replaced, x.gather(0, source), x)
