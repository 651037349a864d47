"""A recorded iteration gives the very bits of a plain one, and is used where it may be."""

import numpy as np
import pytest

from dcviz.data.loading import load
from models import replay
from models.catalog import resolve_preset
from models.methods.dec import Clustering
from models.training import fit

EPOCHS = 12
METHODS = ("autoencoder", "dec", "idec", "rdc")


def trained(method: str, *, capture: str) -> list:
    """All snapshots of a short training on 320 points, 5 batches an epoch."""
    data = load("arcs", n=320)
    wanted = {"pretrain_epochs": EPOCHS + 6, "network": "mlp", "batch_size": 64}
    if method != "autoencoder":
        wanted |= {"finetune_epochs": EPOCHS + 6}
    _, settings = resolve_preset(method, n=320, input_dim=2, clusters=4, preset="standard", overrides=wanted)
    return list(fit(method, data.x, scale=data.scale, settings=settings, capture=capture))


@pytest.mark.parametrize("method", METHODS)
def test_a_replayed_training_has_the_bits_of_a_plain_one(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = []
    exact = replay.recorded

    def watched(phase: object, index: object) -> object:
        kernels = exact(phase, index)  # type: ignore[arg-type]
        used.append(kernels is not None)
        return kernels

    monkeypatch.setattr(replay, "recorded", watched)
    replayed, plain = trained(method, capture="auto"), trained(method, capture="off")
    assert used == [True] * (1 if method == "autoencoder" else 2)
    assert len(replayed) == len(plain)
    for one, other in zip(replayed, plain, strict=True):
        assert np.array_equal(one.latents, other.latents)
        assert one.losses == other.losses
    last, same = replayed[-1].checkpoint, plain[-1].checkpoint
    for name, tensor in last.tensors.items():
        assert np.array_equal(tensor, same.tensors[name]), name


def test_a_recording_that_is_not_exact_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    loss, calls = Clustering.loss, []

    def drifting(self: Clustering, index: object) -> dict:
        calls.append(1)
        return {name: value * (1 + len(calls)) for name, value in loss(self, index).items()}  # type: ignore[arg-type]

    monkeypatch.setattr(Clustering, "loss", drifting)
    kept = []
    exact = replay.recorded
    monkeypatch.setattr(replay, "recorded", lambda *given: kept.append(exact(*given)) or kept[-1])
    trained("dec", capture="auto")
    assert kept[0] is not None
    assert kept[1] is None


def test_what_a_class_says_of_itself_does_not_hold_for_those_derived_from_it() -> None:
    class Derived(Clustering):
        """Perhaps it draws random numbers."""

    assert "replayable" in vars(Clustering)
    assert "replayable" not in vars(Derived)


def test_a_network_with_running_means_is_never_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recording looks at the batch again and again; running means would count each look."""
    asked = []
    monkeypatch.setattr(replay, "recorded", lambda *given: asked.append(given))
    pictures = np.random.default_rng(0).integers(0, 255, (64, 784), np.uint8)
    wanted = {
        "pretrain_epochs": 40,
        "finetune_epochs": 0,
        "network": "conv",
        "batch_size": 32,
        "augment": "off",
    }
    _, settings = resolve_preset(
        "dcss", n=64, input_dim=784, image_shape=(1, 28, 28), clusters=4, preset="standard", overrides=wanted
    )
    list(fit("dcss", pictures, scale=1 / 255, image_shape=(1, 28, 28), settings=settings))
    assert not asked
