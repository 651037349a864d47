"""A run as one .zip: out of the store to a colleague, and safely in again."""

import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from dcviz.runs.errors import RunError
from dcviz.runs.files import PART, json_text
from dcviz.runs.run import ID, Run
from dcviz.runs.status import ACTIVE
from dcviz.runs.store import RunStore

KEYS = r"[0-9]{5,7}(b[0-9]{5,7})?"
# Nothing but the files of a run folder goes out or comes in.
LAYOUT = re.compile(
    r"(run|notes|status)\.json|(metrics|events)\.jsonl|log\.txt"
    r"|data/[a-z0-9_-]+\.(npy|png|json)"
    rf"|latents/{KEYS}(/[0-9]{{5}}-of-[0-9]{{5}})?\.npy|(assign|neighbors|tables|extras)/{KEYS}\.npz"
    rf"|frames/[A-Za-z0-9._-]+\.(bin|json)|checkpoints/{KEYS}\.safetensors"
)
LARGEST = 64 * 2**30
MOST_FILES = 300_000
# Latents barely compress (8 %); text compresses 20 fold. What swells more than this is no run.
LARGEST_RATIO = 250
# what zipfile was seen to raise on damaged archives
_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, KeyError,
           IndexError, struct.error, MemoryError, OverflowError)  # fmt: skip


def export_run(run: Run, file: Path | str) -> Path:
    """Write a run as a .zip that `import_run` reads; a run being trained goes out as far as it is.

    Args:
        run: any run, also a gallery one.
        file: the .zip to write; it appears whole or not at all.

    Raises:
        RunError: if the run is broken, or `file` does not end in .zip.
    """
    file = Path(file).expanduser().absolute()
    if run.broken:
        raise RunError(f"run {run.id} cannot be exported: {run.broken}")
    if file.suffix != ".zip":
        raise RunError(f"the export is a .zip file, got {file.name!r}")
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}{PART}")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            _pack(run, archive)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file


def _pack(run: Run, archive: zipfile.ZipFile) -> None:
    status = run.status()
    if status["state"] in ACTIVE:
        status = {
            **status,
            "state": "interrupted",
            "message": "exported while it was being trained",
            "pid": None,
        }
    # The logs go first: whatever they list then has its files already.
    for name in ("metrics.jsonl", "events.jsonl"):
        lines = (run.path / name).read_bytes() if (run.path / name).exists() else b""
        archive.writestr(f"{run.id}/{name}", lines[: lines.rfind(b"\n") + 1])
    archive.writestr(f"{run.id}/status.json", json_text(status, indent=1))
    written = {"metrics.jsonl", "events.jsonl", "status.json"}
    for path in sorted(run.path.rglob("*")):
        name = path.relative_to(run.path).as_posix()
        if path.is_file() and not path.is_symlink() and name not in written and LAYOUT.fullmatch(name):
            archive.write(path, f"{run.id}/{name}")


def import_run(file: Path | str, store: RunStore, *, largest: int = LARGEST) -> Run:
    """Unpack an exported run into the store, trusting nothing in it.

    Every entry must be a plain file of a run folder, under one folder: no "..", no absolute path, no
    link. Sizes are limited by what the archive declares and again by what is really unpacked. The run
    appears under its id (with a number if that is taken) only when all is there; a refused archive
    leaves nothing behind.

    Args:
        file: the .zip.
        store: where it goes.
        largest: most bytes to unpack.

    Raises:
        RunError: saying which entry was refused and why.
    """
    file = Path(file).expanduser()
    try:
        with zipfile.ZipFile(file) as archive:
            top, members = _checked(archive, largest)
            return _unpack(archive, top or _id_of(file), members, store)
    except FileNotFoundError:
        raise RunError(f"there is no file {file}") from None
    except _DAMAGE as error:
        raise RunError(f"{file.name} cannot be imported: {error}") from error


def _checked(archive: zipfile.ZipFile, largest: int) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_FILES:
        raise RunError(f"the archive holds {len(infos)} files; a run has at most {MOST_FILES}")
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if total > largest:
        raise RunError(f"the archive unpacks to {total:,} bytes; at most {largest:,} are allowed")
    if total > 2**24 and total > LARGEST_RATIO * packed:
        raise RunError(f"the archive swells from {packed:,} to {total:,} bytes; no run compresses like that")
    tops = {PurePosixPath(info.filename).parts[0] for info in infos if PurePosixPath(info.filename).parts}
    top = tops.pop() if len(tops) == 1 and not LAYOUT.fullmatch(infos[0].filename) else ""
    members = {_member(info, top): info for info in infos}
    if "run.json" not in members:
        raise RunError("the archive holds no run.json: it is not an exported run")
    return top, members


def _member(info: zipfile.ZipInfo, top: str) -> str:
    """The name of an entry inside the run folder, if it may be unpacked."""
    name = info.filename
    mode = info.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise RunError(f"{name!r} is a link or device; only plain files are unpacked")
    if info.flag_bits & 1:
        raise RunError(f"{name!r} is encrypted; export the run again without a password")
    inside = name.removeprefix(f"{top}/") if top else name
    if "\0" in name or "\\" in name or not LAYOUT.fullmatch(inside):
        raise RunError(f"{name[:120]!r} is no file of a run folder; nothing was unpacked")
    return inside


def _unpack(archive: zipfile.ZipFile, name: str, members: dict[str, zipfile.ZipInfo], store: RunStore) -> Run:
    if not ID.fullmatch(name):
        raise RunError(f"the archive's folder {name[:60]!r} is no run id: letters, digits, '.', '_' and '-'")
    store.root.mkdir(parents=True, exist_ok=True)
    total = sum(info.file_size for info in members.values())
    if total > shutil.disk_usage(store.root).free:
        raise RunError(f"the run needs {total:,} bytes; {store.root} has not that much room")
    with tempfile.TemporaryDirectory(dir=store.root, prefix=".import-") as scratch:
        folder = Path(scratch) / name
        for inside, info in members.items():
            _copy(archive, info, folder / inside)
        broken = Run(folder).broken
        if broken:
            raise RunError(f"the archive holds no usable run: {broken}")
        return store.by_id(settle(folder, store).name)


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> None:
    """Unpack one entry, stopping at its declared size: a lying header cannot fill the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as source, open(path, "xb") as target:
        while block := source.read(2**20):
            left -= len(block)
            if left < 0:
                raise RunError(f"{info.filename!r} is larger than the archive says")
            target.write(block)


def settle(folder: Path, store: RunStore) -> Path:
    """Give a folder that was filled aside its place in the store, under the first free id.

    Args:
        folder: a whole run folder on the store's own disk.
        store: where it goes; it appears at once or not at all.

    Raises:
        RunError: if a thousand runs have that name.
    """
    for number in range(1, 1000):
        final = store.root / (folder.name if number == 1 else f"{folder.name}-{number}")
        if final.exists() or any((other / final.name).exists() for other in store.also):
            continue
        return folder.rename(final)
    raise RunError(f"1,000 runs named {folder.name} exist already in {store.root}")


def _id_of(file: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", file.stem).strip("-.") or "imported"
