"""The door for files from elsewhere: what kind of thing it is, how large it is and how large it unpacks.

Everything is asked before a byte of content is used, so a bomb costs one look at its table of contents.
"""

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dcviz.data.dataset import DataError

SWELLS = 2**24
"""Archives that unpack to less than this may compress as well as they like."""


@dataclass(frozen=True)
class Limits:
    """How much a file from elsewhere may ask for.

    Args:
        file_bytes: largest file, and most bytes an archive may unpack to.
        members: most entries of an archive, most files of a folder.
        ratio: an archive that swells more than this is refused; weights and latents barely compress.
        way_out: how to raise the limit, as messages say it.
    """

    file_bytes: int = 2**30
    members: int = 100_000
    ratio: float = 250.0
    way_out: str = "--limit-gb"


DEFAULT = Limits()
TRUSTED = Limits(file_bytes=2**62, members=2**31, ratio=float("inf"))
"""For files that this lab made or downloaded and checked: headers are held to their sizes all the same."""


def own_limits() -> Limits:
    """What a file to train on may ask for: 1 GB, or DCVIZ_LIMIT_GB.

    Raises:
        DataError: if that is no number above 0.
    """
    way_out = "set DCVIZ_LIMIT_GB, in GB, before the lab starts"
    given = os.environ.get("DCVIZ_LIMIT_GB", "1")
    try:
        gigabytes = float(given)
    except ValueError:
        gigabytes = 0.0
    if not 0 < gigabytes <= 2**20:
        raise DataError(f"DCVIZ_LIMIT_GB must be a number of GB above 0, got {given!r}; {way_out}")
    return Limits(file_bytes=int(gigabytes * 2**30), way_out=way_out)


def plain_file(path: Path, limits: Limits = DEFAULT) -> Path:
    """Return the path if it is a plain file of a size that may be read.

    Raises:
        DataError: for a missing, empty or too large file, a folder, a device or a pipe.
    """
    try:
        about = os.stat(path)
    except (OSError, ValueError) as error:
        raise DataError(f"there is no file {str(path)[:200]!r} that can be read ({error})") from None
    if not stat.S_ISREG(about.st_mode):
        kind = "a folder" if stat.S_ISDIR(about.st_mode) else "a device or pipe"
        raise DataError(f"{path.name} is {kind}; a plain file is needed")
    if about.st_size == 0:
        raise DataError(f"{path.name} is empty (0 bytes); save or copy it again")
    if about.st_size > limits.file_bytes:
        raise DataError(
            f"{path.name} has {readable(about.st_size)}, at most {readable(limits.file_bytes)} are read; "
            f"split it (one file an epoch), store float32, or raise the limit ({limits.way_out})"
        )
    return path


def inside(folder: Path, name: str) -> Path:
    """Return the file of this relative name in a folder, if the name stays there.

    Args:
        folder: where it must lie.
        name: as another program wrote it; forward slashes.

    Raises:
        DataError: for "..", absolute names, and links on the way: they could lead anywhere.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise DataError(f"{name[:120]!r} leads out of {folder.name}; a name inside the folder is needed")
    path = folder
    for part in parts:
        path = path / part
        if path.is_symlink():
            raise DataError(f"{path.name} in {folder.name} is a link; copy the file itself there")
    return path


def plain_archive(path: Path, limits: Limits = DEFAULT) -> list[zipfile.ZipInfo]:
    """List the entries of a zip (.npz, .pt) whose declared sizes, kinds and names may be trusted to be read.

    Raises:
        DataError: for damage, encryption, links, names that lead out, too many entries, or a size
            beyond the limits once unpacked.
    """
    plain_file(path, limits)
    with reading(path, "zip archive"), zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    if len(infos) > limits.members:
        raise DataError(f"{path.name} holds {len(infos)} entries; at most {limits.members} are unpacked")
    for info in infos:
        _plain_entry(path, info)
    total, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if total > limits.file_bytes:
        raise DataError(
            f"{path.name} unpacks to {readable(total)}, at most {readable(limits.file_bytes)} are read; "
            f"store less in one file or raise the limit ({limits.way_out})"
        )
    if total > SWELLS and total > limits.ratio * packed:
        raise DataError(
            f"{path.name} swells from {readable(packed)} to {readable(total)}; numbers do not compress like "
            "that, it is refused as a zip bomb"
        )
    return infos


def _plain_entry(path: Path, info: zipfile.ZipInfo) -> None:
    mode, name = info.external_attr >> 16, info.filename
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise DataError(f"{path.name}: entry {name[:120]!r} is a link or device; only files are read")
    if info.flag_bits & 1:
        raise DataError(f"{path.name}: entry {name[:120]!r} is encrypted; save it without a password")
    if name.startswith("/") or ".." in PurePosixPath(name).parts or "\\" in name:
        raise DataError(f"{path.name}: entry {name[:120]!r} leads out of the archive; it is refused")


@contextmanager
def reading(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a damaged file does to its reader into one sentence.

    Readers meet damage as any of a dozen exception classes of zipfile, zlib, numpy, pandas and pyarrow.

    Args:
        path: of the file.
        kind: what it was read as.

    Raises:
        DataError: for every exception but ours.
    """
    try:
        yield
    except DataError:
        raise
    except MemoryError:
        raise DataError(
            f"{path.name} asks for more memory than there is; it is damaged or too large"
        ) from None
    except Exception as error:
        said = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise DataError(f"{path.name} cannot be read as a {kind} ({said}); save or copy it again") from error


def readable(count: int) -> str:
    """Give a number of bytes in the unit that suits it."""
    size, units = float(count), ["B", "kB", "MB", "GB"]
    while size >= 1024 and len(units) > 1:
        size /= 1024
        units.pop(0)
    return f"{size:.0f} {units[0]}" if units[0] == "B" else f"{size:.1f} {units[0]}"
