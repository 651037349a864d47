"""Weights: the named arrays of a checkpoint of any origin, without what lies around them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.data.guard import DEFAULT, Limits, plain_archive, plain_file, reading
from dcviz.engine.inspect.graph import ENDING, check_packages
from dcviz.engine.inspect.sandbox import EXPORT, plain_tensors

TORCH = (".pt", ".pth", ".ckpt", ".bin", ".tar")
WRAPPERS = (
    "state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "module", "_orig_mod"
)  # fmt: skip
ASIDE = ("optim", "lr_sched", "scheduler", "scaler", "callbacks", "loops")
OURS_ASIDE = ("phase", "rate", "random", "sums")


@dataclass(frozen=True)
class Weights:
    """Named arrays of a network.

    Args:
        name: of the file.
        tensors: by name, in the file's order; what wrapped them all is taken off.
        wrapper: what was taken off, e.g. "state_dict.model".
        aside: optimizer state and the like, by name.
        left_out: tensor -> why it was not read.
        notes: numbers and text found beside the tensors (epoch, ...).
        origin: note of a checkpoint of this lab (method, settings, epoch, ...), else None.
        graph: the whole file where it says itself what it computes (.onnx), else empty.
    """

    name: str
    tensors: Mapping[str, np.ndarray]
    wrapper: str = ""
    aside: Mapping[str, np.ndarray] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] | None = None
    graph: bytes = field(default=b"", repr=False)

    @property
    def parameters(self) -> int:
        """How many numbers there are."""
        return sum(array.size for array in self.tensors.values())


def read_weights(path: Path | str, *, part: str = "", limits: Limits = DEFAULT) -> Weights:
    """Read the weights of a checkpoint, ours or foreign; nothing in it is ever run.

    .safetensors and .npz are read here; torch files (.pt, .pth, .ckpt, .bin) in a child process with limits,
    tensors only, also wrapped in dicts; so are the numbers of an .onnx graph.

    Args:
        path: of the file.
        part: dotted name of the dict to look into, where a file holds several networks.
        limits: on the file and on what it unpacks to.

    Raises:
        DataError: saying what is wrong with the file and what to do.
    """
    path = Path(path).expanduser()
    suffix = path.suffix.lower()
    plain_file(path, limits)
    if suffix == ".safetensors":
        tensors, header = read_safetensors(path)
        found = Weights(path.name, tensors, origin=_origin(header), notes=_notes(header))
    elif suffix == ".npz":
        from dcviz.data.guarded_arrays import npz_names, read_npz

        found = Weights(path.name, read_npz(path, npz_names(path, limits), limits))
    elif suffix in TORCH:
        found = _torch(path, limits)
    elif suffix == ENDING:
        check_packages(path.name)
        found = replace(_torch(path, limits), graph=path.read_bytes())
    else:
        raise DataError(
            f"{path.name}: weights come as .safetensors, .pt, .pth, .ckpt, .bin, .npz or .onnx, got "
            f"{suffix or 'no ending'}; export them: {EXPORT}"
        )
    return unwrapped(found, part)


def unwrapped(found: Weights, part: str = "") -> Weights:
    """Take off what wraps all weights, and set optimizer state aside.

    Args:
        found: as read.
        part: look into this dict alone.

    Raises:
        DataError: if nothing is left, or there is no such part.
    """
    tensors, aside = dict(found.tensors), {}
    if part:
        inside = f"{part}."
        tensors = {name[len(inside) :]: each for name, each in tensors.items() if name.startswith(inside)}
        if not tensors:
            roots = sorted({name.partition(".")[0] for name in found.tensors})
            raise DataError(f"{found.name} has no part {part!r}; parts: {', '.join(roots[:20])}")
    for name in list(tensors):
        head = name.partition(".")[0]
        if head.startswith(ASIDE) or (found.origin is not None and head in OURS_ASIDE):
            aside[name] = tensors.pop(name)
    wrapped = any(name.partition(".")[0] in WRAPPERS for name in tensors if "." in name)
    for name in [name for name in tensors if wrapped and "." not in name]:
        aside[name] = tensors.pop(name)  # a loss, say, beside the dict of weights
    wrapper = [part] if part else []
    while tensors and (common := _common(tensors)) in WRAPPERS:
        tensors = {name.partition(".")[2]: array for name, array in tensors.items()}
        wrapper.append(common)
    if not tensors:
        raise DataError(f"{found.name} holds no weights beside {len(aside)} tensors of an optimizer")
    return replace(found, tensors=tensors, aside=aside, wrapper=".".join(wrapper))


def read_safetensors(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read all tensors and the header's metadata; bfloat16 becomes float32.

    Raises:
        DataError: for a damaged or truncated file and for types numpy does not know.
    """
    from safetensors import safe_open

    with reading(path, ".safetensors file"), safe_open(path, framework="numpy") as stored:
        tensors, header = {}, stored.metadata() or {}
        for name in sorted(stored.keys(), key=_natural):
            kind = stored.get_slice(name).get_dtype()
            tensors[name] = _bfloat16(path, name) if kind == "BF16" else stored.get_tensor(name)
    return tensors, header


def _natural(name: str) -> list[tuple[int, str]]:
    """Layer 2 before layer 10: the format keeps no order of its own."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def _bfloat16(path: Path, name: str) -> np.ndarray:
    """The upper half of a float32; numpy has no name for it. The header was validated before."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))[name]
        start, end = entry["data_offsets"]
        file.seek(8 + length + start)
        halves = np.frombuffer(file.read(end - start), "<u2")
    return (halves.astype(np.uint32) << 16).view(np.float32).reshape(entry["shape"])


def _torch(path: Path, limits: Limits) -> Weights:
    with path.open("rb") as file:
        is_zip = file.read(4) == b"PK\x03\x04"
    if is_zip:
        names = [info.filename for info in plain_archive(path, limits)]
        if any("/code/" in name or name.endswith("/constants.pkl") for name in names):
            raise DataError(
                f"{path.name} is a TorchScript program, not weights; save its weights alone: {EXPORT}"
            )
    with plain_tensors(path, limits) as out:
        tensors, header = read_safetensors(out)
    told = json.loads(header["child"])
    notes = {name: note for name, note in told["notes"].items() if not name.startswith(ASIDE)}
    ordered = {name: tensors[name] for name in told["order"]}
    return Weights(path.name, ordered, left_out=told["left_out"], notes=notes)


def _common(tensors: Mapping[str, np.ndarray]) -> str:
    """The first part of the names if all share it and something follows, else nothing."""
    heads = {name.partition(".")[0] for name in tensors if "." in name}
    return heads.pop() if len(heads) == 1 and all("." in name for name in tensors) else ""


def _origin(header: Mapping[str, str]) -> Mapping[str, Any] | None:
    try:
        note = json.loads(header.get("dcviz", "null"))
    except ValueError:
        return None
    return note if isinstance(note, dict) else None


def _notes(header: Mapping[str, str]) -> dict[str, Any]:
    return {name: text[:200] for name, text in header.items() if name != "dcviz"}
