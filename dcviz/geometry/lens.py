"""The twist lens: what a network does to a fine grid laid over a plane of inputs, cell by cell."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

CELLS = 40
MARGIN = 0.05
MOST = 1e6
"""Condition numbers are cut here: a cell pressed to a line has none."""


@dataclass(frozen=True)
class Grid:
    """A grid over the inputs.

    Args:
        vertices: (R + 1, C + 1, 2) corners, row by row from below.
        occupied: (R, C) True where data lie in or right beside a cell; elsewhere the network was never asked.
    """

    vertices: np.ndarray
    occupied: np.ndarray

    @property
    def occupied_vertices(self) -> np.ndarray:
        """(R + 1, C + 1) True for the corners of occupied cells."""
        corners = np.zeros(self.vertices.shape[:2], bool)
        for up in (0, 1):
            for across in (0, 1):
                rows, columns = self.occupied.shape
                corners[up : up + rows, across : across + columns] |= self.occupied
        return corners


@dataclass(frozen=True)
class Lens:
    """What became of each cell of a grid.

    Args:
        area: (R, C) signed area of the image over that of the cell; negative means mirrored.
        flipped: (R, C) turned over against the majority of occupied cells.
        condition: (R, C) longest over shortest stretch, 1 and up.
        share: flipped share of the occupied cells.
    """

    area: np.ndarray
    flipped: np.ndarray
    condition: np.ndarray
    share: float


def input_grid(x: np.ndarray, *, cells: int = CELLS) -> Grid:
    """Lay a square grid over points of a plane, a little wider than they reach.

    Args:
        x: (n, 2) inputs.
        cells: along the longer side.

    Returns:
        The grid; cells are square.

    Raises:
        ValueError: unless x is (n, 2) with n >= 1 and cells >= 2.
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise ValueError(f"The lens needs points of a plane, (n, 2), got shape {x.shape}.")
    if cells < 2:
        raise ValueError(f"cells must be 2 or more, got {cells}.")
    low, span = x.min(0), np.ptp(x, axis=0).max()
    low, side = low - MARGIN * span, (1 + 2 * MARGIN) * span / cells or 1.0
    counts = np.maximum(np.ceil((x.max(0) + MARGIN * span - low) / side - 1e-9).astype(int), 2)
    across, up = (low[k] + side * np.arange(counts[k] + 1) for k in (0, 1))
    vertices = np.stack(np.meshgrid(across, up), axis=-1)  # (R + 1, C + 1, 2)
    middles = (vertices[:-1, :-1] + vertices[1:, 1:]) / 2
    distance, _ = cKDTree(x).query(middles.reshape(-1, 2))
    return Grid(vertices, (distance <= side).reshape(middles.shape[:2]))


def fold_lens(grid: Grid, image: np.ndarray) -> Lens:
    """Tell which cells were turned over, and how unequally each was stretched.

    J maps a step in the input to a step in the latents; of the four edges of a cell the parallel ones are
    averaged. With singular values s1 >= s2 of J

        area = det J,   condition = s1 / s2

    A mirror image of everything turns all cells and folds nothing, so the sign is that of the majority.

    Args:
        grid: over the inputs.
        image: (R + 1, C + 1, 2) latents of the grid's vertices.

    Returns:
        Lens of the R x C cells.

    Raises:
        ValueError: if the image does not fit the grid.
    """
    if np.shape(image) != grid.vertices.shape:
        raise ValueError(f"The grid has shape {grid.vertices.shape}, its image {np.shape(image)}.")
    image = np.asarray(image, np.float64)
    side = grid.vertices[0, 1, 0] - grid.vertices[0, 0, 0]
    across = (image[:-1, 1:] - image[:-1, :-1] + image[1:, 1:] - image[1:, :-1]) / (2 * side)
    up = (image[1:, :-1] - image[:-1, :-1] + image[1:, 1:] - image[:-1, 1:]) / (2 * side)
    jacobian = np.stack([across, up], -1)  # (R, C, 2, 2)
    area = across[..., 0] * up[..., 1] - across[..., 1] * up[..., 0]
    values = np.linalg.svd(jacobian, compute_uv=False)
    condition = np.where(values[..., 1] > values[..., 0] / MOST, values[..., 0], MOST) / np.where(
        values[..., 1] > values[..., 0] / MOST, values[..., 1], 1.0
    )
    inside = area[grid.occupied]
    sign = -1.0 if (inside < 0).sum() > (inside > 0).sum() else 1.0
    flipped = sign * area < 0
    share = float(flipped[grid.occupied].mean()) if grid.occupied.any() else float("nan")
    return Lens(area, flipped, condition, share)
