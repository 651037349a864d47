"""The viewer's measured table: what the README repeats is what the file holds."""

from benchmarks import viewer, viewer_record


def test_the_readme_repeats_the_committed_table() -> None:
    text = viewer_record.README.read_text(encoding="utf-8")
    assert viewer_record.section(viewer_record.read()) in text


def test_a_new_measurement_replaces_its_own_size_alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(viewer_record, "FILE", tmp_path / "viewer.csv")
    monkeypatch.setattr(viewer_record, "README", tmp_path / "README.md")
    (tmp_path / "README.md").write_text(
        f"before\n{viewer_record.BEGIN}\nstale rows\n{viewer_record.END}\nafter\n"
    )
    names = ("what", "must_reach", "viewer", "plotly")
    for points, script in ((1000, 1.25), (10, 0.5), (1000, 2.5)):
        rows = viewer.table({"scrub_script_median": script, "contexts": 1}, {"contexts": 16})
        told = [dict(zip(names, row, strict=True)) for row in rows]
        viewer_record.record(told, points=points, epochs=3, browser="headless Chromium 1")
    kept = viewer_record.read()
    assert [row["points"] for row in kept] == ["10"] * len(viewer.ROWS) + ["1000"] * len(viewer.ROWS)
    assert {row["viewer"] for row in kept if row["what"].endswith("scrub step, median")} == {"0.50", "2.50"}
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "1,000 points, 3 epochs" in text
    assert "| WebGL contexts, all in all | 1 | 1 | 16 |" in text
    assert "stale rows" not in text
    assert "1.25" not in text
