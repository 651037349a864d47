"""Files that a reader must refuse, and what they are made by."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

KINDS = (
    "truncated",
    "10 GB",
    "lying header",
    "wrong dtype",
    "NaN",
    "mismatched lengths",
    "zip bomb",
    "..",
    "link",
)
GOOD = np.random.default_rng(0).normal(size=(40, 3))


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def lying(shape: str) -> bytes:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(64)


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def link_entry(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def parquet(**columns: object) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


def torch_file(tensors: dict) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(tensors, buffer)
    return buffer.getvalue()


def put(content: bytes | Callable[[], bytes]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_bytes(content() if callable(content) else content)

    return make


def huge(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(10 * 2**30)  # sparse: takes no room


def to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def within(
    *files: tuple[str, bytes], links: dict[str, str] | None = None, big: str = ""
) -> Callable[[Path], None]:
    """A folder with these files."""

    def make(path: Path) -> None:
        path.mkdir()
        for name, content in files:
            (path / name).parent.mkdir(exist_ok=True)
            (path / name).write_bytes(content)
        for name, target in (links or {}).items():
            os.symlink(target, path / name)
        if big:
            huge(path / big)

    return make


def picture(size: int = 4) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.zeros((size, size), np.uint8)).save(buffer, "png")
    return buffer.getvalue()


NAN = np.where(np.arange(120).reshape(40, 3) == 7, np.nan, GOOD)
ROWS = np.zeros(70_000_000, np.uint8)
BOMB = npy(np.zeros((6_000_000, 3), np.float32))
NO_ARCHIVE = "the format is no archive"
NO_NAMES = "the file names no other file"
CSV = b"z0,z1\n" + b"1,2\n" * 40
LINK = (to_a_device, "device or pipe")
HUGE = (huge, "10.0 GB, at most 1.0 GB")
CONFIG = b'embeddings { tensor_name: "z" tensor_path: "%s" metadata_path: "m.tsv" }'


def arrays(ending: str, name: str, *, matching: tuple) -> dict:
    """The cells of the readers of numpy's files."""
    if ending == ".npy":
        return {
            "truncated": (put(npy(GOOD)[:-9]), "truncated"), "10 GB": HUGE,
            "lying header": (put(lying("(1000000000000, 10)")), "truncated or damaged"),
            "wrong dtype": (put(npy(np.array([["a", "b"]] * 9))), "real numbers"),
            "NaN": (put(npy(NAN)), "row 2"),
            "mismatched lengths": matching, "zip bomb": NO_ARCHIVE, "..": NO_NAMES, "link": LINK,
        }  # fmt: skip
    return {
        "truncated": (put(npz(**{name: GOOD})[:-90]), "cannot be read"), "10 GB": HUGE,
        "lying header": (put(zipped(**{f"{name}.npy": lying("(1000000000000,)")})), "truncated or damaged"),
        "wrong dtype": (put(npz(**{name: np.ones((9, 2), complex)})), "real numbers"),
        "NaN": (put(npz(**{name: NAN})), "row 2"), "mismatched lengths": matching,
        "zip bomb": (put(lambda: zipped(**{f"{name}.npy": BOMB})), "zip bomb"),
        "..": (put(zipped(**{f"../{name}.npy": npy(GOOD)})), "leads out"),
        "link": (put(link_entry(f"{name}.npy")), "is a link"),
    }  # fmt: skip


def tables(ending: str, *, matching: tuple) -> dict:
    """The cells of the readers of tables."""
    if ending == ".csv":
        return {
            "truncated": (put(b'z0,z1\n1,2\n3,4\n5,"6'), "cannot be read|not numeric|missing"), "10 GB": HUGE,
            "lying header": (put(b"z0,z1\n"), "no rows"), "wrong dtype": (put(CSV + b"x,3\n"), "'x'"),
            "NaN": (put(CSV + b"nan,3\n"), "missing"), "mismatched lengths": matching, "zip bomb": NO_ARCHIVE,
            "..": NO_NAMES, "link": LINK,
        }  # fmt: skip
    whole = parquet(z0=GOOD[:, 0], z1=GOOD[:, 1])
    return {
        "truncated": (put(whole[: len(whole) // 2]), "cannot be read"), "10 GB": HUGE,
        "lying header": (put(whole[:-12] + b"\xff" * 4 + whole[-8:]), "cannot be read"),
        "wrong dtype": (put(parquet(z0=["a", "b", "c"])), "not numeric"),
        "NaN": (put(parquet(z0=NAN[:, 1])), "missing"), "mismatched lengths": matching,
        "zip bomb": (put(lambda: parquet(**dict.fromkeys(("z0", "z1"), ROWS))), "unpacks to 70000000 rows"),
        "..": NO_NAMES, "link": LINK,
    }  # fmt: skip


def weights(ending: str, content: Callable[[], bytes]) -> dict:
    """The cells of the readers of checkpoints; NaN is shown, not refused: it is why one looks."""
    torch = ending != ".safetensors"
    no_length = "arrays of a network have no common length; what does not match is told by the matching"
    header = b'{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,8]}}'
    odd = b'{"w":{"dtype":"X9","shape":[2],"data_offsets":[0,8]}}'
    return {
        "truncated": (put(lambda: content()[:-200]), "cannot be read"), "10 GB": HUGE,
        "lying header": (put(lambda: torch_file({"w": the_torch().zeros(1).expand(10**10)})), "more memory")
        if torch else (put(len(header).to_bytes(8, "little") + header + bytes(8)), "cannot be read"),
        "wrong dtype": (put(lambda: torch_file({"w": "text"})), "no tensors|no weights")
        if torch else (put(len(odd).to_bytes(8, "little") + odd + bytes(8)), "cannot be read"),
        "NaN": "shown in the table of layers (test_layer_numbers), where it is looked for",
        "mismatched lengths": no_length,
        "zip bomb": (put(lambda: zipped(**{"b/data.pkl": b"", "b/data/0": bytes(60_000_000)})), "zip bomb")
        if torch else NO_ARCHIVE,
        "..": (put(zipped(**{"../../b": b"x"})), "leads out") if torch else NO_NAMES,
        "link": (put(link_entry("b/data.pkl")), "is a link") if torch else LINK,
    }  # fmt: skip


def the_torch():
    import torch

    return torch


EPOCHS = (("00001.npy", npy(GOOD)),)
