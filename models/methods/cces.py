"""CCES: contrastive clustering with contrastive crops and a support set of neighbors."""

from __future__ import annotations

import torch
from torch import Tensor

from models.convolutional import NetworkError
from models.crops import CENTER_BOX, Window, beta_quantiles, draw_windows, heat_boxes
from models.method import CHUNK, Method, Phase
from models.methods.cc import CC, RESNETS, Contrast, Pairing
from models.support_set import nearest_entries, push

HEAT_CHUNK = CHUNK // 16


class SupportedContrast(Contrast):
    """CC, where heads may see the nearest entry of a queue in place of a view.

    The entry is looked up first, then the batch's first views take the place of the oldest entries. Entries
    carry no gradient: with both heads swapped for view 1 the backbone learns through view 2 alone.

    Source: [CCES]; crops as in ContrastiveCrop.
    """

    def __init__(self, method: Method, name: str):
        super().__init__(method, name)
        settings = method.settings
        if settings.crop != "random":
            self.spread = beta_quantiles(settings.crop_beta).to(method.device)
        if settings.crop == "heat map" and method.augmented and method.network not in RESNETS:
            raise NetworkError(
                f"crop=heat map needs feature maps, which network={method.network} has not: use a resnet, or "
                "crop=center."
            )
        self.uniform = beta_quantiles(1.0).to(method.device)

    def prepare(self) -> None:
        """The queue, whose entries are which points, the boxes, and each point's last neighbor."""
        settings, data, device = self.method.settings, self.method.data, self.method.device
        batch = min(settings.batch_size, data.n)
        size = max(batch, min(settings.queue_size, data.n // 2))
        self.needed = size if settings.warmup < 0 else settings.warmup * batch
        center = torch.tensor(CENTER_BOX if settings.crop == "center" else (0, 0, 1, 1), device=device)
        self.tensors = {
            "queue": torch.zeros(size, settings.latent_dim, device=device),
            "rows": torch.full((size,), -1, dtype=torch.int64, device=device),
            "cursor": torch.zeros((), dtype=torch.int64, device=device),
            "filled": torch.zeros((), dtype=torch.int64, device=device),
            "neighbor": torch.full((data.n,), -1, dtype=torch.int64, device=device),
            "boxes": center.float().repeat(data.n, 1),
            "boxed": torch.full((), float(settings.crop == "center"), device=device),
        }
        self.numbers = {"epochs": 0}

    def begin(self) -> None:
        """Random entries."""
        self.tensors["queue"].normal_(generator=self.method.generator)

    def pairings(self, first: Tensor, second: Tensor, index: Tensor) -> list[Pairing]:
        """View 1, or its neighbor, against view 2; with swap_views=both the other way round too."""
        settings = self.method.settings
        self.pushed = first.detach().float()
        neighbors, self.found = self.neighbors(first)
        pairings = [self.one_pairing(first, neighbors, second)]
        if settings.swap_views == "both":
            pairings.append(self.one_pairing(second, self.neighbors(second)[0], first))
        return pairings

    def one_pairing(self, view: Tensor, neighbor: Tensor, other: Tensor) -> Pairing:
        """Each head's first features, as the setting says, against the other view."""
        swap = self.method.settings.swap
        instance = neighbor if swap in ("instance", "both") else view
        cluster = neighbor if swap in ("cluster", "both") else view
        return instance, other, cluster, other

    def neighbors(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest entries in place of features, and their rows; the features themselves in warm-up."""
        tensors = self.tensors
        if self.method.settings.swap == "none":
            return features, torch.full_like(features[:, 0], -1, dtype=torch.int64)
        places = nearest_entries(
            features.detach().float(), tensors["queue"], metric=self.method.settings.metric
        )
        active = tensors["filled"] >= self.needed
        entries = tensors["queue"].index_select(0, places).to(features.dtype)
        rows = tensors["rows"].index_select(0, places)
        return torch.where(active, entries, features), torch.where(active, rows, -1)

    @torch.no_grad()
    def after_step(self, index: Tensor) -> None:
        """The batch joins the queue."""
        self.tensors["neighbor"].index_copy_(0, index, self.found)
        push(self.tensors, self.pushed, index)

    def boxes(self, index: Tensor) -> Tensor:
        """The boxes of points."""
        return self.tensors["boxes"].index_select(0, index)

    def windows(self, boxes: Tensor, generator: torch.Generator) -> Window:
        """Crops toward the borders of the boxes; anywhere until there are boxes."""
        quantiles = torch.where(self.tensors["boxed"] > 0, self.spread, self.uniform)
        _, tall, wide = self.owner.shape
        low = self.method.settings.crop_area
        return draw_windows(boxes, (tall, wide), low=low, quantiles=quantiles, generator=generator)

    def end_epoch(self) -> None:
        """New boxes from the network's own heat, when due."""
        settings = self.method.settings
        self.numbers["epochs"] += 1
        since = self.numbers["epochs"] - settings.box_start
        due = since >= 0 and since % settings.box_every == 0
        if due and settings.crop == "heat map" and self.method.augmented:
            self.look_for_boxes()

    @torch.no_grad()
    def look_for_boxes(self) -> None:
        """The box of every point, from the feature map of the whole picture."""
        owner, data = self.owner, self.method.data
        with owner.at_rest():
            for start in range(0, data.n, HEAT_CHUNK):
                maps = owner.feature_map(data.chunk(start, HEAT_CHUNK))
                boxes = heat_boxes(maps, owner.shape[1:], threshold=self.method.settings.box_threshold)
                self.tensors["boxes"][start : start + len(boxes)] = boxes
        self.tensors["boxed"].fill_(1)

    @torch.no_grad()
    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """Crops and boxes of a few points, each point's last neighbor, and whether the swap is in use."""
        shown = super().extras(z)
        if shown:
            shown["boxes"] = self.boxes(self.shown_rows(len(z)))
        swapping = self.method.settings.swap != "none" and bool(self.tensors["filled"] >= self.needed)
        return {**shown, "neighbor": self.tensors["neighbor"], "swapping": float(swapping)}


class CCES(CC):
    """The networks of CC."""

    def make_phases(self) -> tuple[Phase, ...]:
        """One."""
        return (SupportedContrast(self, "contrast"),)
