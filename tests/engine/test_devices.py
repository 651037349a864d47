import re

import pytest

from dcviz.engine import devices
from dcviz.engine.errors import RequestError


@pytest.fixture
def gpus(monkeypatch):
    def pretend(count: int) -> None:
        monkeypatch.setattr(devices, "cuda_count", lambda: count)

    return pretend


def test_auto_takes_a_gpu_for_large_data_only(gpus) -> None:
    gpus(2)
    assert devices.devices() == ("auto", "cpu", "cuda", "cuda:0", "cuda:1")
    assert devices.resolve_device("auto", values=70_000 * 784) == "cuda"
    assert devices.resolve_device("auto", values=1200 * 2) == "cpu"
    assert devices.resolve_device("cuda:1", values=2) == "cuda:1"
    gpus(0)
    assert devices.resolve_device("auto", values=70_000 * 784) == "cpu"
    with pytest.raises(RequestError, match=re.escape("device must be one of auto, cpu, got 'cuda'")):
        devices.resolve_device("cuda", values=2)


def test_visible_devices_are_counted(monkeypatch) -> None:
    monkeypatch.setattr(devices, "_torch_has_cuda", lambda: True)
    for text, count in (("", 0), ("-1", 0), ("0", 1), ("2,3", 2), ("GPU-1f,GPU-2e,", 2)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", text)
        assert devices.cuda_count() == count


def test_a_build_without_cuda_has_no_devices(monkeypatch) -> None:
    torch = pytest.importorskip("torch")
    assert devices._torch_has_cuda() == (torch.version.cuda is not None)
    monkeypatch.setattr(devices, "_torch_has_cuda", lambda: False)
    assert devices.cuda_count() == 0
