"""The plane and its box: fixed over the run, doubling only, and honest about what they leave out."""

import numpy as np
import pytest

from dcviz.geometry.neighbors import neighbor_graph
from dcviz.runs.writer import RunWriter
from dcviz.viewer.index import index
from dcviz.viewer.plane import aligned_plane, fit_axes, smallest_box
from dcviz.viewer.scene import Scene, reference_key, run_tag
from dcviz.viewer.tokens import Token, parse_token
from tests.viewer.conftest import write_run


def test_two_dimensional_latents_are_drawn_as_they_are():
    z = np.random.default_rng(0).normal(size=(50, 2))
    assert np.allclose(fit_axes(z, reference="x").project(z), z - z.mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("d", [3, 6, 16, 20])
def test_axes_are_orthonormal_and_widest_first(d):
    z = np.random.default_rng(1).normal(size=(400, d)) * np.linspace(3, 0.5, d)
    axes = fit_axes(z, reference="x")
    components = axes.basis.components
    assert components.shape == (min(d, 16), d)
    assert np.allclose(components @ components.T, np.eye(len(components)), atol=1e-8)
    assert (np.diff(axes.variance) <= 1e-9).all()
    if d <= 16:
        assert axes.variance.sum() == pytest.approx(1)


def test_one_dimension_lies_on_a_line():
    plane = fit_axes(np.arange(5.0)[:, None], reference="x").project(np.arange(5.0)[:, None])
    assert plane.shape == (5, 2)
    assert np.allclose(plane[:, 1], 0)


def test_alignment_undoes_a_turn_of_the_latents():
    rng = np.random.default_rng(2)
    z = rng.normal(size=(300, 5)) * [5, 3, 0.4, 0.2, 0.1]
    target = fit_axes(z, reference="x").project(z)[:, :2]
    turned = z @ np.linalg.qr(rng.normal(size=(5, 5)))[0]
    assert np.abs(aligned_plane(turned, target) - target).max() < 1e-3


def test_the_box_doubles_until_it_holds_everything():
    assert [smallest_box(x, base=1.5) for x in (0.1, 1.5, 1.6, 7)] == [1.5, 1.5, 3, 12]


def test_a_growing_run_keeps_its_version_until_it_leaves_the_box(tmp_path):
    run = write_run(tmp_path, "growing")
    scene = Scene(run, Token())
    scene.see(scene.unseen())
    before, half = scene.version, scene.half
    writer = RunWriter(run)
    for key, stretch in (("00007", 1.0), ("00008", 40.0)):
        z = run.latents("00006") * np.float32(stretch)
        line = {"key": key, "epoch": int(key), "batch": 0, "iteration": 1, "phase": "proximity"}
        graph = neighbor_graph(z, m=15)
        writer.epoch({**line, "phase_index": 1}, latents=z, assigned=run.assigned("00006"), graph=graph)
        scene.see(scene.unseen())
        if stretch == 1:
            assert scene.version == before
    assert scene.version != before
    assert np.log2(scene.half / half) % 1 == 0


def test_a_run_made_again_under_its_name_has_another_tag(tmp_path):
    first = run_tag(write_run(tmp_path / "a", "same"))
    assert first != run_tag(write_run(tmp_path / "b", "same"))


def test_the_folder_is_asked_once_for_the_switch_however_many_epochs(shelf, monkeypatch):
    run, asked = shelf.by_id("flat"), []
    facts = type(run)._facts.fget
    monkeypatch.setattr(type(run), "_facts", property(lambda self: (asked.append(self.id), facts(self))[1]))
    assert reference_key(run) in [epoch.key for epoch in run.epochs()]
    assert len(asked) == 1 < len(run.epochs())


def test_the_note_says_what_the_plane_keeps(shelf):
    assert "nothing left out" in index(shelf.by_id("flat"), Token())["projection"]["note"]
    found = index(shelf.by_id("deep"), Token())["projection"]
    assert "epoch 3" in found["note"]
    assert f"{found['kept']:.0%}" in found["note"]
    assert "Procrustes" in index(shelf.by_id("deep"), Token("aligned"))["projection"]["note"]


def test_projection_names():
    assert parse_token("pca-3-0") == Token("pca", (3, 0))
    for bad in ("pca", "pca-1-1", "pca-1", "tsne", ""):
        with pytest.raises(ValueError, match="projection must be"):
            parse_token(bad)
