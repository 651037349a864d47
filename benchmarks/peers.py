"""Record what dadapy and scikit-dimension say about known point sets, for the tests to compare with.

dadapy needs numpy < 2, so both run in an environment of their own:

    python -m venv .peers && .peers/bin/pip install "numpy<2" dadapy scikit-dimension
    .peers/bin/python -m benchmarks.peers > tests/geometry/peers.json      # values
    .peers/bin/python -m benchmarks.peers --speed FILE.npy "dadapy default"    # seconds on one array
"""

import json
import sys
import warnings
from importlib.metadata import version

import dadapy
import numpy as np
import skdim
from sklearn.datasets import load_digits

from benchmarks.shapes import DIMENSION, shape
from benchmarks.stopwatch import best


def values(z):
    """All values of both peers for one point set."""
    data = dadapy.Data(coordinates=z, maxk=70, verbose=False)
    base = data.compute_id_2NN(algorithm="base", mu_fraction=0.9)[0]
    ml = data.compute_id_2NN(algorithm="ml", mu_fraction=0.9)[0]
    ids, errors, scales = data.return_id_scaling_gride(range_max=64)
    found = {
        "checksum": float(np.abs(z).sum()),
        "dadapy linear": float(base),
        "dadapy ml": float(ml),
        "dadapy gride": [float(x) for x in ids],
        "dadapy gride error": [float(x) for x in errors],
        "dadapy gride scale": [float(x) for x in scales],
    }
    if z.shape[1] > 1:
        standardized = (z - z.mean(0)) / np.where(z.std(0) > 0, z.std(0), 1)
        found["skdim linear"] = float(skdim.id.TwoNN().fit(z).dimension_)
        found["skdim censored"] = float(skdim.id.TwoNN(method="mle").fit(z).dimension_)
        lpca = skdim.id.lPCA(ver="ratio", alphaRatio=0.9).fit(standardized)
        found["skdim PC-ID .9"] = float(lpca.dimension_)
        found["skdim participation ratio"] = float(skdim.id.lPCA(ver="participation_ratio").fit(z).dimension_)
    return found


def imbalance():
    """Information imbalance, both ways, between a 3-ball and its first two coordinates."""
    z = shape("ball 3")[:, :3]
    compare = dadapy.MetricComparisons(coordinates=z, maxk=len(z) - 1, verbose=False)
    both = compare.return_inf_imb_two_selected_coords([0, 1, 2], [0, 1])
    return {"checksum": float(np.abs(z).sum()), "full to two": float(both[0]), "two to full": float(both[1])}


def speed(path, names):
    """Wall seconds of rows of the peers on the array in a file, the best of 3 unless it takes long."""
    z = np.load(path).astype(np.float64)

    def two_nn(maxk):
        return dadapy.Data(coordinates=z, maxk=maxk, verbose=False).compute_id_2NN(algorithm="base")[0]

    def lpca():
        engine = skdim.id.lPCA(ver="ratio", alphaRatio=0.9)
        return engine.fit((z - z.mean(0)) / z.std(0)).dimension_

    calls = {
        "dadapy maxk=3": lambda: two_nn(3),
        "dadapy default": lambda: two_nn(100),
        "scikit-dimension TwoNN": lambda: skdim.id.TwoNN().fit(z).dimension_,
        "scikit-dimension lPCA": lpca,
    }
    for name in names:
        seconds, value = best(calls[name], 3)
        row = {"what": name, "seconds": seconds, "id": float(value), "version": version(name.split()[0])}
        print(json.dumps(row), flush=True)


def main():
    warnings.simplefilter("ignore")
    if "--speed" in sys.argv:
        path, *names = sys.argv[sys.argv.index("--speed") + 1 :]
        speed(path, names)
        return
    record = {name: values(shape(name)) for name in DIMENSION}
    record["digits"] = values(load_digits().data)
    record["imbalance"] = imbalance()
    record["versions"] = {name: version(name) for name in ("dadapy", "scikit-dimension", "numpy")}
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
