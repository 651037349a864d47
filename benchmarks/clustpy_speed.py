"""Time ClustPy's DEC, IDEC and VaDE on given points; `benchmarks.training --clustpy` prints them beside ours.

Runs in any Python that has torch and ClustPy (which needs a C compiler, and matplotlib to be imported):

    pip install --no-deps --target .clustpy clustpy==0.0.3
    pip install --no-deps --target .clustpy matplotlib contourpy cycler fonttools kiwisolver pyparsing
    PYTHONPATH=.clustpy python -m benchmarks.clustpy_speed POINTS.npy --device cuda

The network is 784-500-500-2000-10 and back, the batch 256, that of VaDE 100: as in our presets. The
optimizer handed to ClustPy notes when it steps: an iteration is the mean time between steps of the clustering
phase, its first epoch left out, and the fit ends there. Pretraining, k-means and the last prediction, whose
times vary more than what is measured, do not count.
"""

import argparse
import contextlib
import json
import time
import warnings
from importlib.metadata import version

import numpy as np
import torch

BATCHES = {"dec": 256, "idec": 256, "vade": 100}
LATENT, CLUSTERS = 10, 10


class EnoughError(Exception):
    """The steps wanted were taken; nothing after them is of interest."""


class Clock(torch.optim.Adam):
    """Adam that notes when it steps, and ends the fit at the step `last`."""

    last = 0
    running = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.marks = []
        Clock.running = self  # the clustering phase makes its own after the one of pretraining

    def step(self, closure=None):
        """One step of Adam; ClustPy reads the loss of every batch, so the device has caught up with us."""
        super().step(closure)
        self.marks.append(time.perf_counter())
        if len(self.marks) == Clock.last:
            raise EnoughError


def milliseconds(kind, network, x, *, batch, starts, epochs, device):
    """Milliseconds an iteration of the clustering phase."""
    batches = -(-len(x) // batch)
    Clock.last = batches * (1 + epochs)
    model = kind(
        n_clusters=CLUSTERS, batch_size=batch, pretrain_epochs=1, clustering_epochs=1 + epochs,
        embedding_size=LATENT, neural_network=(network, {"layers": [x.shape[1], 500, 500, 2000, LATENT]}),
        optimizer_class=Clock, initial_clustering_params=starts, device=device, random_state=0,
    )  # fmt: skip
    with contextlib.suppress(EnoughError):
        model.fit(x)
    marks = Clock.running.marks
    return 1e3 * (marks[-1] - marks[batches - 1]) / (len(marks) - batches)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clustpy_speed", description=__doc__)
    parser.add_argument("points", help=".npy file, (n, D) float32")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--epochs", type=int, default=2)
    given = parser.parse_args()
    from dcviz.data.torchvision_guard import import_torchvision

    import_torchvision()  # clustpy imports it, which fails beside a torch without CUDA unless guarded
    from clustpy.deep import DEC, IDEC, VaDE
    from clustpy.deep.neural_networks import FeedforwardAutoencoder, VariationalAutoencoder

    warnings.simplefilter("ignore")
    x, device = np.load(given.points), torch.device(given.device)
    once = {"n_init": 1}  # clusters to start from, found before the clock counts
    plans = {
        "dec": (DEC, FeedforwardAutoencoder, once),
        "idec": (IDEC, FeedforwardAutoencoder, once),
        "vade": (VaDE, VariationalAutoencoder, {**once, "covariance_type": "diag"}),
    }
    found = {
        name: milliseconds(
            kind, network, x, batch=BATCHES[name], starts=starts, epochs=given.epochs, device=device
        )
        for name, (kind, network, starts) in plans.items()
    }
    print(json.dumps({"version": version("clustpy"), **found}))


if __name__ == "__main__":
    main()
