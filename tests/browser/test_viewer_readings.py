"""What the viewer draws point by point is what Python counts, under each reading of the second filter."""

import numpy as np
import pytest

from dcviz.geometry.filters import Thresholds, split
from dcviz.geometry.purity import same_label
from tests.browser.conftest import wait_until
from tests.browser.viewer_hands import viewer

pytestmark = pytest.mark.browser

KEY = "00005"
LAMBDA = float(np.float32(102 / 255))  # a level of the ratio: there the browser is exact
ROWS = "viewer.request({type: 'rows'}).then(({codes, flags}) => [[...codes], [...flags]])"


def levels_of(hands, reading: str) -> list[float]:
    """Levels of tau that the browser cuts at, through the viewer's own address."""
    query = "reading=released%20code&" if reading == "released code" else ""
    return hands.js(
        f"fetch(`/dcviz/run/arcs/hood/{KEY}?{query}v=${{viewer.index.tag}}`)"
        ".then((answer) => answer.arrayBuffer()).then((bytes) => JSON.parse(new TextDecoder().decode("
        "new Uint8Array(bytes, 12, new DataView(bytes).getUint32(8, true)))).meta.gap_levels)"
    )


@pytest.mark.parametrize("reading", ["paper", "relative", "released code"])
def test_purity_of_reliable_neighbors_follows_the_reading(chromium, viewer_lab, viewer_runs, reading):
    run = viewer_runs.by_id("arcs")
    graph, labels = run.neighbors(KEY), run.labels()
    with viewer(chromium, viewer_lab, "epoch=5") as hands:
        hands.exact()
        hands.root.locator("[data-part=color]").select_option("purity_filtered")
        hands.root.get_by_label("Reading of the second filter").select_option(reading)
        levels = levels_of(hands, reading)
        unit = float(np.median(graph.distances[:, 0])) if reading == "relative" else 1.0
        for k in (len(levels) // 3, 2 * len(levels) // 3):
            at = Thresholds(7, LAMBDA, levels[k] / unit, reading)
            told = f"M: 7, lambda_ratio: {LAMBDA!r}, tau_distance: {at.tau_distance!r}"
            hands.js(f"viewer.thresholdsReleased({{...viewer.state.thresholds, {told}}})")
            masks = split(graph.distances, at)
            same = same_label(graph.indices[:, :7], labels)
            kept, pure = masks.reliable.sum(1), (masks.reliable & same).sum(1)
            wanted = np.where(kept > 0, np.floor(254 * pure / np.maximum(kept, 1) + 0.5), 255)
            assert len(np.unique(wanted)) > 2, "thresholds that tell nothing apart would test nothing"

            def same_as_python(wanted=wanted) -> bool:
                return hands.js(ROWS)[0] == wanted.tolist()

            wait_until(same_as_python, 10, f"the purities that Python counts, {reading}, level {k}")
            assert (np.array(hands.js(ROWS)[1]) & 1).tolist() == masks.core.astype(int).tolist()


def test_small_multiples_leave_as_vectors_and_as_pixels(chromium, viewer_lab, tmp_path):
    with viewer(chromium, viewer_lab, "show=story") as hands:
        hands.exact()
        panels = hands.js("viewer.state.story.length")
        titles = hands.root.locator(".dv-title").all_inner_texts()
        assert len(titles) == panels == 5
        for kind in ("svg", "png"):
            with hands.page.expect_download() as started:
                hands.root.locator("[data-part=export]").select_option(kind)
            started.value.save_as(tmp_path / f"story.{kind}")
        svg = (tmp_path / "story.svg").read_text()
        assert svg.count("<circle") == 5 * 1200
        assert svg.count("<g data-panel=") == 5
        assert all(f">{title}</text>" in svg for title in titles), titles
        assert "epochs 0, 2, 3, 8, 10 of 10" in svg
        assert (tmp_path / "story.png").read_bytes().startswith(b"\x89PNG")
