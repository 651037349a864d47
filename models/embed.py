"""Latents of any points from a stored network, without training."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from models.checkpoint import load_networks
from models.loop import implementation
from models.method import Data


def embed(
    method_id: str,
    settings: Any,
    tensors: dict[str, np.ndarray],
    x: np.ndarray,
    *,
    scale: float = 1.0,
    image_shape: tuple[int, ...] | None = None,
    device: str = "cpu",
) -> np.ndarray:
    """Encode points with the weights of a checkpoint.

    Args:
        method_id: one of METHODS.
        settings: the settings of the run.
        tensors: the checkpoint's arrays; only `network.*` is read.
        x: (n, D) points, as many as you like, D as in training.
        scale: what x is multiplied by.
        image_shape: of pictures.
        device: where to compute.

    Returns:
        (n, d) float32.

    Raises:
        CheckpointError: if the weights do not fit settings and D.
    """
    rows = torch.from_numpy(np.require(x, requirements=["C", "W"]))
    data = Data(rows.to(device), scale, image_shape)
    method = implementation(method_id)(settings, data, seed=0)
    load_networks(method, tensors)
    return method.latents().float().cpu().numpy()
