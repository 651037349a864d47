"""TF32 beside float32: its rounding, where it is put in, and how curves are compared."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("torch", reason="its rounding is that of products")

import torch

from benchmarks import precision
from dcviz.data import load

SHORT = ("pretrain_epochs=1", "finetune_epochs=4", "network=mlp", "latent_dim=3", "batch_size=45")


def test_ten_bits_of_the_fraction_stay():
    x = torch.tensor([1.0, 1 + 2**-10, 1 + 2**-11, 1 + 2**-12, -(1 + 2**-11), 3.0e-38, 65504.0])
    kept = precision.tf32(x)
    assert kept.tolist()[:5] == [1, 1 + 2**-10, 1 + 2**-10, 1, -(1 + 2**-10)]
    assert torch.equal(precision.tf32(kept), kept)
    random = torch.randn(1000)
    assert ((precision.tf32(random) - random) / random).abs().max() <= 2**-11
    assert torch.equal(precision.tf32(random.view(20, 50).t()), precision.tf32(random).view(20, 50).t())


@pytest.mark.parametrize("wanted", ["high", "highest"])
def test_products_forth_and_back_are_rounded_where_tf32_is_asked_for(wanted):
    torch.manual_seed(0)
    x, w, b = torch.randn(8, 6), torch.randn(5, 6, requires_grad=True), torch.randn(5)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(wanted)
    try:
        with precision.Rounded():
            out = torch.nn.functional.linear(x, w, b)
            (gradient,) = torch.autograd.grad(out.square().sum(), w)
    finally:
        torch.set_float32_matmul_precision(before)
    seen = precision.tf32 if wanted == "high" else torch.clone
    expected = seen(x) @ seen(w.detach()).t() + b
    torch.testing.assert_close(out.detach(), expected, rtol=1e-6, atol=1e-6)
    back = seen(2 * out.detach()).t() @ seen(x)
    torch.testing.assert_close(gradient, back, rtol=1e-5, atol=1e-5)
    assert torch.equal(out.detach(), torch.nn.functional.linear(x, w, b).detach()) == (wanted == "highest")


def test_means_are_held_against_the_spread_over_seeds():
    rows = [("float32", 0, 0.0), ("float32", 1, 2.0), ("tf32", 0, 3.0), ("tf32", 1, 3.0)]
    frame = pd.DataFrame(rows, columns=["precision", "seed", "value"]).assign(epoch=5, loss="total")
    assert precision.apart(frame).tolist() == [pytest.approx(2 / np.sqrt(2))]


def test_both_arms_leave_rows_from_the_same_start(tmp_path, monkeypatch, capsys):
    data = load("digits")
    few = replace(data, x=data.x[:180], labels=data.labels[:180])
    monkeypatch.setattr(precision, "load", lambda name: few)
    out = tmp_path / "rows.csv"
    own = (
        "digits",
        "--device",
        "cpu",
        "--every",
        "2",
        "--seeds",
        "0",
        "1",
        "--set",
        *SHORT,
        "--out",
        str(out),
    )
    monkeypatch.setattr(sys, "argv", ["precision", *own, "--keep", str(tmp_path / "keep")])
    precision.main()
    rows = pd.read_csv(out)
    assert set(rows["epoch"]) == {3, 5}
    assert rows.groupby(["precision", "seed", "epoch"])["loss"].nunique().nunique() == 1
    values = rows.pivot_table(index=["seed", "epoch", "loss"], columns="precision", values="value")
    assert (values["tf32"] != values["float32"]).any(), "the rounding is there"
    np.testing.assert_allclose(values["tf32"], values["float32"], rtol=0.1)
    assert rows["device"].str.contains("TF32's rounding put in").all()
    assert "comparisons:" in capsys.readouterr().out
