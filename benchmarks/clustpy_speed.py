"""Time ClustPy's DEC, IDEC and VaDE on given points; `benchmarks.training --clustpy` prints them beside ours.

Runs in any Python that has torch and ClustPy (which needs a C compiler, and matplotlib to be imported):

    pip install --no-deps --target .clustpy clustpy==0.0.3
    pip install --no-deps --target .clustpy matplotlib contourpy cycler fonttools kiwisolver pyparsing
    PYTHONPATH=.clustpy python -m benchmarks.clustpy_speed POINTS.npy --device cuda

The network is 784-500-500-2000-10 and back, the batch 256. An iteration is the difference of a fit with
several clustering epochs and one with a single one, so pretraining, k-means and the last prediction fall out.
"""

import argparse
import json
import time
import warnings
from importlib.metadata import version

import numpy as np

BATCH, LATENT, CLUSTERS = 256, 10, 10


def milliseconds(kind, network, x, *, epochs, device):
    """Milliseconds an iteration of the clustering phase."""
    network = (network, {"layers": [x.shape[1], 500, 500, 2000, LATENT]})

    def seconds(count):
        model = kind(
            n_clusters=CLUSTERS, batch_size=BATCH, pretrain_epochs=1, clustering_epochs=count,
            embedding_size=LATENT, neural_network=network, device=device, random_state=0,
        )  # fmt: skip
        start = time.perf_counter()
        model.fit(x)
        return time.perf_counter() - start

    seconds(1)  # libraries load
    return 1e3 * (seconds(1 + epochs) - seconds(1)) / (epochs * -(-len(x) // BATCH))


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clustpy_speed", description=__doc__)
    parser.add_argument("points", help=".npy file, (n, D) float32")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--epochs", type=int, default=2)
    given = parser.parse_args()
    import torch

    from dcviz.data.torchvision_guard import import_torchvision

    import_torchvision()  # clustpy imports it, which fails beside a torch without CUDA unless guarded
    from clustpy.deep import DEC, IDEC, VaDE
    from clustpy.deep.neural_networks import FeedforwardAutoencoder, VariationalAutoencoder

    warnings.simplefilter("ignore")
    x, device = np.load(given.points), torch.device(given.device)
    plans = {"dec": (DEC, FeedforwardAutoencoder), "idec": (IDEC, FeedforwardAutoencoder),
             "vade": (VaDE, VariationalAutoencoder)}  # fmt: skip
    found = {
        name: milliseconds(kind, network, x, epochs=given.epochs, device=device)
        for name, (kind, network) in plans.items()
    }
    print(json.dumps({"version": version("clustpy"), **found}))


if __name__ == "__main__":
    main()
