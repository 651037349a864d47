"""The frame a method fills: data on the device, a method of networks and phases, a phase of four verbs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models import networks
from models.augment import warp
from models.descent import Descent, fill_gradients, make_optimizer
from models.plan import NETWORK_OF_KIND, data_kind

CHUNK = 8192
UNIT_SLACK = 1e-6
"""What rounding may add to 1."""


class NotFiniteError(ArithmeticError):
    """Latents hold NaN or infinity; the loop reports where."""


@dataclass(frozen=True)
class Data:
    """All points, resident on the device in the type they are stored in.

    Args:
        x: (n, D) uint8 or float32.
        scale: what x is multiplied by where it is used.
        image_shape: (C, H, W) or (C, Z, H, W), None for other data.
    """

    x: Tensor
    scale: float = 1.0
    image_shape: tuple[int, ...] | None = None

    @property
    def n(self) -> int:
        """Number of points."""
        return len(self.x)

    def rows(self, index: Tensor) -> Tensor:
        """The points of a batch, float32 (B, D)."""
        # Unlike index_select it stays one look-up of whole rows where several trainings compute as one.
        return self._scaled(functional.embedding(index, self.x))

    def chunk(self, start: int, size: int = CHUNK) -> Tensor:
        """Points start to start + size, float32."""
        return self._scaled(self.x[start : start + size])

    def _scaled(self, rows: Tensor) -> Tensor:
        if rows.dtype == torch.float32 and self.scale == 1.0:
            return rows
        return rows * self.scale  # uint8 times a number is float32, in one kernel


@dataclass(frozen=True)
class Assignment:
    """A method's own clustering: assignments (n,), confidence (n,) in 0..1, centers (K, d)."""

    assignments: Tensor
    confidence: Tensor
    centers: Tensor


class Phase:
    """One stage of a training. The loop calls prepare, begin once, refresh now and then, loss on batches.

    Whatever has to survive a resume lies in `tensors` (device, fixed place: a captured step reads them there)
    or in `numbers` (host). A phase sees no labels: there are none in this package.
    """

    fine_tuning = True
    """Whether the settings whose names begin with finetune_ apply."""
    adam_eps = 1e-8

    def __init__(self, method: Method, name: str):
        self.method = method
        self.name = name
        self.tensors: dict[str, Tensor] = {}
        self.numbers: dict[str, float] = {}
        self.refresh_every: int | None = None  # iterations; 0: once an epoch; None: never
        self.finished = False

    def prepare(self) -> None:
        """Create what `tensors` holds; begin or a checkpoint fills it."""

    def begin(self) -> None:
        """Do what the phase starts with, once: k-means, say."""

    def refresh(self) -> None:
        """Look at the whole set: targets, neighbors, centers."""

    def loss(self, index: Tensor) -> dict[str, Tensor]:
        """Named losses of the batch with these rows; "total" is what is minimized."""
        raise NotImplementedError

    def parameters(self) -> list[nn.Parameter]:
        """What this phase trains."""
        raise NotImplementedError

    def optimizer(self) -> torch.optim.Optimizer:
        """The optimizer of the phase, over `parameters`, as the settings say."""
        prefix, settings = "finetune_" if self.fine_tuning else "", self.method.settings
        return make_optimizer(
            self.parameters(),
            name=getattr(settings, f"{prefix}optimizer"),
            learning_rate=getattr(settings, f"{prefix}learning_rate"),
            eps=self.adam_eps,
        )

    def descent(self, index: Tensor) -> Descent:
        """Named losses of a batch and where they pull; adversaries, who pull two ways, override this."""
        losses = self.loss(index)
        return Descent(losses, losses["total"])

    def gradients(self, index: Tensor) -> dict[str, Tensor]:
        """Put the gradient of the total loss into the parameters."""
        descent, parameters = self.descent(index), self.parameters()
        own = len(parameters) - len(descent.found)
        fill_gradients(descent.output, parameters[:own], pull=descent.pull)
        for parameter, gradient in zip(parameters[own:], descent.found, strict=True):
            parameter.grad = gradient
        return descent.losses

    def after_step(self, index: Tensor) -> None:
        """What a method does to its own state after each optimizer step, on the device."""

    def end_epoch(self) -> None:
        """What a method does after each epoch: learning rates, say."""

    def assign(self, z: Tensor) -> Assignment | None:
        """The method's own clustering of these latents; None leaves it to k-means outside."""
        return None

    def extras(self, z: Tensor) -> dict[str, Tensor | float]:
        """What else a snapshot shows of this method, by the names in its catalog entry.

        Called with the latents of all points; it must not draw from the method's generator.
        """
        return {}


class Method(nn.Module):
    """Networks, settings, data and phases; every tensor in `state_dict` is part of the network."""

    encoder: Any  # a module: Dense, a convolutional stack, a ResNet
    decoder: Any

    def __init__(self, settings: Any, data: Data, *, seed: int):
        super().__init__()
        self.settings, self.data, self.seed = settings, data, seed
        self.device = data.x.device
        self.network = settings.network
        if self.network == "auto":
            self.network = NETWORK_OF_KIND[data_kind(data.x.shape[1])]
        self.augmented = settings.augment != "off" and data.image_shape is not None
        # A torch.Generator; inside a loss of several trainings at once it stands for the generators of all.
        self.generator: Any = torch.Generator(self.device).manual_seed(derived_seed(seed, "steps"))
        self.build(torch.Generator().manual_seed(derived_seed(seed, "weights")))
        self.to(self.device)
        if self.network == "conv" and self.device.type == "cuda":
            # Channels innermost: what the matrix units read without turning every map around first.
            self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.phases: tuple[Phase, ...] = self.make_phases()

    def build(self, generator: torch.Generator) -> None:
        """Make the networks; here encoder and decoder."""
        sizes = {"input_dim": self.data.x.shape[1], "latent_dim": self.settings.latent_dim}
        self.encoder = networks.encoder(self.network, generator=generator, **sizes)
        self.decoder = networks.decoder(self.network, generator=generator, **sizes)

    def make_phases(self) -> tuple[Phase, ...]:
        """The phases in the order of the catalog entry."""
        raise NotImplementedError

    def encode(self, x: Tensor) -> Tensor:
        """Latents of points, without gradients' business: what snapshots show."""
        z: Tensor = self.encoder(x)
        return z

    def check_data(self) -> None:
        """Refuse data that training would spoil without a word; asked once, before the first epoch."""

    def require_unit_range(self, who: str, *, way_out: str) -> None:
        """Refuse points outside 0..1.

        Raises:
            ValueError: with the range, and the setting that does without.
        """
        low, high = (float(end) * self.data.scale for end in self.data.x.aminmax())
        if low < 0 or high > 1 + UNIT_SLACK:
            raise ValueError(
                f"{who} values in 0..1, got {low:.4g} to {high:.4g}: rescale the data, or set {way_out}."
            )

    def adopt(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Take up what a checkpoint of another method holds beside the weights: its centers, say."""

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Networks as they are used, not trained, inside: batch normalization by its running means."""
        before = self.training
        self.eval()
        try:
            yield
        finally:
            self.train(before)

    def decode(self, z: Tensor) -> Tensor:
        """Reconstructions of latents, on the scale of the data."""
        x_hat: Tensor = self.decoder(z)
        return x_hat

    def view(self, index: Tensor) -> Tensor:
        """The points of a batch as training sees them: augmented where the data are pictures."""
        return self.warped(self.data.rows(index))

    def warped(self, x: Tensor) -> Tensor:
        """Augmented copies of points, or the points themselves where augmentation is off."""
        if not self.augmented or self.data.image_shape is None:
            return x
        return warp(x, self.data.image_shape, generator=self.generator)

    @torch.no_grad()
    def latents(self, *, warped: bool = False) -> Tensor:
        """Latents of all points (n, d), of the clean or of freshly augmented views."""
        z: Tensor | None = None
        with self.at_rest():
            for start in range(0, self.data.n, CHUNK):
                x = self.data.chunk(start)
                part = self.encode(self.warped(x) if warped else x)
                # In its place at once: gathered and joined, all of them would lie in memory twice.
                z = part.new_empty((self.data.n, *part.shape[1:])) if z is None else z
                z[start : start + CHUNK] = part
        assert z is not None  # a training has points
        if not bool(torch.isfinite(z).all()):
            raise NotFiniteError("latents are no longer finite numbers")
        return z


def derived_seed(seed: int, purpose: str) -> int:
    """An independent seed for one purpose, the same on every machine."""
    return int(np.random.SeedSequence([seed, *purpose.encode()]).generate_state(1)[0])
