"""A short process that runs an .onnx encoder: python -m dcviz.engine.inspect.graph_child FILE [C,H,W].

Arrays come and go through its pipes. It may open no file for writing and has a limit of memory, so a graph
that asks for too much ends this process and nothing else.
"""

import io
import math
import resource
import sys
from pathlib import Path
from typing import IO, Any

import numpy as np

from dcviz.engine.inspect.child import limit, mapped_bytes

MEMORY = 2**32
LARGEST = 2**31
KINDS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}


def main(arguments: list[str]) -> int:
    """Answer every array with the latents of its rows, until there is no more."""
    path = Path(arguments[0])
    picture = tuple(int(side) for side in arguments[1].split(",") if side)
    import onnxruntime

    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_AS, mapped_bytes() + MEMORY)
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        while True:
            send(sys.stdout.buffer, latents(session, receive(sys.stdin.buffer), picture))
    except (EOFError, BrokenPipeError):
        return 0
    except Exception as error:
        sys.stderr.write(" ".join(str(error).split())[:600])
        return 1


def latents(session: Any, x: np.ndarray, picture: tuple[int, ...]) -> np.ndarray:
    """(rows, d) float32: the first output, a point a row; a graph with a fixed batch gets just that many."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(each.name for each in inputs)
        raise ValueError(f"it takes {len(inputs)} inputs ({names}), not one")
    taken = inputs[0]
    if taken.type not in KINDS:
        raise ValueError(f"it takes {taken.type}, not floating-point numbers")
    shaped = as_taken(x, list(taken.shape), picture).astype(KINDS[taken.type])
    fixed = taken.shape[0]
    rows = fixed if isinstance(fixed, int) and fixed > 0 else max(len(x), 1)
    parts = []
    for start in range(0, len(shaped), rows):
        part = shaped[start : start + rows]
        if fixed == rows:
            part = np.concatenate([part, np.repeat(part[-1:], rows - len(part), axis=0)])
        parts.append(np.asarray(session.run(None, {taken.name: part})[0])[: len(shaped) - start])
    z = np.concatenate(parts)
    return np.ascontiguousarray(z.reshape(len(z), -1), np.float32)


def as_taken(x: np.ndarray, shape: list[Any], picture: tuple[int, ...]) -> np.ndarray:
    """Flat rows as the graph takes them: flat, (C, H, W), or (H, W, C)."""
    if len(shape) == 2:
        return x
    inner = tuple(shape[1:])
    if len(picture) == 3 and inner == (*picture[1:], picture[0]):
        return np.moveaxis(x.reshape(len(x), *picture), 1, -1)
    if all(isinstance(side, int) for side in inner) and math.prod(inner) == x.shape[1]:
        return x.reshape(len(x), *inner)
    if len(picture) == len(inner) and all(
        not isinstance(side, int) or side == real for side, real in zip(inner, picture, strict=True)
    ):
        return x.reshape(len(x), *picture)
    raise ValueError(f"it takes points of shape {inner}, these are {picture or x.shape[1:]}")


def send(stream: IO[bytes], array: np.ndarray) -> None:
    """Write an array behind its length, 8 bytes."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    stream.write(len(buffer.getvalue()).to_bytes(8, "little") + buffer.getvalue())
    stream.flush()


def receive(stream: IO[bytes]) -> np.ndarray:
    """Read an array as `send` wrote it.

    Raises:
        EOFError: if there is none.
    """
    length = int.from_bytes(stream.read(8), "little")
    if not 0 < length <= LARGEST:
        raise EOFError
    return np.load(io.BytesIO(stream.read(length)), allow_pickle=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
