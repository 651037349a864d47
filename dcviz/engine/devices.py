"""Which devices are there, found without importing torch (the pages ask too)."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

from dcviz.engine.errors import RequestError

# A plane toy or the small digits: a GPU would wait for the launch of its kernels.
SMALL_VALUES = 200_000
ELSEWHERE = ("auto", "cpu", "cuda")


def cuda_count() -> int:
    """Number of CUDA devices this Python can train on; 0 with a CPU build of torch."""
    if not _torch_has_cuda():
        return 0
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        chosen = [item for item in visible.split(",") if item.strip() and item.strip() != "-1"]
        return len(chosen)
    return sum(1 for path in Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", path.name))


def devices() -> tuple[str, ...]:
    """What can be asked for: "auto", "cpu" and each CUDA device."""
    count = cuda_count()
    return ("auto", "cpu", *(["cuda"] if count else []), *(f"cuda:{i}" for i in range(count)))


def resolve_device(asked: str, *, values: int, elsewhere: bool = False) -> str:
    """Turn "auto" into a device, and refuse one that is not there.

    Args:
        asked: "auto", "cpu", "cuda" (the one with the shortest queue) or "cuda:1".
        values: numbers in the data, n times D; "auto" keeps small data on the CPU.
        elsewhere: a cluster trains: it has GPUs that this machine need not have, and gives them out itself.

    Raises:
        RequestError: naming the devices there are.
    """
    known = ELSEWHERE if elsewhere else devices()
    if asked not in known:
        raise RequestError(f"device must be one of {', '.join(known)}, got {asked!r}")
    if asked != "auto":
        return asked
    return "cuda" if "cuda" in known and values > SMALL_VALUES else "cpu"


def cpu_count() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _torch_has_cuda() -> bool:
    """Read torch's own note of how it was built; importing it would take seconds and GPU memory."""
    spec = find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return False
    note = Path(spec.submodule_search_locations[0]) / "version.py"
    return note.exists() and re.search(r"^cuda\b.*=\s*['\"]", note.read_text(), re.MULTILINE) is not None
