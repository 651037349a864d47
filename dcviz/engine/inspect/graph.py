"""An encoder as a graph of operations (.onnx): what it takes is asked, and points go through it in a child.

The layers of a state dict have to be matched; a graph says itself what it computes, so any encoder runs as it
is, convolutions too. onnx reads it and onnxruntime runs it; both are optional packages.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.engine.inspect.graph_child import receive, send
from dcviz.engine.inspect.sandbox import ROOT

ENDING = ".onnx"
FILE = "encoder.onnx"
PACKAGES = ("onnx", "onnxruntime")
ROWS, SECONDS = 1024, 120.0


def check_packages(name: str) -> None:
    """Say which packages a file of this kind needs.

    Raises:
        DataError: if one is not installed.
    """
    missing = [each for each in PACKAGES if importlib.util.find_spec(each) is None]
    if missing:
        raise DataError(
            f"{name} needs {' and '.join(missing)}, which this machine lacks: python -m pip install "
            f"{' '.join(PACKAGES)}; or export the weights alone as .safetensors"
        )


def embed_graph(
    path: Path, x: np.ndarray, *, scale: float = 1.0, image_shape: tuple[int, ...] | None = None
) -> Iterator[np.ndarray]:
    """Yield the first output for 1,024 points after the other, (rows, d) float32.

    The graph runs in a child process that may neither write files nor take more than 4 GiB, and is ended when
    one part takes longer than two minutes.

    Args:
        path: of the .onnx file.
        x: (n, D) points.
        scale: what x is multiplied by.
        image_shape: (C, H, W) of a point, for graphs that take pictures.

    Raises:
        DataError: if the graph does not take such points, fails, or gives no finite numbers.
    """
    check_packages(path.name)
    shape = ",".join(map(str, image_shape or ()))
    with subprocess.Popen(
        [sys.executable, "-m", "dcviz.engine.inspect.graph_child", str(path.absolute()), shape],
        cwd=ROOT, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            for start in range(0, len(x), ROWS):
                part = x[start : start + ROWS].astype(np.float32) * np.float32(scale)
                yield _checked(_answer(process, part, path.name), len(part), path.name)
        finally:
            process.kill()


def latent_dim(content: bytes, name: str, *, input_dim: int, image_shape: tuple[int, ...] | None) -> int:
    """Try the graph on one point of zeros: how many numbers it gives, d.

    Raises:
        DataError: if it does not take such points.
    """
    with tempfile.TemporaryDirectory(prefix="dcviz-graph-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        (z,) = embed_graph(path, np.zeros((1, input_dim), np.float32), image_shape=image_shape)
    return int(z.shape[1])


def _answer(process: "subprocess.Popen[bytes]", part: np.ndarray, name: str) -> np.ndarray:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    watch = threading.Timer(SECONDS, process.kill)
    watch.start()
    try:
        send(process.stdin, part)
        return receive(process.stdout)
    except (OSError, EOFError, ValueError):
        said = process.stderr.read().decode(errors="replace").strip().splitlines()
        why = said[-1][:300] if said else f"it was ended after {SECONDS:.0f} s or for its memory"
        points = f"points of {part.shape[1]} numbers"
        raise DataError(f"{name} does not run on {points}: {why}; choose data it was made for") from None
    finally:
        watch.cancel()


def _checked(z: np.ndarray, rows: int, name: str) -> np.ndarray:
    if z.ndim != 2 or len(z) != rows or z.shape[1] == 0:
        raise DataError(f"{name} gives {z.shape} numbers for {rows} points; its first output must be (n, d)")
    if not np.isfinite(z).all():
        raise DataError(f"{name} gives latents that are not finite: check its weights and the data")
    return z
