"""An encoder is recognized by shapes, corrected by hand, and gives the latents its own program gives."""

import itertools

import numpy as np
import pytest
import torch

from dcviz.data.dataset import DataError
from dcviz.engine.inspect.dense import FUNCTIONS, embed_dense
from dcviz.engine.inspect.matching import ACTIVATIONS, Dense, corrected, dense_layers, suggest
from dcviz.engine.inspect.weights import read_weights


def stack(*widths: int, prefix: str = "net") -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    named = {}
    for i, (a, b) in enumerate(itertools.pairwise(widths)):
        named[f"{prefix}.{i}.weight"] = rng.normal(size=(b, a)).astype(np.float32)
        named[f"{prefix}.{i}.bias"] = rng.normal(size=b).astype(np.float32)
    return named


def test_a_script_of_someone_else_end_to_end(foreign) -> None:
    weights = read_weights(foreign[0])
    match = suggest(weights.tensors, input_dim=64, activation="tanh")
    assert match.widths == (64, 24, 16, 10)
    assert [layer.weight for layer in match.encoder] == ["fc_in.weight", "fc_mid.weight", "to_code.weight"]
    assert match.encoder[0].norm == "bn"
    assert [layer.weight for layer in match.decoder] == ["back.0.weight", "back.1.weight", "back.2.weight"]
    assert match.unused == {}
    assert match.network == ""
    probe = torch.load(foreign[1], weights_only=True)
    found = np.concatenate(list(embed_dense(match.encoder, weights.tensors, probe["x"].numpy())))
    np.testing.assert_allclose(found, probe["z"].numpy(), rtol=1e-4, atol=1e-5)


def test_lightning_names(lightning_checkpoint) -> None:
    match = suggest(read_weights(lightning_checkpoint).tensors)
    assert match.widths == (64, 32, 4)
    assert len(match.decoder) == 2


@pytest.mark.parametrize(
    ("widths", "network"),
    [((784, 500, 500, 2000, 10), "fc"), ((64, 128, 64, 10), "digits"), ((2, 64, 2), "mlp"),
     ((2, 2), "linear"), ((64, 100, 10), "")],
)  # fmt: skip
def test_our_networks_are_known_by_their_widths(widths, network) -> None:
    both = {**stack(*widths, prefix="enc"), **stack(*widths[::-1], prefix="dec")}
    match = suggest(both, input_dim=widths[0])
    assert match.network == network
    assert match.widths == widths
    assert len(match.decoder) == len(match.encoder)


def test_a_second_head_is_passed_over() -> None:
    named = stack(64, 32)
    named |= {"mu.weight": np.ones((4, 32), np.float32), "logvar.weight": np.ones((4, 32), np.float32)}
    match = suggest(named, input_dim=64)
    assert [layer.weight for layer in match.encoder] == ["net.0.weight", "mu.weight"]
    assert match.unused == {"logvar.weight": (4, 32)}
    by_hand = corrected(named, [match.encoder[0], Dense("logvar.weight")])
    assert by_hand.unused == {"mu.weight": (4, 32)}


def test_what_does_not_fit_is_named() -> None:
    named = stack(64, 32, 4)
    with pytest.raises(DataError, match="begins with 784 numbers"):
        suggest(named, input_dim=784)
    with pytest.raises(DataError, match=r"net.0.weight takes 64 numbers, the layer before gives 4"):
        corrected(named, [Dense("net.1.weight"), Dense("net.0.weight")])
    with pytest.raises(DataError, match=r"'net.9.weight' is missing"):
        corrected(named, [Dense("net.9.weight")])
    with pytest.raises(DataError, match=r"has shape \(32,\)"):
        corrected(named, [Dense("net.0.bias")])
    with pytest.raises(DataError, match="at least one layer"):
        corrected(named, [])
    with pytest.raises(DataError, match="activation must be"):
        dense_layers(named, activation="step")


def test_convolutions_are_not_guessed() -> None:
    with pytest.raises(DataError, match="strides are not in the file"):
        suggest({"conv1.weight": np.ones((4, 3, 3, 3), np.float32)})
    behind = {"conv1.weight": np.ones((4, 3, 3, 3), np.float32), "fc.weight": np.ones((5, 108), np.float32)}
    with pytest.raises(DataError, match=r"but with 108: convolutions \(conv1.weight, \.\.\.\).*as .onnx"):
        suggest(behind, input_dim=27)
    with pytest.raises(DataError, match="no dense layer"):
        suggest({"scale": np.ones(3)})


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_those_of_torch(name) -> None:
    h = np.linspace(-6, 6, 101, dtype=np.float32)
    reference = getattr(torch.nn.functional, name, None) or getattr(torch, name, None) or (lambda x: x)
    np.testing.assert_allclose(FUNCTIONS[name](h), reference(torch.tensor(h)).numpy(), rtol=1e-4, atol=1e-6)


def test_data_of_another_width_and_latents_that_overflow() -> None:
    named = stack(8, 4)
    layers = suggest(named).encoder
    with pytest.raises(DataError, match="takes 8 numbers a point, the data have 9"):
        next(embed_dense(layers, named, np.ones((3, 9), np.float32)))
    named["net.0.weight"][0, 0] = np.nan
    with pytest.raises(DataError, match="not finite"):
        next(embed_dense(layers, named, np.ones((3, 8), np.float32)))
