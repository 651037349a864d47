"""Compute the UMAP layouts of a run: `python -m dcviz.viewer.umap_fit RUN`.

UMAP is fitted on the reference epoch and places the other epochs one by one, each kept as it is done.
"""

import sys
from typing import TYPE_CHECKING

import numpy as np

from dcviz.runs.files import write_array
from dcviz.viewer.scene import reference_key
from dcviz.viewer.umap_cache import FIT_ROWS, folder, ready

if TYPE_CHECKING:
    from dcviz.runs.run import Run


def compute(run: "Run", *, seed: int = 0) -> None:
    """Fit on the reference epoch, then place every stored epoch; a layout that is there is kept.

    Args:
        run: the run; of more than FIT_ROWS points a random sample of them is fitted.
        seed: of the sample and of UMAP.
    """
    from umap import UMAP

    reference = reference_key(run)
    z = run.latents(reference)
    rows = np.random.default_rng(seed).permutation(len(z))[:FIT_ROWS]
    model = UMAP(n_neighbors=min(15, len(z) - 1), random_state=seed, init="pca", n_jobs=1).fit(z[rows])
    center = model.embedding_.mean(axis=0)
    keys = [epoch.key for epoch in run.epochs()]
    # The epochs one looks at first come first.
    for key in dict.fromkeys([reference, keys[-1], keys[0], *keys]):
        if key not in ready(run):
            placed = model.transform(run.latents(key)) - center
            write_array(folder(run) / f"{key}.npy", placed.astype(np.float32))


if __name__ == "__main__":
    from dcviz.runs.store import default_store

    compute(default_store().open(sys.argv[1]))
