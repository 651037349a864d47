"""TensorBoard's projector: its tensors become latents of epochs, and the epochs of a run its tensors."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dcviz.data.arrays import encode_labels
from dcviz.data.dataset import DataError
from dcviz.data.guard import DEFAULT, Limits, inside, plain_file, reading
from dcviz.data.tables import label_column
from dcviz.exchange.incoming import Incoming

CONFIG = "projector_config.pbtxt"
TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>[\w.+-]+|[{}:\[\],;<>])"""
)
STEP = re.compile(r".*?(\d+)")


@dataclass
class Embedding:
    """One block of the configuration: where a tensor and what is known about its rows lie."""

    name: str = ""
    tensor: str = ""
    metadata: str = ""
    shape: list[int] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """The name without its step: SummaryWriter calls them default:00000, default:00001, ..."""
        return self.name.rpartition(":")[0] or "default"

    def step(self, order: int) -> int:
        """The step in its name, else its place in the file."""
        match = STEP.fullmatch(self.name.rpartition(":")[2])
        return int(match[1][:12]) if match else order


def projector_latents(path: Path, *, limits: Limits = DEFAULT) -> Incoming:
    """Read what SummaryWriter.add_embedding or the projector's own site wrote.

    Each global step becomes an epoch. With several tags the one with most steps is taken, and the note
    names the others. Labels are the metadata: its only column, or the one named label, class, y, target.

    Args:
        path: projector_config.pbtxt, or tensors.tsv (with metadata.tsv beside it, if there).
        limits: on each file.

    Raises:
        DataError: for a broken configuration, names that lead out of the folder, and
            tables that are no numbers.
    """
    folder = path.parent
    if path.name != CONFIG:
        beside = "metadata.tsv" if (folder / "metadata.tsv").exists() else ""
        blocks = [Embedding("default:0", path.name, beside)]
        plain_file(path, limits)
    else:
        blocks = _configured(path, limits)
    tags = [block.tag for block in blocks]
    tag = max(dict.fromkeys(tags), key=tags.count)
    chosen = {block.step(i): block for i, block in enumerate(block for block in blocks if block.tag == tag)}
    epochs = tuple(sorted(chosen))
    if len(chosen) < tags.count(tag):
        raise DataError(f"{path.name}: a step of {tag!r} is there twice; keep one tensor for each step")
    first = chosen[epochs[0]]
    labels, names = _labels(folder, first, limits)
    others = sorted(set(tags) - {tag})
    note = f"projector tensors {tag!r} of {folder.name}" + (
        f"; not read: {', '.join(others)}" if others else ""
    )
    return Incoming(
        folder.name or "projector",
        epochs,
        lambda epoch: _tensor(folder, chosen[epoch], limits),
        labels=labels,
        class_names=names,
        note=note,
    )


def parse_config(text: str) -> list[Embedding]:
    """Read the embeddings blocks of a projector_config.pbtxt; what is not known there is passed over.

    Raises:
        DataError: if it is no such configuration.
    """
    blocks: list[Embedding] = []
    depth, field_name, ours = 0, "", False
    for token in _tokens(text):
        if token == "{":
            if depth == 0:
                ours = field_name == "embeddings"
                blocks += [Embedding()] if ours else []
            depth, field_name = depth + 1, ""
        elif token == "}":
            depth -= 1
            if depth < 0:
                raise DataError(f"{CONFIG}: a closing brace too many; write it again")
        elif token == ":":
            continue
        elif field_name in ("", "embeddings") or not ours:
            field_name = token
        else:
            if depth == 1:
                _fill(blocks[-1], field_name, token)
            field_name = ""
    if depth:
        raise DataError(f"{CONFIG}: {depth} closing braces are missing; it is truncated")
    return blocks


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None:
            raise DataError(f"{CONFIG}: {text[place : place + 20]!r} is not understood; write it again")
        place = match.end()
        if match["text"] is not None:
            found.append(match["text"][1:-1])
        elif match["word"] is not None:
            found.append(match["word"])
    return found


def _fill(block: Embedding, name: str, value: str) -> None:
    if name == "tensor_shape":
        if not value.isdigit():
            raise DataError(f"{CONFIG}: tensor_shape must be whole numbers, got {value[:40]!r}")
        block.shape.append(int(value[:12]))
    else:
        attribute = {"tensor_name": "name", "tensor_path": "tensor", "metadata_path": "metadata"}.get(name)
        if attribute:
            setattr(block, attribute, value)


def _configured(path: Path, limits: Limits) -> list[Embedding]:
    plain_file(path, Limits(2**24, limits.members, limits.ratio))
    with reading(path, "projector configuration"):
        blocks = parse_config(path.read_text("utf-8-sig"))
    blocks = [block for block in blocks if block.tensor]
    if not blocks:
        raise DataError(
            f"{path.name} names no tensor_path; tensors inside TensorFlow checkpoints are not read, export "
            "them as .tsv"
        )
    for block in blocks:
        plain_file(inside(path.parent, block.tensor), limits)
    return blocks


def _tensor(folder: Path, block: Embedding, limits: Limits) -> np.ndarray:
    path = plain_file(inside(folder, block.tensor), limits)
    if path.suffix == ".tsv":
        import pandas as pd

        with reading(path, "tab-separated table of numbers"):
            return pd.read_csv(path, sep="\t", header=None, dtype=np.float64, encoding="utf-8-sig").to_numpy()
    count = path.stat().st_size // 4
    if len(block.shape) != 2 or block.shape[0] * block.shape[1] * 4 != path.stat().st_size:
        raise DataError(
            f"{path.name} holds {count} float32 numbers, its tensor_shape says {block.shape or 'nothing'}; "
            "write both again"
        )
    return np.fromfile(path, "<f4").reshape(block.shape)


def _labels(folder: Path, block: Embedding, limits: Limits) -> tuple[np.ndarray | None, tuple[str, ...]]:
    if not block.metadata:
        return None, ()
    path = plain_file(inside(folder, block.metadata), limits)
    with reading(path, "tab-separated metadata"):
        lines = [line.split("\t") for line in path.read_text("utf-8-sig").splitlines()]
        # The projector's rule: one column has no header, several columns have one.
        if max(map(len, lines)) == 1:
            values = [line[0] for line in lines]
        else:
            import pandas as pd

            frame = pd.DataFrame(lines[1:], columns=lines[0])
            column = label_column(path.name, frame, None)
            if column is None:
                return None, ()
            values = frame[column].astype(str).tolist()
        return encode_labels(path.name, np.array(values), len(values))
