"""Checkpoints of other programs are read: wrapped, half precision, lightning's, safetensors."""

import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from dcviz.data.dataset import DataError
from dcviz.engine.inspect.weights import Weights, read_weights, unwrapped


def test_a_checkpoint_of_a_plain_script(foreign) -> None:
    found = read_weights(foreign[0])
    assert found.wrapper == "model_state_dict"
    assert list(found.tensors)[:2] == ["fc_in.weight", "fc_in.bias"], "the order of the network"
    assert found.tensors["fc_in.weight"].shape == (24, 64)
    assert found.notes["epoch"] == 3
    assert any(name.endswith("exp_avg") for name in found.aside)
    assert not any("optimizer" in name for name in found.tensors)
    assert found.origin is None


def test_a_checkpoint_of_lightning(lightning_checkpoint) -> None:
    found = read_weights(lightning_checkpoint)
    assert found.wrapper == "state_dict"
    assert {name: array.shape for name, array in found.tensors.items() if name.endswith("weight")} == {
        "down.0.weight": (32, 64), "down.2.weight": (4, 32), "up.0.weight": (32, 4), "up.2.weight": (64, 32)
    }  # fmt: skip
    assert found.notes["epoch"] == 2 or found.notes["global_step"] > 0


def test_half_precision_scalars_of_numpy_and_tensors_that_are_left_out(tmp_path) -> None:
    import torch

    weights = {"a.weight": torch.arange(6.0).reshape(2, 3).half(), "b.weight": torch.ones(2).bfloat16()}
    weights |= {"s": torch.eye(3).to_sparse(), "c": torch.ones(2) * 1j}
    torch.save({"model": weights, "best": np.float64(0.5)}, tmp_path / "half.pt")
    found = read_weights(tmp_path / "half.pt")
    np.testing.assert_array_equal(found.tensors["a.weight"], [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(found.tensors["b.weight"], [1, 1])
    assert found.notes["best"] == 0.5
    assert found.left_out == {
        "model.s": "sparse tensors are not read",
        "model.c": "complex tensors are not read",
    }


def test_two_networks_in_one_file() -> None:
    both = Weights("two.pt", {"teacher.w": np.eye(2), "student.w": np.zeros((2, 2))})
    assert set(unwrapped(both).tensors) == {"teacher.w", "student.w"}
    np.testing.assert_array_equal(unwrapped(both, "teacher").tensors["w"], np.eye(2))
    with pytest.raises(DataError, match="parts: student, teacher"):
        unwrapped(both, "pupil")


def test_wrappers_come_off_one_by_one() -> None:
    deep = Weights("deep.pt", {"state_dict.model.module.fc.weight": np.eye(2), "optimizer.lr": np.ones(1)})
    found = unwrapped(deep)
    assert list(found.tensors) == ["fc.weight"]
    assert found.wrapper == "state_dict.model.module"
    assert list(found.aside) == ["optimizer.lr"]


def test_the_old_format_of_torch(tmp_path) -> None:
    import torch

    torch.save({"w": torch.eye(2)}, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    np.testing.assert_array_equal(read_weights(tmp_path / "old.pt").tensors["w"], np.eye(2))


def test_safetensors_in_the_order_of_layers(tmp_path) -> None:
    tensors = {f"layers.{i}.weight": np.full((2, 2), i, np.float32) for i in (10, 2, 1)}
    save_file(tensors, tmp_path / "a.safetensors", metadata={"format": "pt"})
    found = read_weights(tmp_path / "a.safetensors")
    assert list(found.tensors) == ["layers.1.weight", "layers.2.weight", "layers.10.weight"]
    assert found.notes == {"format": "pt"}


def test_bfloat16_in_safetensors(tmp_path) -> None:
    values = np.array([[1.0, -2.5], [0.15625, 3e38]], np.float32)
    halves = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    header = json.dumps({"w": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}).encode()
    (tmp_path / "b.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + halves)
    found = read_weights(tmp_path / "b.safetensors").tensors["w"]
    np.testing.assert_allclose(found, values, rtol=1 / 128)
    assert found[0, 0] == 1.0


def test_weights_as_arrays(tmp_path) -> None:
    np.savez(tmp_path / "w.npz", **{"dense.weight": np.eye(3), "dense.bias": np.zeros(3)})
    assert set(read_weights(tmp_path / "w.npz").tensors) == {"dense.weight", "dense.bias"}
