"""Find an encoder in a bag of foreign tensors: dense layers whose shapes chain, with norms between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dcviz.data.dataset import DataError
from models.widths import HIDDEN

ACTIVATIONS = ("relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softplus", "identity")
NORM = ("running_mean", "running_var")


@dataclass(frozen=True)
class Dense:
    """One layer h -> activation(norm(W h + b)), named by the tensors it is made of.

    Args:
        weight: name of W, (outputs, inputs).
        bias: name of b, or "" without.
        norm: prefix of a batch norm after it (running_mean, running_var, weight, bias), or "".
        activation: one of ACTIVATIONS.
    """

    weight: str
    bias: str = ""
    norm: str = ""
    activation: str = "relu"


@dataclass(frozen=True)
class Match:
    """What was recognized in a checkpoint.

    Args:
        encoder: layers from the input to the latents.
        decoder: layers from the latents back to the input; empty if there are none.
        widths: of the encoder, input and latents included.
        network: name of our network with these widths, or "" if it is none of ours.
        unused: tensors that belong to neither, with their shapes.
    """

    encoder: tuple[Dense, ...]
    decoder: tuple[Dense, ...]
    widths: tuple[int, ...]
    network: str
    unused: Mapping[str, tuple[int, ...]]

    @property
    def input_dim(self) -> int:
        """Numbers a point must have, D."""
        return self.widths[0]

    @property
    def latent_dim(self) -> int:
        """Latent dimensions d."""
        return self.widths[-1]


def suggest(
    tensors: Mapping[str, np.ndarray], *, input_dim: int | None = None, activation: str = "relu"
) -> Match:
    """Recognize an encoder by shapes: a chain of dense layers up to the narrowest one.

    The chain begins with the first layer that takes `input_dim` numbers (the first layer at all if that is
    not known), and goes on with the next layer that takes what the last one gives. A second head (the
    log variance of a variational encoder) takes the same input as the first one and so is passed over.

    Args:
        tensors: by name, in the order of the network.
        input_dim: numbers a point of the data, D.
        activation: between layers; files do not say it. The last layer of each half has none.

    Raises:
        DataError: if no chain is found, saying what there is instead.
    """
    layers = dense_layers(tensors, activation=activation)
    if not layers:
        raise DataError(_no_dense(tensors))
    takes = [tensors[each.weight].shape[1] for each in layers]
    gives = [None, *(tensors[each.weight].shape[0] for each in layers)]
    # A layer that is fed by the one before it is no beginning, even if the data would fit.
    heads = [i for i in range(len(layers)) if takes[i] != gives[i]]
    start = next((i for i in heads if input_dim in (None, takes[i])), None)
    if start is None:
        beginnings = ", ".join(str(takes[i]) for i in heads[:12])
        way_out = _convolutions(tensors) or "choose the data this network was trained on"
        raise DataError(
            f"no chain of layers begins with {input_dim} numbers, as many as a point of these data has, but "
            f"with {beginnings}: {way_out}"
        )
    chain = [layers[start]]
    for each in layers[start + 1 :]:
        if tensors[each.weight].shape[1] == tensors[chain[-1].weight].shape[0]:
            chain.append(each)
    outputs = [tensors[each.weight].shape[0] for each in chain]
    narrow = outputs.index(min(outputs)) + 1
    return corrected(tensors, chain[:narrow], chain[narrow:])


def corrected(
    tensors: Mapping[str, np.ndarray], encoder: Sequence[Dense], decoder: Sequence[Dense] = ()
) -> Match:
    """Check layers chosen by hand, or suggested, and name the network if it is one of ours.

    Args:
        tensors: by name.
        encoder: layers in order; the activation of the last one is taken off.
        decoder: layers in order; dropped where they do not lead back to the input.

    Raises:
        DataError: naming the layer that does not fit the one before.
    """
    if not encoder:
        raise DataError("an encoder needs at least one layer; choose its weight tensors in order")
    ends = [*encoder[:-1], replace(encoder[-1], activation="identity", norm="")]
    widths = _widths(tensors, ends)
    back = [*decoder[:-1], replace(decoder[-1], activation="identity")] if decoder else []
    if back and _widths(tensors, back)[:: len(back)] != (widths[-1], widths[0]):
        back = []
    used = {name for each in (*ends, *back) for name in parts_of(tensors, each)}
    unused = {name: tuple(array.shape) for name, array in tensors.items() if name not in used}
    network = _our_network(widths, ends)
    if back and (_widths(tensors, back) != widths[::-1] or not _plain(back)):
        network = ""  # with another decoder than ours, training could not go on
    return Match(tuple(ends), tuple(back), widths, network, unused)


def dense_layers(tensors: Mapping[str, np.ndarray], *, activation: str = "relu") -> list[Dense]:
    """List every dense layer in order, with its bias and the batch norm that follows it."""
    if activation not in ACTIVATIONS:
        raise DataError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    found: list[Dense] = []
    for name, array in tensors.items():
        if array.ndim == 2 and array.dtype.kind == "f" and name.endswith("weight"):
            bias = name.removesuffix("weight") + "bias"
            fits = bias in tensors and tensors[bias].shape == array.shape[:1]
            found.append(Dense(name, bias if fits else "", "", activation))
        elif name.endswith(NORM[0]) and found:
            width = tensors[found[-1].weight].shape[0]
            if array.shape == (width,) and not found[-1].norm:
                found[-1] = replace(found[-1], norm=name.removesuffix(f".{NORM[0]}"))
    return found


def parts_of(tensors: Mapping[str, np.ndarray], layer: Dense) -> list[str]:
    """Names of the tensors a layer is made of."""
    norm = [f"{layer.norm}.{part}" for part in (*NORM, "weight", "bias", "num_batches_tracked")]
    wanted = [layer.weight, layer.bias, *(norm if layer.norm else ())]
    return [name for name in wanted if name in tensors]


def _widths(tensors: Mapping[str, np.ndarray], layers: Sequence[Dense]) -> tuple[int, ...]:
    widths: list[int] = []
    for each in layers:
        array = tensors.get(each.weight)
        if array is None or array.ndim != 2:
            shape = "is missing" if array is None else f"has shape {tuple(array.shape)}"
            raise DataError(f"{each.weight!r} {shape}; a dense layer's weight is (outputs, inputs)")
        outputs, inputs = array.shape
        if widths and inputs != widths[-1]:
            raise DataError(
                f"{each.weight} takes {inputs} numbers, the layer before gives {widths[-1]}; correct the "
                "order"
            )
        if each.activation not in ACTIVATIONS:
            raise DataError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {each.activation!r}")
        widths += [outputs] if widths else [inputs, outputs]
    return tuple(widths)


def _our_network(widths: tuple[int, ...], layers: Sequence[Dense]) -> str:
    fitting = (name for name, hidden in HIDDEN.items() if hidden == widths[1:-1])
    return next(fitting, "") if _plain(layers) else ""


def _plain(layers: Sequence[Dense]) -> bool:
    plain = all(not each.norm and each.bias for each in layers)
    return plain and all(each.activation == "relu" for each in layers[:-1])


def _no_dense(tensors: Mapping[str, np.ndarray]) -> str:
    if found := _convolutions(tensors):
        return f"no fully connected encoder in it, but {found}"
    return "no dense layer in it (a tensor ...weight of two axes); import the latents instead"


def _convolutions(tensors: Mapping[str, np.ndarray]) -> str:
    """What convolutions in a file mean, and the way out; empty if it has none."""
    first = next((name for name, array in tensors.items() if array.ndim >= 4), None)
    if first is None:
        return ""
    return (
        f"convolutions ({first}, ...): their strides are not in the file. Compute the latents where the "
        "network lives and import them, or export the encoder as .onnx"
    )
