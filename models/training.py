"""fit: train any method of the catalog, one snapshot after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import torch

from models import several
from models.arithmetic import arithmetic_of, compute_with
from models.catalog import check_clusters, method_entry
from models.loop import Control, Seat, Training, implementation
from models.method import Data, NotFiniteError
from models.schedule import Schedule
from models.snapshot import Checkpoint, DivergenceError, Snapshot


def fit(
    method_id: str,
    x: np.ndarray,
    *,
    scale: float = 1.0,
    image_shape: tuple[int, ...] | None = None,
    settings: Any,
    seed: int = 0,
    device: str = "cpu",
    checkpoint: Checkpoint | None = None,
    start_phase: int | None = None,
    control: Control | None = None,
    schedule: Schedule | None = None,
    capture: str = "auto",
) -> Iterator[Snapshot]:
    """Train, yielding a snapshot of epoch 0, then of the epochs that the schedule names.

    With a checkpoint of the same method, settings, seed and data the training goes on as if it had never
    stopped (to the last bit on a CPU). With other settings it is a branch: weights, and what else fits, come
    from the checkpoint, and the phase looks at the whole set anew. There is no argument for labels.

    Args:
        method_id: one of METHODS.
        x: (n, D) uint8 or float32, one row a point.
        scale: what x is multiplied by on the device.
        image_shape: (C, H, W) or (C, Z, H, W) of pictures.
        settings: settings object of the method.
        seed: of weights, order and augmentation.
        device: "cpu", "cuda" or "cuda:1".
        checkpoint: where to go on.
        start_phase: number of the phase to begin right at the checkpoint; by default the epoch decides.
        control: asked before every batch; may pause by blocking, ask for a snapshot, or stop.
        schedule: which epochs are yielded and which carry a checkpoint; every epoch by default.
        capture: "auto" records the iteration as a CUDA graph on a CUDA device, "off" never does.

    Yields:
        Snapshots in order. After "stop" a last one with a checkpoint, which may repeat an epoch just yielded.

    Raises:
        DivergenceError: if a loss is no longer finite; the last checkpoint before it was yielded.
        CheckpointError: if the checkpoint does not fit the network.
        SettingError, ValueError: for settings that do not fit the data.
    """
    turns = take_turns(
        method_id, x, scale=scale, image_shape=image_shape, settings=settings, seed=seed, device=device,
        checkpoint=checkpoint, start_phase=start_phase, control=control, schedule=schedule, capture=capture,
    )  # fmt: skip
    yield from (snapshot for snapshot in turns if snapshot is not None)


def take_turns(
    method_id: str,
    x: np.ndarray | torch.Tensor,
    *,
    scale: float,
    image_shape: tuple[int, ...] | None,
    settings: Any,
    seed: int,
    device: str,
    checkpoint: Checkpoint | None,
    start_phase: int | None,
    control: Control | None,
    schedule: Schedule | None,
    capture: str,
    seat: Seat | None = None,
) -> Generator[Snapshot | None]:
    """The training behind `fit`, which takes the same arguments: None after each batch, snapshots between."""
    check_clusters(method_entry(method_id), settings.clusters, len(x))
    if x.ndim != 2:
        raise ValueError(f"x must be a table of n rows and D columns, got shape {x.shape}; flatten pictures.")
    if several.present() is not None:
        capture = "off"  # a captured step would hold its exchanges with the other ranks: not tried
        if not hasattr(implementation(method_id), "shares_batches"):
            raise ValueError(f"{method_id} trains on one device; several share a batch of cc and cces.")
    data = Data(resident(x, device), scale, image_shape)
    training = Training(method_id, data, settings=settings, seed=seed, capture=capture)
    training.method.check_data()
    training.control, training.schedule, training.seat = control, schedule or Schedule(), seat
    training.place(checkpoint, start_phase)
    wanted = arithmetic_of(training.method)
    before = compute_with(wanted)
    try:
        for moment in training.run(from_start=checkpoint is None):
            yield moment
            compute_with(wanted)  # another training may have had its turn
    except NotFiniteError:
        raise DivergenceError(training.epoch + 1, training.iteration, "latents", float("nan")) from None
    finally:
        compute_with(before)


def resident(x: np.ndarray | torch.Tensor, device: str | torch.device) -> torch.Tensor:
    """The points on the device; a table that lies there already is shared."""
    if isinstance(x, torch.Tensor):
        return x.to(device)
    # Torch wants memory it may write to; a read-only array (a mapped file, say) is copied.
    return torch.from_numpy(np.require(x, requirements=["C", "W"])).to(device)
