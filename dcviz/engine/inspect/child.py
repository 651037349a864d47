"""A short process that reads a torch or .onnx file and leaves plain tensors.

Started as `python -m dcviz.engine.inspect.child`. It reads with weights_only, so no class and no function of
the file is ever called; and it lives under limits of memory, time and file size, so a file that lies about
its sizes ends the process and nothing else.
"""

import json
import re
import resource
import sys
from pathlib import Path
from typing import Any

REFUSED, DAMAGED, TOO_LARGE = 3, 4, 5
DEEPEST, MOST_NOTES, LONGEST_NOTE = 12, 500, 200
HEADROOM = 2**29
GLOBAL = re.compile(r"GLOBAL ([\w.<>]+)|class ([\w.]+)")


def main(arguments: list[str]) -> int:
    """Read FILE, write its tensors to OUT (.safetensors); arguments are FILE OUT LARGEST SECONDS."""
    path, out, largest, seconds = Path(arguments[0]), Path(arguments[1]), int(arguments[2]), int(arguments[3])
    import torch

    limit(resource.RLIMIT_CPU, seconds)
    limit(resource.RLIMIT_FSIZE, 2 * largest + HEADROOM)
    # Address space: what torch itself maps, and room for the file, its tensors and one copy of them.
    limit(resource.RLIMIT_AS, mapped_bytes() + 3 * largest + HEADROOM)
    try:
        loaded = (load_graph if path.suffix.lower() == ".onnx" else load)(torch, path)
    except MemoryError:
        return TOO_LARGE
    except Exception as error:
        return refuse(out, error)
    found = Findings(torch, largest)
    try:
        found.walk(loaded, "", 0)
        found.save(out)
    except (MemoryError, OverflowError):
        return TOO_LARGE
    return 0


def limit(what: int, value: int) -> None:
    """Lower a limit of this process; a system that does not know it is left as it is."""
    try:
        resource.setrlimit(what, (value, value))
    except (ValueError, OSError):
        return


def mapped_bytes() -> int:
    """Address space in use, 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 2**36


def load(torch: Any, path: Path) -> Any:
    """Read tensors, containers, numbers and text; numpy scalars, which loops like to keep, are harmless."""
    import numpy as np

    scalar = np.float64(0).__reduce__()[0]
    kinds = [type(np.dtype(name)) for name in ("float64", "float32", "int64", "int32", "bool")]
    with torch.serialization.safe_globals([scalar, np.dtype, *kinds]):
        return torch.load(path, map_location="cpu", weights_only=True)


def load_graph(torch: Any, path: Path) -> Any:
    """Read the numbers a graph is made with, and say what goes in and out of it; nothing is run."""
    import onnx

    graph = onnx.load(path, load_external_data=False).graph
    held = {each.name: each for each in graph.initializer}
    outside = [name for name, each in held.items() if each.data_location == onnx.TensorProto.EXTERNAL]
    if outside:
        raise ValueError(f"{outside[0]} lies in another file: export it as one file")
    ends = {"takes": [each for each in graph.input if each.name not in held], "gives": graph.output}
    told = {way: ", ".join(_end(each) for each in each_way) for way, each_way in ends.items()}
    tensors = {name: torch.from_numpy(onnx.numpy_helper.to_array(each).copy()) for name, each in held.items()}
    return told | tensors


def _end(value: Any) -> str:
    sides = value.type.tensor_type.shape.dim
    return f"{value.name} ({', '.join(side.dim_param or str(side.dim_value or '?') for side in sides)})"


def refuse(out: Path, error: Exception) -> int:
    """Leave the reason: a class of someone's program, or damage."""
    text = str(error)
    found = GLOBAL.search(text) if "weights_only" in text or "Weights only" in text else None
    name = next((part for part in (found.groups() if found else ()) if part), "")
    first = (text.splitlines() or [type(error).__name__])[0][:300]
    out.with_suffix(".json").write_text(json.dumps({"global": name, "message": first}))
    return REFUSED if name else DAMAGED


class Findings:
    """Tensors by dotted name, notes beside them, and what was left out and why."""

    def __init__(self, torch: Any, largest: int):
        self.torch, self.left = torch, largest
        self.tensors: dict[str, Any] = {}
        self.notes: dict[str, Any] = {}
        self.left_out: dict[str, str] = {}

    def walk(self, item: Any, name: str, depth: int) -> None:
        """Go through containers; a tensor keeps its path as its name."""
        if self.torch.is_tensor(item):
            self.take(item, name or "tensor")
        elif isinstance(item, dict) and depth < DEEPEST:
            for key, value in item.items():
                self.walk(value, f"{name}.{key}" if name else str(key), depth + 1)
        elif isinstance(item, (list, tuple)) and depth < DEEPEST:
            for number, value in enumerate(item):
                self.walk(value, f"{name}.{number}" if name else str(number), depth + 1)
        elif len(self.notes) < MOST_NOTES:
            self.notes[name] = item if isinstance(item, (bool, int, float)) else str(item)[:LONGEST_NOTE]

    def take(self, tensor: Any, name: str) -> None:
        """Copy a tensor to plain memory, or say why not."""
        odd = {"quantized": tensor.is_quantized, "complex": tensor.is_complex(), "meta": tensor.is_meta}
        odd["sparse"] = tensor.layout != self.torch.strided
        for kind, is_so in odd.items():
            if is_so:
                self.left_out[name] = f"{kind} tensors are not read"
                return
        small = tensor.is_floating_point() and tensor.dtype not in (self.torch.float32, self.torch.float64)
        # A view may claim a billion numbers over one stored one: count before copying.
        self.left -= tensor.numel() * (4 if small else tensor.element_size())
        if self.left < 0:
            raise MemoryError
        plain = tensor.detach().float() if small else tensor.detach()
        self.tensors[name] = plain.contiguous().clone()

    def save(self, out: Path) -> None:
        """Write all as one safetensors file, notes in its header."""
        from safetensors.torch import save_file

        told = {"notes": self.notes, "left_out": self.left_out, "order": list(self.tensors)}
        notes = json.dumps(told, default=str)
        save_file(self.tensors, out, metadata={"child": notes})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
