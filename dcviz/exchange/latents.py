"""One door for latents of any format: a file, a folder with one file an epoch, or projector tensors."""

from dataclasses import replace
from pathlib import Path

from dcviz.data.arrays import encode_labels
from dcviz.data.dataset import DataError
from dcviz.data.guard import DEFAULT, Limits, plain_file
from dcviz.data.guarded_arrays import read_npy
from dcviz.exchange.columns import TABLES, table_latents
from dcviz.exchange.incoming import Incoming
from dcviz.exchange.labels import read_labels
from dcviz.exchange.projector import CONFIG, projector_latents
from dcviz.exchange.stacks import folder_latents, npz_latents, stacked_latents


def incoming(path: Path | str, *, labels: str | None = None, limits: Limits = DEFAULT) -> Incoming:
    """Read latents of any format known; their content is checked epoch by epoch while it is stored.

    .npy (n, d) or (epochs, n, d); .npz with z and perhaps labels, clusters, epochs; .csv, .tsv, .parquet;
    a folder with one .npy an epoch (00001.npy, epoch_2.npy, ...), or a single one, and perhaps labels.npy,
    labels.csv; a folder or projector_config.pbtxt of TensorBoard's projector.

    Args:
        path: of the file or folder.
        labels: a file with one label a point; or the column of a table, the array of a .npz; "none".
        limits: on what is read.

    Raises:
        DataError: saying what cannot be used, where, and what to do.
    """
    path = Path(path).expanduser()
    beside = _label_file(path, labels)
    if beside is None:
        return _read(path, labels, limits)
    found = _read(path, None, limits, apart=beside)
    values = read_labels(beside, limits)
    n = len(found.latents(found.epochs[0]))
    codes, names = encode_labels(beside.name, values, n)
    return replace(found, labels=codes, class_names=names)


def _label_file(path: Path, labels: str | None) -> Path | None:
    """The file that `labels` names, as it stands or beside the latents; None if it names none."""
    if labels in (None, "none"):
        return None
    folder = path if path.is_dir() else path.parent
    for place in (Path(str(labels)).expanduser(), folder / str(labels), path.parent / str(labels)):
        if place.is_file():
            return place
    if path.is_dir() or path.suffix.lower() == ".npy":
        raise DataError(f"labels={labels!r} must name an existing file with one label a point")
    return None


def _read(path: Path, labels: str | None, limits: Limits, *, apart: Path | None = None) -> Incoming:
    if path.is_dir():
        if (path / CONFIG).exists():
            return projector_latents(path / CONFIG, limits=limits)
        return folder_latents(path, labels, limits, apart=apart)
    suffix = path.suffix.lower()
    if path.name in (CONFIG, "tensors.tsv"):
        return projector_latents(path, limits=limits)
    if suffix in TABLES:
        return table_latents(path, labels=labels, limits=limits)
    if suffix == ".npz":
        return npz_latents(path, labels, limits)
    if suffix == ".npy":
        return stacked_latents(path.stem, read_npy(path, limits), note=f"read from {path.name}")
    plain_file(path, limits)
    raise DataError(
        f"{path.name}: latents come as .npy, .npz, .csv, .tsv, .parquet, a folder with one .npy an epoch, or "
        f"a projector_config.pbtxt; got {suffix or 'no ending'}. Pickles can run code and are refused."
    )
