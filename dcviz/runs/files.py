"""Files that appear whole or not at all.

Every file of a run is written under a temporary name, flushed to the disk and only then given its
name; a reader therefore sees the old file or the new one, never a part. Appended logs are the one
exception: their last line may be partial, and readers skip it until its newline is there.
"""

import json
import math
import os
import re
import threading
import time
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from dcviz.runs.errors import RunError
from dcviz.runs.mapped import mapped_member, mapping
from dcviz.runs.process import host_name, process_stamp

PART = ".part"
FORGOTTEN_SECONDS = 600
"""After which a temporary file of another machine counts as left behind."""


def write_with(path: Path, write: Callable[[BinaryIO], object], *, sync: bool = True) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it into place.

    Args:
        path: final name; its folder is made where missing.
        write: is given the open binary file.
        sync: wait for the disk. False is for the heartbeat, which is replaced two seconds later.

    Raises:
        OSError: what the disk said (for instance full); the temporary file is gone then, and a file
            that was there before is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{host_name()}~{os.getpid()}-{threading.get_ident()}{PART}")
    try:
        with open(part, "wb") as file:
            write(file)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write `data` whole or not at all."""
    write_with(path, lambda file: file.write(data), sync=sync)


def write_json(path: Path, value: Any, *, sync: bool = True) -> None:
    """Write one JSON document whole or not at all; NaN and infinity become null."""
    write_bytes(path, (json_text(value, indent=1) + "\n").encode(), sync=sync)


def write_array(path: Path, array: np.ndarray) -> None:
    """Write one array as .npy, whole or not at all; object arrays are refused."""
    write_with(path, lambda file: np.lib.format.write_array(file, np.asarray(array), allow_pickle=False))


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as one uncompressed .npz, whole or not at all."""
    for name, array in arrays.items():
        if np.asarray(array).dtype.hasobject:
            raise ValueError(f"{path.name}: array {name} holds Python objects; only numbers are stored")
    write_with(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def read_json(path: Path) -> Any:
    """Read one JSON document.

    Raises:
        RunError: if the file is missing or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RunError(f"{path.name} is missing in {path.parent}") from None
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read: {_first_line(error)}") from error


def read_array(path: Path, *, always_map: bool = False) -> np.ndarray:
    """Read a .npy file, a large one mapped; one that holds pickled objects is refused, never unpickled.

    Args:
        path: of the file.
        always_map: map it also where it is small, as a part of something large.

    Raises:
        RunError: if the file is missing, truncated or not a plain array.
    """

    def load() -> np.ndarray:
        mode = "r" if always_map else mapping(path.stat().st_size)
        return np.load(path, allow_pickle=False, mmap_mode=mode)

    return _read(path, load)


def read_arrays(path: Path, only: Container[str] | None = None) -> dict[str, np.ndarray]:
    """Read a .npz file, or those arrays of it that are asked for, large ones mapped; no pickled objects.

    Raises:
        RunError: if the file is missing, truncated or not plain arrays.
    """

    def load() -> dict[str, np.ndarray]:
        with np.load(path, allow_pickle=False) as stored:
            wanted = [name for name in stored.files if only is None or name in only]
            found = {name: mapped_member(path, stored.zip, name) for name in wanted}
            return {name: stored[name] if array is None else array for name, array in found.items()}

    return _read(path, load)


def _read(path: Path, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except FileNotFoundError:
        raise RunError(f"{path.parent.name}/{path.name} is missing in {path.parent.parent}") from None
    # A damaged .npz shows itself as any of a dozen exception classes of zipfile, zlib and numpy.
    except Exception as error:
        raise RunError(f"{path} cannot be read: {_first_line(error)}") from error


def append_line(path: Path, value: Any) -> None:
    """Append one JSON line and wait for the disk; on failure the file is as long as before.

    Raises:
        OSError: what the disk said.
    """
    line = (json_text(value) + "\n").encode()
    # Unbuffered: a buffer that could not be flushed would be flushed again on closing.
    with open(path, "ab", buffering=0) as file:
        before = file.seek(0, os.SEEK_END)
        try:
            while line:
                line = line[file.write(line) :]
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, before)
            raise


def trim_partial_line(path: Path) -> int:
    """Cut a line without newline off the end of a log; returns the number of bytes cut.

    Only the owner of the run (who holds its lock) may do this, before it appends.
    """
    if not path.exists():
        return 0
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    return len(data) - whole


def remove_parts(folder: Path) -> None:
    """Remove temporary files that a killed process left behind.

    What another living process is just writing stays: the app writes into a run while its worker starts.
    """
    for part in folder.rglob(f".*{PART}"):
        if _abandoned(part):
            part.unlink(missing_ok=True)


def _abandoned(part: Path) -> bool:
    """Whether nobody writes it any more; of other machines only the age can tell."""
    name = part.name.removesuffix(PART)
    writer = re.search(r"~(\d+)-\d+$", name)
    if writer is None:
        return True
    if name.removesuffix(writer[0]).endswith(f".{host_name()}"):
        return process_stamp(int(writer[1])) is None
    try:
        return time.time() - part.stat().st_mtime > FORGOTTEN_SECONDS
    except FileNotFoundError:
        return False


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON as the standard knows it: numpy numbers become numbers, NaN and infinity null."""
    return json.dumps(plain(value), indent=indent, allow_nan=False, ensure_ascii=False)


def plain(value: Any) -> Any:
    """Turn numpy scalars, arrays, tuples and paths into what JSON can hold."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
