"""ResNet-50 features of pictures, by torchvision's ImageNet weights lying on disk; nothing is downloaded.

Features of a network that was trained with ImageNet's labels: results on them are not to be compared with
methods that see pixels alone.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.dataset import DataError, Dataset
from dcviz.data.download import Progress
from dcviz.data.paths import cache_root, search_roots, shown
from dcviz.data.torchvision_guard import import_torchvision

WEIGHTS = "resnet50-0676ba61.pth"
"""Torchvision's IMAGENET1K_V1; the digits are the first of the file's sha256."""
ADDRESS = f"https://download.pytorch.org/models/{WEIGHTS}"
FEATURES, SIDE, BATCH = 2048, 224, 64
_NAME = re.compile(r"resnet50-([0-9a-f]{8})\.pth")
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def weights_file(cache: Path | None = None) -> Path:
    """Find the weights: in the data folder, its sub-folder weights, the cache, or where torch keeps its own.

    Args:
        cache: folder to use instead of the app's cache.

    Returns:
        Path of resnet50-0676ba61.pth, or of another resnet50-<hash>.pth if only that is there.

    Raises:
        DataError: naming the file, its address and the folder to put it into.
    """
    folders = _folders(cache)
    for folder in folders:
        named = [folder / WEIGHTS, *sorted(folder.glob("resnet50-*.pth"))]
        for path in named:
            if path.is_file() and _NAME.fullmatch(path.name):
                return path
    raise DataError(
        f"ResNet-50 features need the weights {WEIGHTS}, which are not on this machine. Fetch {ADDRESS} "
        f"(98 MB) and put it into {shown(folders[0])}; or bring features of your own as an .npz with x and y."
    )


def resnet_features(
    data: Dataset,
    *,
    weights: Path | None = None,
    side: int = SIDE,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Replace pictures by their 2,048 ResNet-50 features, each brought to 0..1 over the set (min-max).

    Pictures are enlarged to `side` pixels (bilinear) and normalized as ImageNet's; gray ones get three
    channels. The features are the averages before the last layer. They are kept in the cache, because a
    CPU takes some hours for 60,000 pictures.

    Args:
        data: pictures, (C, H, W) with C 1 or 3.
        weights: file of the weights; found by `weights_file` if None.
        side: pixels along a side that the network sees.
        cache: folder to use instead of the app's cache.
        progress: called as progress(what, pictures done, all).

    Returns:
        The Dataset with x (n, 2048) float32, no image shape, the same labels and order.

    Raises:
        DataError: for data that are no pictures, and weights that are missing, damaged or of another network.

    Source: [CDC], whose STL-10 and CIFAR-10 are such features.
    """
    if data.image_shape is None or len(data.image_shape) != 3 or data.image_shape[0] not in (1, 3):
        raise DataError(f"{data.name}: ResNet-50 takes pictures of 1 or 3 channels, got {data.image_shape}.")
    path = weights or weights_file(cache)
    kept = _kept(data, path, side, cache)
    features = np.load(kept, allow_pickle=False) if kept.is_file() else None
    if features is None:
        features = np.concatenate(list(_features(data, _network(path), side, progress)))
        _keep(kept, features)
    low, high = features.min(0), features.max(0)
    x = (features - low) / np.where(high > low, high - low, 1)
    note = f"{data.note} ResNet-50 features ({path.name}): learned with ImageNet's labels.".strip()
    return replace(data, x=np.ascontiguousarray(x, np.float32), scale=1.0, image_shape=None, note=note)


def _folders(cache: Path | None) -> list[Path]:
    torch_home = Path(os.environ.get("TORCH_HOME") or "~/.cache/torch").expanduser()
    ours = [folder for root in search_roots(cache) for folder in (root / "weights", root)]
    return [*ours, torch_home / "hub" / "checkpoints"]


def _network(path: Path) -> Any:
    """ResNet-50 without its last layer, with the weights of a file that is what its name says."""
    found = _NAME.fullmatch(path.name)
    with path.open("rb") as file:
        digits = hashlib.file_digest(file, "sha256").hexdigest()
    if found is None or not digits.startswith(found[1]):
        raise DataError(
            f"{shown(path)} is damaged or renamed: torchvision's weights carry the first eight digits of "
            f"their sha256 in their name. Remove it and fetch {ADDRESS} again."
        )
    torchvision = import_torchvision()
    import torch

    network = torchvision.models.resnet50(weights=None)
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{shown(path)} holds no weights of torchvision's ResNet-50: {reason}") from error
    network.fc = torch.nn.Identity()
    return network.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def _features(data: Dataset, network: Any, side: int, progress: Progress | None) -> Iterator[np.ndarray]:
    import torch

    assert data.image_shape is not None
    device = next(network.parameters()).device
    mean, std = (torch.tensor(v, device=device).view(1, 3, 1, 1) for v in (_MEAN, _STD))
    for start in range(0, data.n, BATCH):
        rows = torch.from_numpy(data.x[start : start + BATCH].astype(np.float32)).to(device) * data.scale
        pictures = rows.view(-1, *data.image_shape).expand(-1, 3, -1, -1)
        large = torch.nn.functional.interpolate(pictures, size=(side, side), mode="bilinear")
        with torch.inference_mode():
            yield network((large - mean) / std).cpu().numpy()
        if progress is not None:
            progress("ResNet-50 features", min(start + BATCH, data.n), data.n)


def _kept(data: Dataset, weights: Path, side: int, cache: Path | None) -> Path:
    """Where these features lie once computed; the name changes with pictures, weights and size."""
    digest = hashlib.sha256(np.ascontiguousarray(data.x).data)
    digest.update(repr((data.image_shape, data.scale, weights.name, side)).encode())
    return (cache or cache_root()) / "features" / f"{digest.hexdigest()[:16]}.npy"


def _keep(path: Path, features: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.stem}-{os.getpid()}.part")
    with part.open("wb") as file:
        np.save(file, features)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
