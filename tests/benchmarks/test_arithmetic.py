"""The counted work of an iteration against numbers derived by hand for 784-500-500-2000-10."""

import numpy as np
import pytest

pytest.importorskip("torch")

from benchmarks.arithmetic import iteration_flops
from benchmarks.iterations import ELSEWHERE, PAPERS, measured
from dcviz.data.dataset import Dataset
from models.catalog import METHODS, resolve_preset

SIZE = 12


def megaflops(method, phase, shape=(1, 28, 28), **own):
    """A sample's share of an iteration."""
    x = np.random.default_rng(0).integers(0, 256, (SIZE + 8, int(np.prod(shape)))).astype(np.uint8)
    data = Dataset("random", x, 1 / 255, None, shape, (), 10)
    settings = resolve_preset(
        method, n=data.n, input_dim=data.input_dim, image_shape=shape, clusters=10, preset="paper",
        overrides={"batch_size": SIZE, **own},
    )[1]  # fmt: skip
    return iteration_flops(method, settings, data, phase) / SIZE / 1e6


@pytest.mark.parametrize(
    ("method", "phase", "own", "expected"),
    [
        ("autoencoder", 0, {}, 19.2),
        ("dec", 1, {}, 9.2),
        ("idec", 1, {}, 19.2),
        ("dcss", 1, {"network": "fc"}, 192),
        ("decs", 1, {"network": "fc"}, 9.2),
        ("decs", 0, {"network": "conv"}, 107),
        ("decs", 1, {"network": "conv"}, 46.5),
    ],
)
def test_counted_is_derived(method, phase, own, expected):
    assert megaflops(method, phase, **own) == pytest.approx(expected, rel=0.02)


def test_one_step_on_the_sum_is_a_tenth_of_ten_runs():
    runs, once = (megaflops("dcss", 1, network="fc", variant=variant) for variant in ("runs", "all"))
    assert runs / once == pytest.approx(10, rel=0.01)


def test_every_method_and_phase_is_timed():
    """A method that somebody adds is timed without being named anywhere else."""
    assert {*ELSEWHERE} < {*METHODS}
    assert {*ELSEWHERE} | {*PAPERS} == {*METHODS}
    assert {(m, k) for m, k, _ in measured(PAPERS)} == {
        (m, k) for m in PAPERS for k in range(len(METHODS[m].phases))
    }
    assert [(phase, own) for method, phase, own in measured(["decs"])] == [
        (0, {}), (1, {}), (0, {"network": "conv"}), (1, {"network": "conv"}),
    ]  # fmt: skip
