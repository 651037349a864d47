"""The support set: a queue of features of recent points, and the nearest entry to look up there."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from models.neighbors import full_precision

METRICS = ("l2", "cosine")


def nearest_entries(features: Tensor, queue: Tensor, *, metric: str) -> Tensor:
    """Which entry of the queue is nearest to each feature vector.

    Args:
        features: (B, d).
        queue: (h, d).
        metric: "l2", of raw features (paper), or "cosine" (as in NNCLR).

    Returns:
        (B,) int64 places in the queue.

    Source: [CCES].
    """
    if metric == "cosine":
        features, queue = functional.normalize(features), functional.normalize(queue)
    with full_precision():
        products = features @ queue.T
    return (queue.square().sum(1) - 2 * products).argmin(1)


def push(tensors: dict[str, Tensor], features: Tensor, rows: Tensor) -> None:
    """Put features into the queue in place of the oldest, around its end; all on the device.

    Args:
        tensors: queue (h, d), rows (h,) of the data that the entries come from, cursor () and filled ().
        features: (B, d), B <= h.
        rows: (B,).
    """
    queue, cursor = tensors["queue"], tensors["cursor"]
    places = (cursor + torch.arange(len(features), device=queue.device)) % len(queue)
    queue.index_copy_(0, places, features)
    tensors["rows"].index_copy_(0, places, rows)
    cursor.add_(len(features)).remainder_(len(queue))
    tensors["filled"].add_(len(features))
