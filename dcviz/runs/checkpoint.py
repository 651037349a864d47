"""Checkpoints: named tensors and a JSON note in one safetensors file, which can hold no code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dcviz.runs.errors import RunError
from dcviz.runs.files import json_text, write_bytes


class StoredCheckpoint(NamedTuple):
    """What a checkpoint file holds: arrays by name, and the JSON note (counters, random states, ...)."""

    tensors: dict[str, np.ndarray]
    meta: dict[str, Any]


def write_checkpoint(path: Path, tensors: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
    """Write a checkpoint whole or not at all.

    Args:
        path: ends in .safetensors.
        tensors: arrays of numbers; safetensors knows no objects.
        meta: JSON; kept in the header, so it can be read without the arrays.
    """
    from safetensors.numpy import save

    # safetensors writes the memory as it lies, so strided views must be copied first.
    solid = {name: np.asarray(array, order="C") for name, array in tensors.items()}
    write_bytes(path, save(solid, metadata={"dcviz": json_text(meta)}))


def read_checkpoint(path: Path) -> StoredCheckpoint:
    """Read a checkpoint file.

    Raises:
        RunError: if it is missing, truncated, or was not written by `write_checkpoint`.
    """
    from safetensors import safe_open

    if not path.exists():
        raise RunError(f"there is no checkpoint {path.name} in {path.parent}")
    try:
        with safe_open(path, framework="numpy") as stored:
            meta = json.loads((stored.metadata() or {}).get("dcviz", "null"))
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    # SafetensorError is raised by Rust and derives from Exception alone.
    except Exception as error:
        raise RunError(f"checkpoint {path} cannot be read: {error}") from error
    if not isinstance(meta, dict):
        raise RunError(f"checkpoint {path} has no dcviz note in its header: it was not written by this lab")
    return StoredCheckpoint(tensors, meta)
