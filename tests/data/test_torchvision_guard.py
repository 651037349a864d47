import subprocess
import sys

import pytest

CODE = """
import sys
from dcviz.data import torchvision_guard as guard
torchvision = guard.import_torchvision()
assert torchvision.datasets.MNIST.resources and torchvision is guard.import_torchvision()
import torchvision as again
assert again is torchvision
import torch
from torchvision.transforms import v2
assert v2.functional.horizontal_flip(torch.arange(4).reshape(1, 2, 2)).tolist() == [[[1, 0], [3, 2]]]
"""


def test_torchvision_is_usable_through_the_guard():
    pytest.importorskip("torch")
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=120)


def test_other_failures_are_not_hidden(monkeypatch):
    from dcviz.data import torchvision_guard as guard

    def fail(name):
        raise RuntimeError("something else")

    monkeypatch.setattr(guard.importlib, "import_module", fail)
    with pytest.raises(RuntimeError, match="something else"):
        guard.import_torchvision()


def test_missing_operators_are_declared_and_the_import_repeated(monkeypatch):
    """On a machine where torchvision works, play the failure of the other one."""
    pytest.importorskip("torch")
    from dcviz.data import torchvision_guard as guard

    calls, declared = [], []

    class Library:
        def __init__(self, name, kind):
            assert (name, kind) == ("torchvision", "FRAGMENT")

        def define(self, schema):
            declared.append(schema.partition("(")[0])

    def importing(name):
        calls.append(name)
        if len(calls) == 1:
            raise RuntimeError("operator torchvision::nms does not exist")
        return "torchvision"

    monkeypatch.setattr("torch.library.Library", Library)
    monkeypatch.setattr(guard, "_declared", [])
    monkeypatch.setattr(
        guard, "sys", type("Modules", (), {"modules": {"torchvision.ops": None, "numpy": None}})
    )
    monkeypatch.setattr(guard.importlib, "import_module", importing)
    assert guard.import_torchvision() == "torchvision"
    assert calls == ["torchvision", "torchvision"]
    assert declared == ["nms", "qnms"]
    assert list(guard.sys.modules) == ["numpy"]
