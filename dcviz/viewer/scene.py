"""One run as the viewer draws it: its plane, its box and its frames, made on request from the run folder."""

import hashlib
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dcviz.runs.errors import RunError
from dcviz.viewer import frames, umap_cache
from dcviz.viewer.plane import Axes, aligned_plane, fit_axes, plane_trust, smallest_box
from dcviz.viewer.tokens import Token

if TYPE_CHECKING:
    from dcviz.runs.metrics import Epoch
    from dcviz.runs.run import Run

MARGIN = 1.05
"""Room around the points of the reference epoch inside the first box."""


class Scene:
    """The pictures of one run under one projection.

    Pure functions of the run folder but for the box, which only ever doubles; its size is part of the
    version, and the version is part of every frame's address, so a frame may be cached forever.

    Args:
        run: the run.
        token: which projection.
    """

    def __init__(self, run: "Run", token: Token):
        self.run, self.token = run, token
        self._lock = threading.Lock()
        self._reference = ""
        self._axes: Axes | None = None
        self._bounds: dict[str, np.ndarray] = {}
        self._largest = self._base = 0.0

    def axes(self) -> Axes:
        """The fixed axes: fitted on the switch epoch when it is stored, else on the first."""
        reference = reference_key(self.run)
        with self._lock:
            if self._axes is None or reference != self._reference:
                axes = fit_axes(self.run.latents(reference), reference=reference)
                largest = float(np.abs(self._coordinates(reference, axes)).max())
                self._axes, self._reference = axes, reference
                self._bounds, self._largest, self._base = {}, 0.0, MARGIN * (largest or 1.0)
            return self._axes

    @property
    def half(self) -> float:
        """Half width of the box around the reference epoch's mean; one scale for both axes."""
        self.axes()
        return smallest_box(self._largest, base=self._base)

    @property
    def version(self) -> str:
        """Name of the projection and box: frames of one version never change."""
        axes = self.axes()
        turn = axes.basis.components.tobytes() + axes.basis.mean.tobytes()
        told = (run_tag(self.run), axes.reference, turn, self.half)
        digest = hashlib.sha256(b"|".join(x if isinstance(x, bytes) else str(x).encode() for x in told))
        return f"{self.token}.{digest.hexdigest()[:12]}"

    def epochs(self) -> tuple["Epoch", ...]:
        """The stored epochs this projection can show."""
        if self.token.kind != "umap":
            return self.run.epochs()
        ready = umap_cache.ready(self.run)
        return tuple(epoch for epoch in self.run.epochs() if epoch.key in ready)

    def unseen(self) -> list[str]:
        """Keys whose extent is not known yet."""
        self.axes()
        return [epoch.key for epoch in self.epochs() if epoch.key not in self._bounds]

    def see(self, keys: Iterable[str]) -> None:
        """Take the extent of these epochs into the box."""
        for key in keys:
            coordinates = self._coordinates(key, self.axes())
            bounds = np.stack([coordinates.min(axis=0), coordinates.max(axis=0)])
            with self._lock:
                self._bounds[key] = bounds
                self._largest = max(self._largest, float(np.abs(bounds).max()))

    def extent(self, key: str) -> list[float] | None:
        """[x low, y low, x high, y high] of an epoch in the plane, or None while unknown."""
        bounds = self._bounds.get(key)
        if bounds is None:
            return None
        return [float(x) for x in bounds[:, list(self._drawn(bounds.shape[1]))].ravel()]

    def plane(self, key: str) -> np.ndarray:
        """(n, 2) coordinates of an epoch, relative to the box's center; unit of the latents."""
        coordinates = self._coordinates(key, self.axes())
        return coordinates[:, list(self._drawn(coordinates.shape[1]))]

    def frame(self, key: str) -> bytes:
        """Positions, clusters and confidence of one epoch as bytes."""
        half, plane = self.half, self.plane(key)
        arrays = {"xy": frames.quantize(plane, center=np.zeros(2), half=half)}
        outside = int((np.abs(plane) > half).any(axis=1).sum())
        if self.token.kind != "input":
            arrays |= cluster_channels(self.run, key)
        return frames.pack("frame", {"key": key, "half": half, "outside": outside}, arrays)

    def tour(self, key: str) -> bytes:
        """Coordinates along all kept principal axes, for the tour that the shader turns."""
        half = self.half
        coordinates = self.axes().project(self.run.latents(key))
        codes = frames.quantize(coordinates, center=np.zeros(coordinates.shape[1]), half=half)
        return frames.pack("tour", {"key": key, "half": half, "axes": codes.shape[1]}, {"coordinates": codes})

    def trust(self, key: str) -> dict[str, float | int]:
        """Sampled trustworthiness of the picture of an epoch."""
        return plane_trust(self.run.latents(key), self.plane(key))

    def _drawn(self, width: int) -> tuple[int, int]:
        return self.token.axes if max(self.token.axes) < width else (0, 1)

    def _coordinates(self, key: str, axes: Axes) -> np.ndarray:
        kind = self.token.kind
        if kind == "input":
            inputs = self.run.inputs()
            if inputs is None:
                raise RunError(f"run {self.run.id} has no two-dimensional inputs to draw")
            return inputs - inputs.mean(axis=0)
        if kind == "umap":
            return umap_cache.layout(self.run, key)
        z = self.run.latents(key)
        if kind == "aligned":
            return aligned_plane(z, axes.project(self.run.latents(axes.reference))[:, :2])
        return axes.project(z)


def reference_key(run: "Run") -> str:
    """Key of the epoch the axes are fitted on: the switch when it is stored, else the first.

    Raises:
        RunError: while no epoch is stored.
    """
    epochs = run.epochs()
    if not epochs:
        raise RunError(f"run {run.id} has no stored epoch yet")
    switch = run.switch  # once: it looks into the folder each time it is asked
    return next((epoch.key for epoch in epochs if epoch.position == switch), epochs[0].key)


def run_tag(run: "Run") -> str:
    """Eight letters that differ between two runs of one id (deleted and made again)."""
    told = (run.id, run.spec.get("created"), run.spec.get("seed"), run.path.stat().st_ino)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:8]


def cluster_channels(run: "Run", key: str) -> dict[str, np.ndarray]:
    """Cluster and confidence of every point as byte channels, those that exist."""
    try:
        assigned = run.assigned(key)
    except RunError:
        return {}
    channels: dict[str, Any] = {}
    if "assignments" in assigned:
        channels["cluster"] = frames.cluster_codes(assigned["assignments"])
    if "confidence" in assigned:
        channels["confidence"] = frames.byte_codes(assigned["confidence"], low=0, high=1)
    return channels


@lru_cache(maxsize=64)
def _scene(run: "Run", token: Token) -> Scene:
    return Scene(run, token)


def scene(run: "Run", token: Token) -> Scene:
    """The scene of a run under a projection, kept as long as the run object lives in the store."""
    return _scene(run, token)
