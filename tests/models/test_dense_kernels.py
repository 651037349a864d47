"""What lies between the products of many stacks, in one kernel each way: what torch's own kernels give."""

import os

import pytest
import torch

from models import dense
from models.networks import stack

WIDTHS = (784, 500, 270, 10)


@pytest.fixture
def device():
    """A GPU; or a processor under TRITON_INTERPRET=1."""
    pytest.importorskip("triton")
    if torch.cuda.is_available():
        return "cuda"
    if os.environ.get("TRITON_INTERPRET") != "1":
        pytest.skip("needs a CUDA device, or TRITON_INTERPRET=1")
    return "cpu"


@pytest.mark.gpu
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (9, 257), (130, 500), (300, 16)])
def test_kernels_are_their_kernels_of_torch(device, rows, columns):
    from models.dense_kernels import bias_relu_, masked_

    out, bias = torch.randn(3, rows, columns, device=device), torch.randn(3, columns, device=device)
    expected = (out + bias[:, None]).relu()
    assert torch.equal(bias_relu_(out, bias), expected)
    gradient = torch.randn_like(out)
    masked = gradient * (expected > 0)
    torch.testing.assert_close(masked_(gradient, expected).sum(1), masked.sum(1))
    assert torch.equal(gradient, masked)


@pytest.mark.gpu
def test_a_stack_with_kernels_has_the_gradients_of_its_layers(device, monkeypatch):
    monkeypatch.setattr(dense, "fused", lambda like: True)
    stacks = [stack(WIDTHS, torch.Generator().manual_seed(seed)).to(device) for seed in range(2)]
    own = [layers.parameters() for layers in stacks]
    tables = [torch.stack(each).detach().requires_grad_() for each in zip(*own, strict=True)]
    x, pull = torch.randn(2, 40, 784, device=device), torch.randn(2, 40, 10, device=device)
    merged = torch.vmap(lambda rows, *own: dense._Stack.apply(rows, *own)[-1])(x, *tables)
    found = torch.autograd.grad(merged, tables, pull)
    for number, layers in enumerate(stacks):
        expected = torch.autograd.grad(
            torch.nn.Sequential.forward(layers, x[number]), layers.parameters(), pull[number]
        )
        for one, other in zip(found, expected, strict=True):
            torch.testing.assert_close(one[number], other, rtol=1e-3, atol=1e-4)


def test_without_a_compiler_it_goes_on_without_kernels(monkeypatch):
    def broken():
        raise RuntimeError("Failed to find C compiler")

    monkeypatch.setattr(dense.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(dense, "_kernels", broken)
    with pytest.warns(UserWarning, match="C compiler"):
        assert not dense.compiles.__wrapped__(torch.device("cpu"))
