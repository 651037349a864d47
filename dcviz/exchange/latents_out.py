"""Latents of a run for other programs: arrays, tables, a folder of epochs, TensorBoard's projector."""

import io
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dcviz.data.dataset import DataError
from dcviz.exchange.projector import CONFIG
from dcviz.exchange.tables_out import FORMATS, named, write_table
from dcviz.runs import Run
from dcviz.runs.files import read_json, write_array, write_arrays, write_bytes

if TYPE_CHECKING:
    import pandas as pd


def write_latents(run: Run, file: Path | str, *, keys: Sequence[str] | None = None) -> Path:
    """Write latents so that this lab and any other program read them again.

    .npy holds one epoch (n, d); .npz z (epochs, n, d) with epochs, labels and clusters; .csv and .parquet one
    row a point and epoch; no ending makes a folder with one .npy an epoch and labels.npy.

    Args:
        run: any run.
        file: its ending chooses the format.
        keys: whole stored epochs; all by default, the last one for .npy.

    Raises:
        DataError: for another ending, no such epoch, or a folder that is there already.
    """
    file = Path(file).expanduser()
    chosen = chosen_keys(run, keys)
    suffix = file.suffix.lower()
    if suffix == ".npy":
        if keys is not None and len(chosen) > 1:
            raise DataError(f"a .npy file holds one epoch, got {len(chosen)}; write .npz or a folder")
        write_array(file, run.latents(chosen[-1]))
    elif suffix == ".npz":
        write_arrays(file, _stack(run, chosen))
    elif suffix in FORMATS:
        write_table(_long_table(run, chosen), file)
    elif not suffix:
        return into_folder(file, lambda folder: _epoch_files(run, chosen, folder))
    else:
        raise DataError(
            f"latents are written as .npy, .npz, .csv, .parquet or a folder, got {suffix}; choose one of them"
        )
    return file


def write_projector(run: Run, folder: Path | str, *, keys: Sequence[str] | None = None) -> Path:
    """Write a log folder for `tensorboard --logdir`: one tensor an epoch, labels and clusters, thumbnails.

    Args:
        run: any run.
        folder: made here.
        keys: whole stored epochs; all by default.

    Raises:
        DataError: for no such epoch, or a folder that is there already.
    """
    chosen = chosen_keys(run, keys)
    return into_folder(Path(folder).expanduser(), lambda place: _projector_files(run, chosen, place))


def chosen_keys(run: Run, keys: Sequence[str] | None) -> list[str]:
    """Whole epochs of a run, checked; all of them by default.

    Raises:
        DataError: if there is none.
    """
    found = [epoch.key for epoch in run.epochs() if not epoch.batch] if keys is None else [
        run.epoch(key).key for key in keys
    ]  # fmt: skip
    if not found:
        raise DataError(f"run {run.id} has no stored epoch yet")
    return found


def into_folder(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a new folder aside and give it its name when all is there.

    Raises:
        DataError: if something of that name is there already.
    """
    if folder.exists():
        raise DataError(f"{folder} is there already; choose a new name, nothing was written")
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        fill(scratch)
        scratch.chmod(0o755)
        scratch.rename(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return folder


def _stack(run: Run, keys: Sequence[str]) -> dict[str, np.ndarray]:
    arrays = {
        "z": np.stack([run.latents(key) for key in keys]),
        "epochs": np.array([run.epoch(key).epoch for key in keys]),
        "clusters": np.stack([run.assignments(key) for key in keys]),
    }
    labels = run.labels()
    if labels is not None:
        arrays["labels"] = np.asarray(named(labels, run.spec.get("class_names") or ())).astype(str)
    for name, array in (("inputs", run.inputs()), ("position", run.position())):
        if array is not None:
            arrays[name] = array
    return arrays


def _long_table(run: Run, keys: Sequence[str]) -> "pd.DataFrame":
    import pandas as pd

    frames = []
    labels = run.labels()
    for key in keys:
        z = run.latents(key)
        columns = {"point": np.arange(len(z)), "epoch": np.full(len(z), run.epoch(key).epoch)}
        if labels is not None:
            columns["label"] = named(labels, run.spec.get("class_names") or ())
        columns["cluster"] = run.assignments(key)
        frames.append(pd.DataFrame({**columns, **{f"z{i}": z[:, i] for i in range(z.shape[1])}}))
    return pd.concat(frames, ignore_index=True)


def _epoch_files(run: Run, keys: Sequence[str], folder: Path) -> None:
    for key in keys:
        write_array(folder / f"{key}.npy", run.latents(key))
        write_array(folder / "clusters" / f"{key}.npy", run.assignments(key))
    labels = run.labels()
    if labels is not None:
        names = np.asarray(named(labels, run.spec.get("class_names") or ())).astype(str)
        write_array(folder / "labels.npy", names)
    for name, array in (("inputs", run.inputs()), ("position", run.position())):
        if array is not None:
            write_array(folder / f"{name}.npy", array)


def _projector_files(run: Run, keys: Sequence[str], folder: Path) -> None:
    blocks = []
    sprite = _single_sprite(run)
    for key in keys:
        place = f"{key}/latents"
        buffer = io.BytesIO()
        np.savetxt(buffer, run.latents(key), fmt="%.9g", delimiter="\t")
        write_bytes(folder / place / "tensors.tsv", buffer.getvalue())
        write_bytes(folder / place / "metadata.tsv", _metadata(run, key).encode())
        block = [f'tensor_name: "latents:{key}"', f'tensor_path: "{place}/tensors.tsv"',
                 f'metadata_path: "{place}/metadata.tsv"', *(sprite or ())]  # fmt: skip
        blocks.append("embeddings {\n  " + "\n  ".join(block) + "\n}\n")
    if sprite:
        shutil.copyfile(run.path / "data" / "sprite.png", folder / "sprite.png")
    write_bytes(folder / CONFIG, "".join(blocks).encode())


def _metadata(run: Run, key: str) -> str:
    """Label and cluster of each point; with two columns the projector wants a header."""
    labels, clusters = run.labels(), run.assignments(key)
    names = clusters if labels is None else named(labels, run.spec.get("class_names") or ())
    cells = (" ".join(str(name).split()) or "-" for name in names)
    rows = (f"{name}\t{cluster}" for name, cluster in zip(cells, clusters, strict=True))
    return "\n".join([f"{'cluster of the epoch' if labels is None else 'label'}\tcluster", *rows]) + "\n"


def _single_sprite(run: Run) -> list[str] | None:
    """The projector takes one atlas; runs with several pages go without."""
    layout = run.path / "data" / "sprite.json"
    if not layout.exists() or (run.path / "data" / "sprite-1.png").exists():
        return None
    cell = int(read_json(layout)["cell"])
    return [f'sprite {{ image_path: "sprite.png" single_image_dim: {cell} single_image_dim: {cell} }}']
