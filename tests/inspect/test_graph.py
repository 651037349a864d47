"""An encoder as an .onnx graph: looked into, run as it is, refused in words. Needs onnx and onnxruntime."""

import importlib.util
import itertools

import numpy as np
import pytest

from dcviz.data import load
from dcviz.data.dataset import DataError
from dcviz.engine.inspect import graph
from dcviz.engine.inspect.prepare import Target, from_graph
from dcviz.engine.inspect.weights import read_weights
from dcviz.engine.worker import work

REASON = "onnx and onnxruntime are not installed (requirements-optional.txt)"
needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in graph.PACKAGES), reason=REASON
)


def dense(path, *, widths=(2, 8, 3), batch="n", seed=0):
    """Two layers with a ReLU between, as torch exports them: y = x W^T + b."""
    from onnx import TensorProto, checker, helper, numpy_helper, save

    rng, nodes, numbers, flows = np.random.default_rng(seed), [], {}, "x"
    for i, (a, b) in enumerate(itertools.pairwise(widths)):
        numbers[f"layer.{i}.weight"] = rng.normal(size=(b, a)).astype(np.float32)
        numbers[f"layer.{i}.bias"] = rng.normal(size=b).astype(np.float32)
        nodes.append(
            helper.make_node("Gemm", [flows, f"layer.{i}.weight", f"layer.{i}.bias"], [f"h{i}"], transB=1)
        )
        flows = f"h{i}"
        if i < len(widths) - 2:
            nodes.append(helper.make_node("Relu", [flows], [f"r{i}"]))
            flows = f"r{i}"
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, width])
        for name, width in (("x", widths[0]), (flows, widths[-1]))
    ]
    made = helper.make_graph(
        nodes,
        "encoder",
        ends[:1],
        ends[1:],
        [numpy_helper.from_array(a, name) for name, a in numbers.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    save(model, path)
    return numbers


def by_hand(numbers, x):
    hidden = np.maximum(x @ numbers["layer.0.weight"].T + numbers["layer.0.bias"], 0)
    return hidden @ numbers["layer.1.weight"].T + numbers["layer.1.bias"]


@needs_onnx
def test_a_graph_is_looked_into_and_embeds_data_as_it_is(tmp_path, store) -> None:
    numbers = dense(tmp_path / "encoder.onnx")
    weights = read_weights(tmp_path / "encoder.onnx")
    for name, array in numbers.items():
        np.testing.assert_array_equal(weights.tensors[name], array)
    assert weights.notes == {"takes": "x (n, 2)", "gives": "h1 (n, 3)"}
    run = from_graph(weights, Target("arcs", {"n": 120}), store=store)
    assert work(run)["state"] == "finished"
    x = load("arcs", n=120).x
    np.testing.assert_allclose(run.latents(0), by_hand(numbers, x), rtol=1e-4, atol=1e-5)
    assert run.spec["latent_dim"] == 3
    assert run.epochs()[0].scores["acc"] is not None


@needs_onnx
@pytest.mark.parametrize("batch", [1, 64, "n"])
def test_graphs_of_a_fixed_batch_give_every_point(tmp_path, batch) -> None:
    numbers = dense(tmp_path / "e.onnx", batch=batch)
    x = np.random.default_rng(1).normal(size=(graph.ROWS + 130, 2)).astype(np.float32)
    z = np.concatenate(list(graph.embed_graph(tmp_path / "e.onnx", x, scale=0.5)))
    np.testing.assert_allclose(z, by_hand(numbers, x * np.float32(0.5)), rtol=1e-4, atol=1e-5)


@needs_onnx
@pytest.mark.parametrize("last", [False, True])
def test_pictures_are_given_with_their_channels_where_the_graph_wants_them(tmp_path, last) -> None:
    from onnx import TensorProto, helper, save

    axes = [1, 2] if last else [2, 3]
    sides = ["n", 4, 5, 3] if last else ["n", 3, 4, 5]
    made = helper.make_graph(
        [helper.make_node("ReduceMean", ["x"], ["z"], axes=axes, keepdims=0)], "channels",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 3])],
    )  # fmt: skip
    save(
        helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=9),
        tmp_path / "c.onnx",
    )
    x = np.random.default_rng(0).normal(size=(7, 60)).astype(np.float32)
    (z,) = graph.embed_graph(tmp_path / "c.onnx", x, image_shape=(3, 4, 5))
    np.testing.assert_allclose(z, x.reshape(7, 3, 20).mean(2), rtol=1e-4, atol=1e-6)


@needs_onnx
def test_what_does_not_fit_is_said_before_a_run_is_made(tmp_path, store) -> None:
    dense(tmp_path / "wide.onnx", widths=(5, 8, 3))
    with pytest.raises(DataError, match="points of 2 numbers") as told:
        from_graph(read_weights(tmp_path / "wide.onnx"), Target("arcs", {"n": 120}), store=store)
    assert len(str(told.value).splitlines()) == 1
    assert not store.list()
    (tmp_path / "cut.onnx").write_bytes((tmp_path / "wide.onnx").read_bytes()[:-40])
    (tmp_path / "none.onnx").write_bytes(b"no graph at all")
    for name in ("cut.onnx", "none.onnx"):
        with pytest.raises(DataError, match=r"no ONNX file|no weights"):
            read_weights(tmp_path / name)


@needs_onnx
def test_latents_that_are_not_finite_are_refused(tmp_path) -> None:
    dense(tmp_path / "e.onnx")
    x = np.full((3, 2), np.nan, np.float32)
    with pytest.raises(DataError, match="not finite"):
        list(graph.embed_graph(tmp_path / "e.onnx", x))


def test_without_the_packages_the_way_out_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    (tmp_path / "e.onnx").write_bytes(b"graph")
    with pytest.raises(DataError, match="pip install onnx onnxruntime"):
        read_weights(tmp_path / "e.onnx")
