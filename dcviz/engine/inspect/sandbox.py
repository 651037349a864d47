"""Starts the reading child, waits a limited time, and turns its end into words."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcviz.data.dataset import DataError
from dcviz.data.guard import Limits, readable
from dcviz.engine.inspect import child

ROOT = Path(__file__).resolve().parents[3]
CPU_SECONDS, WALL_SECONDS = 60, 120
EXPORT = "torch.save(model.state_dict(), 'weights.pt')"


@contextmanager
def plain_tensors(path: Path, limits: Limits, *, seconds: float = WALL_SECONDS) -> Iterator[Path]:
    """Have a torch or .onnx file read in a process of its own; gives the .safetensors file it left.

    Args:
        path: of the .pt, .pth, .ckpt or .bin file.
        limits: its file size, and how much its tensors may take.
        seconds: after which the child is ended.

    Raises:
        DataError: for pickled modules (with the line that exports their weights), damage, and files that ask
            for more memory or time than allowed.
    """
    with tempfile.TemporaryDirectory(prefix="dcviz-inspect-") as folder:
        out = Path(folder) / "tensors.safetensors"
        command = [sys.executable, "-m", "dcviz.engine.inspect.child", str(path.absolute()), str(out),
                   str(limits.file_bytes), str(max(1, int(min(seconds, CPU_SECONDS))))]  # fmt: skip
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=seconds, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise DataError(
                f"{path.name} was not read within {seconds} s; it is damaged or too large"
            ) from None
        if done.returncode != 0:
            raise DataError(_reason(path, out, done, limits))
        yield out


def _reason(path: Path, out: Path, done: "subprocess.CompletedProcess[bytes]", limits: Limits) -> str:
    report = out.with_suffix(".json")
    said = json.loads(report.read_text()) if report.exists() else {}
    if done.returncode == child.REFUSED:
        return (
            f"{path.name} holds a pickled {said['global']}, which can run code when read, and is refused; "
            f"save its weights alone in the program that made it: {EXPORT}"
        )
    if done.returncode == child.DAMAGED:
        # torch's own words on this advise to read it as code.
        why = "" if "weights_only" in said["message"] else f" ({said['message']})"
        kind = "ONNX" if path.suffix.lower() == ".onnx" else "torch"
        return f"{path.name} is no {kind} file that can be read{why}; save or copy it again"
    if done.returncode == child.TOO_LARGE or b"MemoryError" in done.stderr or b"bad_alloc" in done.stderr:
        return (
            f"{path.name} asks for more memory than its size allows (limit {readable(limits.file_bytes)}); "
            "it is damaged, or store float32 and weights alone"
        )
    if done.returncode < 0:
        return f"{path.name} broke its reader (signal {-done.returncode}); it is damaged or too large"
    last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1][:300]
    return f"{path.name} could not be read ({last})"
