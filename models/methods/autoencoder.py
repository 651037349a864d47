"""Auto-encoder: reconstruction and nothing else; k-means on its latents happens outside."""

from __future__ import annotations

from models.method import Method, Phase
from models.pretraining import Reconstruction


class Autoencoder(Method):
    """Encoder, decoder, one phase."""

    def make_phases(self) -> tuple[Phase, ...]:
        """Reconstruction."""
        return (Reconstruction(self, "reconstruction"),)
