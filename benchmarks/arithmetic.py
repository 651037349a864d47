"""How many multiplications and additions an iteration of any method asks for: counted, not derived."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from dcviz.data.dataset import Dataset
from models.loop import Training
from models.method import Data


def iteration_flops(method_id: str, settings: Any, data: Dataset, phase: int) -> float:
    """Floating-point operations of the products and convolutions of one iteration, forward and backward.

    One batch goes through the phase, on a CPU, as training does it; what lies between the products (losses,
    normalization, the optimizer) is not counted, nor is the look at the whole set. One multiplication and one
    addition are two operations.

    Args:
        method_id: one of METHODS.
        settings: of the method; its batch size counts.
        data: as many points as a batch has are used.
        phase: number of the phase.

    Returns:
        Operations of the whole batch.
    """
    size = min(settings.batch_size, data.n)
    x = torch.from_numpy(np.array(data.x[:size]))
    points = Data(x, data.scale, data.image_shape)
    method = Training(method_id, points, settings=settings, seed=0, capture="off").method
    chosen = method.phases[phase]
    chosen.prepare()
    chosen.optimizer()  # who steps inside an iteration needs it
    chosen.begin()
    if chosen.refresh_every is not None:
        chosen.refresh()
    with FlopCounterMode(display=False) as counter:
        chosen.gradients(torch.arange(size))
    return float(counter.get_total_flops())
