"""How torch computes in this process: threads and precision, which trainings side by side may differ in."""

from __future__ import annotations

import torch

from models.method import Method
from models.replay import SMALL_STEP

Arithmetic = tuple[int, str]
"""Threads, and "high" (TF32 on a GPU) or "highest" (float32)."""


def arithmetic_of(method: Method) -> Arithmetic:
    """What a training asks for: one thread for tiny networks on a CPU, else as many as there are now."""
    work = method.settings.batch_size * sum(p.numel() for p in method.parameters())
    tiny = method.device.type == "cpu" and work < SMALL_STEP
    return (
        1 if tiny else torch.get_num_threads(),
        "high" if method.settings.precision == "tf32" else "highest",
    )


def arithmetic_here() -> Arithmetic:
    """What holds now."""
    return torch.get_num_threads(), torch.get_float32_matmul_precision()


def compute_with(wanted: Arithmetic) -> Arithmetic:
    """Set both for the whole process, as torch has it; returns what was set before."""
    before = arithmetic_here()
    if wanted[0] != before[0]:
        torch.set_num_threads(wanted[0])
    if wanted[1] != before[1]:
        torch.set_float32_matmul_precision(wanted[1])
    return before
