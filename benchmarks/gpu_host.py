"""What a GPU session asks of the machine that it runs on."""

from __future__ import annotations

import os
import subprocess


def cores(gpu: int, gpus: int) -> list[int]:
    """The share of the processor's cores that goes with a GPU."""
    own = (
        sorted(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else list(range(os.cpu_count() or 1))
    )
    size = len(own) // gpus
    return own[gpu * size : (gpu + 1) * size] or own


def count_gpus() -> int:
    """How many GPUs nvidia-smi sees; 1 where there is none, for rehearsals."""
    try:
        found = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return 1
    return max(1, sum(line.startswith("GPU ") for line in found.stdout.splitlines()))


def device() -> str:
    """What nvidia-smi calls the GPU; this process itself holds none."""
    line = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        found = subprocess.run(line, capture_output=True, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return "no GPU"
    return found.stdout.splitlines()[0].strip()
