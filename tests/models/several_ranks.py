"""Trains a method on this rank's share: alone, or started by torchrun. `... FOLDER`."""

import os
import sys

import numpy as np
import torch
import torch.distributed as dist

from models.catalog import resolve_preset
from models.training import fit


def pictures(n: int = 96) -> np.ndarray:
    """Small colored pictures of four kinds, uint8."""
    rng = np.random.default_rng(0)
    base = rng.integers(60, 190, (4, 3, 8, 8))
    return np.clip(base[np.arange(n) % 4] + rng.normal(0, 20, (n, 3, 8, 8)), 0, 255).astype(np.uint8)


METHODS = {"cc": {}, "cces": {"queue_size": 32, "warmup": 2}}


def main(folder: str) -> None:
    """Train each method; rank 0 keeps losses and how far the ranks' weights lie apart."""
    torch.set_num_threads(1)
    if "RANK" in os.environ:
        dist.init_process_group("gloo")
    for method in METHODS:
        kept = trained(method)
        if int(os.environ.get("RANK", 0)) == 0:
            np.savez(f"{folder}/{method}.npz", **kept)
    if dist.is_initialized():
        dist.barrier()  # who leaves first would break the other's connection
        dist.destroy_process_group()


def trained(method: str) -> dict[str, np.ndarray]:
    """Two epochs of six batches."""
    wanted = {"network": "resnet18", "latent_dim": 16, "batch_size": 16, "pretrain_epochs": 2}
    _, settings = resolve_preset(
        method, n=96, input_dim=192, image_shape=(3, 8, 8), clusters=4, device="cpu", preset="quick",
        overrides=wanted | {"precision": "float32"} | METHODS[method],
    )  # fmt: skip
    seen = list(
        fit(
            method,
            pictures().reshape(96, -1),
            scale=1 / 255,
            image_shape=(3, 8, 8),
            settings=settings,
            seed=1,
        )
    )
    tensors = sorted(seen[-1].checkpoint.tensors.items())
    weights = np.concatenate([value.ravel() for name, value in tensors if name.startswith("network")])
    apart = 0.0
    if dist.is_initialized():
        held = [torch.zeros(weights.size) for _ in range(dist.get_world_size())]
        dist.all_gather(held, torch.from_numpy(weights.astype(np.float32)))
        apart = float((held[0] - held[1]).abs().max())
    losses = [[each.losses[name] for name in sorted(each.losses)] for each in seen[1:]]
    return {"losses": np.array(losses), "weights": weights, "apart": np.array(apart)}


if __name__ == "__main__":
    main(*sys.argv[1:])
