"""TensorBoard's projector: what SummaryWriter leaves is read, what is written is read again."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcviz.data.dataset import DataError
from dcviz.exchange.latents import incoming
from dcviz.exchange.latents_out import write_projector
from dcviz.exchange.projector import CONFIG, Embedding, parse_config

WRITTEN = """# as SummaryWriter writes it
embeddings {
tensor_name: "default:00003"
tensor_path: "00003/default/tensors.tsv"
metadata_path: "00003/default/metadata.tsv"
sprite { image_path: "00003/default/sprite.png" single_image_dim: 28 single_image_dim: 28 }
}
embeddings {
tensor_name: "default:00012"
tensor_path: "00012/default/tensors.tsv"
metadata_path: "00012/default/metadata.tsv"
}
model_checkpoint_path: "elsewhere"
"""


@pytest.fixture
def log(tmp_path):
    """A log folder of two global steps with labels alone as metadata."""
    for step in ("00003", "00012"):
        place = tmp_path / "log" / step / "default"
        place.mkdir(parents=True)
        np.savetxt(place / "tensors.tsv", np.eye(6) * int(step), delimiter="\t")
        (place / "metadata.tsv").write_text("\n".join("abcabc") + "\n")
    (tmp_path / "log" / CONFIG).write_text(WRITTEN)
    return tmp_path / "log"


def test_steps_become_epochs(log) -> None:
    found = incoming(log)
    assert found.epochs == (3, 12)
    np.testing.assert_array_equal(found.checked_latents(12), np.eye(6) * 12)
    assert found.class_names == ("a", "b", "c")
    np.testing.assert_array_equal(found.labels, [0, 1, 2, 0, 1, 2])


def test_several_columns_of_metadata_have_a_header(log) -> None:
    rows = [f"{i}\t{label}" for i, label in enumerate("xyxyxy")]
    (log / "00003/default/metadata.tsv").write_text("\n".join(["index\tlabel", *rows]))
    assert incoming(log / CONFIG).class_names == ("x", "y")


def test_raw_tensors(log) -> None:
    np.arange(12, dtype="<f4").tofile(log / "raw.bytes")
    config = 'embeddings { tensor_name: "a:1" tensor_path: "raw.bytes" tensor_shape: 6 tensor_shape: %d }'
    (log / CONFIG).write_text(config % 2)
    np.testing.assert_array_equal(incoming(log).checked_latents(1), np.arange(12).reshape(6, 2))
    (log / CONFIG).write_text(config % 3)
    with pytest.raises(DataError, match="tensor_shape says"):
        incoming(log).checked_latents(1)


def test_of_several_tags_the_longest_is_read_and_the_others_named(log) -> None:
    more = 'embeddings { tensor_name: "other:1" tensor_path: "00003/default/tensors.tsv" }'
    (log / CONFIG).write_text(WRITTEN + more)
    found = incoming(log)
    assert found.epochs == (3, 12)
    assert "other" in found.note


@pytest.mark.parametrize("path", ["../secret.tsv", "/etc/passwd", "a/../../b", "a\\\\b"])
def test_paths_that_lead_out(log, path) -> None:
    (log / CONFIG).write_text(f'embeddings {{ tensor_name: "a:1" tensor_path: "{path}" }}')
    with pytest.raises(DataError, match="leads out"):
        incoming(log)


def test_links(log, tmp_path) -> None:
    np.savetxt(tmp_path / "secret.tsv", np.eye(6), delimiter="\t")
    os.symlink(tmp_path / "secret.tsv", log / "link.tsv")
    (log / CONFIG).write_text('embeddings { tensor_name: "a:1" tensor_path: "link.tsv" }')
    with pytest.raises(DataError, match="is a link"):
        incoming(log)


@pytest.mark.parametrize(
    ("text", "words"),
    [("embeddings {", "truncated"), ("}", "too many"), ("embeddings { }", "no tensor_path"),
     ("", "no tensor"), ("embeddings { tensor_shape: x }", "whole numbers"), ("\x00\x01", "not understood")],
)  # fmt: skip
def test_broken_configurations(tmp_path, text, words) -> None:
    (tmp_path / CONFIG).write_text(text or " ")
    with pytest.raises(DataError, match=words):
        incoming(tmp_path)


def test_tables_that_are_no_numbers(log) -> None:
    (log / "00012/default/tensors.tsv").write_text("1\t2\nx\t3\n4\t5\n")
    with pytest.raises(DataError, match="table of numbers"):
        incoming(log).checked_latents(12)


def test_what_is_written_is_read_again(tmp_path, run) -> None:
    found = incoming(write_projector(run, tmp_path / "out"))
    assert found.epochs == (1, 2, 10)
    np.testing.assert_array_equal(found.labels, run.labels())
    for epoch in found.epochs:
        np.testing.assert_array_equal(found.checked_latents(epoch), run.latents(epoch))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | st.lists(st.sampled_from(
    ["embeddings", "{", "}", ":", '"a:1"', "tensor_path", "tensor_name", "tensor_shape", "7", "\n", "'", "#"]
), max_size=25).map(" ".join))  # fmt: skip
def test_any_configuration_is_read_or_refused(text) -> None:
    try:
        blocks = parse_config(text)
    except DataError:
        return
    assert all(isinstance(block, Embedding) for block in blocks)
