"""Matching a foreign checkpoint by hand: which tensor is which layer of the encoder, and what follows it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from dcviz.data.dataset import DataError
from dcviz.engine.inspect.matching import ACTIVATIONS, Dense, Match, corrected, dense_layers, suggest
from dcviz.engine.inspect.weights import Weights
from dcviz.ui import words


def match_form(weights: Weights, input_dim: int) -> Match | None:
    """Suggest the encoder by shapes and let the user correct it.

    Args:
        weights: as read.
        input_dim: numbers a point of the data has.

    Returns:
        The match; None while the layers do not fit, with the reason shown.
    """
    activation = st.selectbox(
        "Between the layers", ACTIVATIONS, key="match_activation",
        help="Files do not say which activation a network had; ask its program.",
    )  # fmt: skip
    try:
        layers = dense_layers(weights.tensors, activation=str(activation))
        start = suggest(weights.tensors, input_dim=input_dim, activation=str(activation)).encoder
    except DataError as error:
        said = words.literal(str(error))
        st.warning(f"{said[:1].upper()}{said[1:]}.", icon=":material/help:")
        start = ()
        if not layers:
            return None
    edited = _editor(weights, layers, start)
    return _checked(weights, edited, input_dim, start)


def _editor(weights: Weights, layers: list[Dense], start: tuple[Dense, ...]) -> list[Dense]:
    places = {layer.weight: i + 1 for i, layer in enumerate(start)}
    known = {layer.weight: layer for layer in start}
    rows = pd.DataFrame(
        [
            {
                "place": places.get(layer.weight),
                "weight": layer.weight,
                "takes": weights.tensors[layer.weight].shape[1],
                "gives": weights.tensors[layer.weight].shape[0],
                "bias": layer.bias or "none",
                "norm": layer.norm or "none",
                "activation": known.get(layer.weight, layer).activation,
            }
            for layer in layers
        ]
    ).astype({"place": "Int64"})
    edited = st.data_editor(
        rows, key=f"match_{weights.name}_{len(rows)}", hide_index=True,
        disabled=["weight", "takes", "gives", "bias", "norm"],
        column_config={
            "place": st.column_config.NumberColumn("Place in the encoder", min_value=1, step=1,
                                                   help="1 takes the data; empty: not part of the encoder."),
            "weight": "Tensor", "takes": "Takes", "gives": "Gives", "bias": "Bias", "norm": "Batch norm",
            "activation": st.column_config.SelectboxColumn("Then", options=ACTIVATIONS, required=True),
        },
    )  # fmt: skip
    chosen = edited.dropna(subset=["place"]).sort_values("place", kind="stable")
    by_name = {layer.weight: layer for layer in layers}
    return [
        replace(by_name[name], activation=activation)
        for name, activation in zip(chosen["weight"], chosen["activation"], strict=True)
    ]


def _checked(weights: Weights, layers: list[Dense], input_dim: int, start: tuple[Dense, ...]) -> Match | None:
    if not layers and not start:
        return None  # why there is no suggestion stands above
    try:
        same = [layer.weight for layer in layers] == [layer.weight for layer in start]
        decoder = (
            suggest(weights.tensors, input_dim=input_dim, activation=layers[0].activation).decoder
            if same
            else ()
        )
        match = corrected(weights.tensors, layers, decoder)
    except (DataError, IndexError) as error:
        said = str(error) if isinstance(error, DataError) else "give at least one layer its place"
        said = words.literal(said)
        st.warning(f"{said[:1].upper()}{said[1:]}.", icon=":material/link_off:")
        return None
    widths = " → ".join(map(str, match.widths))
    known = f", our network **{match.network}**" if match.network else ""
    back = " with its decoder" if match.decoder else ""
    st.markdown(f"Encoder {widths}{known}{back}.")
    if match.unused:
        names = ", ".join(f"`{name}` {shape}" for name, shape in list(match.unused.items())[:8])
        st.caption(f"Not used: {names}" + (" …" if len(match.unused) > 8 else ""))
    if match.input_dim != input_dim:
        st.warning(f"It takes {match.input_dim} numbers a point, these data have {input_dim}.")
        return None
    return match
