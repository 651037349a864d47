"""Tiny data and short trainings for the tests of models."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from models.catalog import METHODS
from models.settings import make
from models.training import fit

SHAPE = (1, 4, 4)
SHORT = {"pretrain_epochs": 3, "finetune_epochs": 3, "pair_epochs": 3, "refresh_every": 3, "tolerance": 0.0}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def pictures() -> np.ndarray:
    """Three kinds of 4x4 pictures, 70 in all, uint8."""
    rng = np.random.default_rng(0)
    prototypes = rng.integers(0, 200, (3, 16))
    noise = rng.integers(0, 40, (70, 16))
    return (prototypes[np.arange(70) % 3] + noise).astype(np.uint8)


@pytest.fixture(scope="session")
def short() -> Callable[..., Any]:
    """Settings of a method for a training of a few tiny epochs: 4 batches of 20, 3 epochs a phase."""

    def settings(method_id: str, **changes: Any) -> Any:
        cls = METHODS[method_id].settings
        values = {"network": "mlp", "latent_dim": 3, "clusters": 3, "batch_size": 20, "learning_rate": 1e-3}
        values |= {name: value for name, value in SHORT.items() if name in cls.__dataclass_fields__}
        return make(cls, values | changes)

    return settings


@pytest.fixture
def train(pictures: np.ndarray, short: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Run fit on the pictures to its end and list the snapshots."""

    def run(method_id: str, settings: Any = None, **arguments: Any) -> list[Any]:
        settings = settings or short(method_id)
        given = {"scale": 1 / 255, "image_shape": SHAPE, "seed": 1, **arguments}
        return list(fit(method_id, pictures, settings=settings, **given))

    return run
