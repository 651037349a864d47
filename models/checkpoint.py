"""From a live training to a checkpoint and back: names, and what may be missing in a branch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.descent import laid_like
from models.method import Method, Phase
from models.plan import PHASE_EPOCHS
from models.snapshot import Checkpoint

UNIMPORTANT = PHASE_EPOCHS
"""Settings that only say where to stop: a longer training of the same kind continues exactly."""


class CheckpointError(ValueError):
    """A checkpoint that does not belong to this method or this network."""


def pack(method: Method, *, phase: Phase | None, optimizer: Any, meta: dict[str, Any]) -> Checkpoint:
    """Copy the state of a training to the host.

    Args:
        method: networks and generator.
        phase: the phase that has begun; None before the first.
        optimizer: of that phase.
        meta: position and identity, JSON.
    """
    tensors = {f"network.{name}": value for name, value in method.state_dict().items()}
    tensors["random.steps"] = method.generator.get_state()
    numbers: dict[str, float] = {}
    if phase is not None:
        tensors.update({f"phase.{name}": value for name, value in phase.tensors.items()})
        for number, state in optimizer.state_dict()["state"].items():
            tensors.update({f"optimizer.{number}.{name}": value for name, value in state.items()
                            if isinstance(value, Tensor)})  # fmt: skip
        tensors.update({f"rate.{i}": torch.as_tensor(group["lr"], dtype=torch.float64)
                        for i, group in enumerate(optimizer.param_groups)})  # fmt: skip
        numbers = dict(phase.numbers)
    settings = asdict(method.settings)
    arrays = {name: _array(value) for name, value in tensors.items()}
    return Checkpoint(arrays, {**meta, "settings": settings, "numbers": numbers})


def same_training(checkpoint: Checkpoint, method: Method, *, method_id: str) -> bool:
    """Whether this is a resume (exact) and not a branch: same method, settings, and number of points."""

    def relevant(settings: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in settings.items() if name not in UNIMPORTANT}

    meta = checkpoint.meta
    return (
        meta["method"] == method_id
        and meta["n"] == method.data.n
        and meta["seed"] == method.seed
        and relevant(meta["settings"]) == relevant(asdict(method.settings))
    )


def load_networks(method: Method, tensors: dict[str, np.ndarray]) -> None:
    """Load the weights that the method shares with the checkpoint; encoder and decoder must be there."""
    own = method.state_dict()
    for name, value in own.items():
        array = tensors.get(f"network.{name}")
        if array is not None and array.shape == tuple(value.shape):
            value.copy_(torch.from_numpy(np.asarray(array)))
        elif name.startswith(("encoder", "decoder")):
            found = "is missing" if array is None else f"has shape {array.shape}"
            raise CheckpointError(
                f"The checkpoint does not fit this network: {name} {found}, needed {tuple(value.shape)}. "
                "Branch with the network, latent_dim and data of the run it comes from."
            )


def load_random(method: Method, tensors: dict[str, np.ndarray]) -> None:
    """Set the generator to where it was, if it is one of the same kind of device."""
    state = torch.from_numpy(tensors["random.steps"].copy())
    if state.shape == method.generator.get_state().shape:
        method.generator.set_state(state)


def load_phase(phase: Phase, checkpoint: Checkpoint, *, exact: bool) -> None:
    """Fill what the phase remembers; a branch takes what fits and refreshes the rest."""
    for name, value in phase.tensors.items():
        array = checkpoint.tensors.get(f"phase.{name}")
        if array is not None and array.shape == tuple(value.shape):
            value.copy_(torch.from_numpy(np.asarray(array)))
        elif exact:
            raise CheckpointError(f"The checkpoint lacks phase.{name} of shape {tuple(value.shape)}.")
    if exact:
        phase.numbers.update(checkpoint.meta["numbers"])


def load_optimizer(optimizer: Any, checkpoint: Checkpoint, *, exact: bool) -> None:
    """Give the optimizer its moments back; a branch keeps its own learning rate."""
    state = _optimizer_state(checkpoint.tensors)
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    fits = set(state) == set(range(len(parameters))) and all(
        value.dim() == 0 or value.shape == parameters[number].shape
        for number, values in state.items()
        for value in values.values()
    )
    if fits:
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        for parameter in parameters:
            lay_like(parameter, optimizer.state[parameter])
    if exact:
        for i, group in enumerate(optimizer.param_groups):
            set_rate(group, float(checkpoint.tensors[f"rate.{i}"]))


def lay_like(parameter: Tensor, state: dict[str, Any]) -> None:
    """Lay an optimizer's tensors in memory as the parameter lies."""
    for name, value in state.items():
        if isinstance(value, Tensor) and value.shape == parameter.shape:
            state[name] = laid_like(value, parameter)


def set_rate(group: dict[str, Any], rate: float) -> None:
    """Change a learning rate in place, so that a captured step sees it."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate


def plain(extras: dict[str, torch.Tensor | float]) -> dict[str, np.ndarray | float]:
    """Extras as numpy arrays and Python numbers, without memory shared with the training."""
    return {
        name: np.array(value.detach().cpu().numpy()) if isinstance(value, torch.Tensor) else float(value)
        for name, value in extras.items()
    }


def _optimizer_state(tensors: dict[str, np.ndarray]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, array in tensors.items():
        if key.startswith("optimizer."):
            _, number, name = key.split(".")
            state.setdefault(int(number), {})[name] = torch.from_numpy(np.array(array))
    return state


def _array(value: Tensor) -> np.ndarray:
    return np.array(value.detach().cpu().numpy())
