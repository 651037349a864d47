"""Taking a run out: report, scores, points and latents as files, and the lines behind a number."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from dcviz.exchange import latents_out, tables_out
from dcviz.exchange.lines import curve_lines, point_lines, score_lines
from dcviz.exchange.report import report_html
from dcviz.geometry.registry import EPOCH_SCORES, POINT_SCORES
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from dcviz.ui import actions, pick, shelf, words

CURVES = "curves"


def form() -> None:
    """The whole of "take a run out"."""
    run = pick.pick_run()
    epoch = pick.pick_epoch(run.epochs())
    at = pick.thresholds(run)
    left, right = st.columns(2, gap="large")
    with left:
        _report(run, at)
        _tables(run, epoch, at)
    with right:
        _latents(run)
    _lines(run, epoch, at)


def _report(run: Run, at: Thresholds) -> None:
    st.subheader("Report to print", anchor=False)
    st.caption(
        "Settings, curves, the latents at the key epochs, thresholds, versions and seeds in one HTML file "
        "without scripts; the browser prints it to paper or PDF. Key epochs are chosen by time, never by a "
        "score."
    )
    _download(
        "Report .html", lambda: report_html(run, thresholds=at).encode(), run, "report.html", "text/html"
    )


def _tables(run: Run, epoch: Epoch, at: Thresholds) -> None:
    st.subheader("Tables", anchor=False)
    st.caption(
        f"Scores: one row a stored epoch. Points: one row a point of epoch {words.epoch(epoch.position)}, "
        f"with the split at M = {at.M}, λ_ratio = {at.lambda_ratio:g}, τ_distance = {at.tau_distance:g}."
    )
    with st.container(horizontal=True, key="out_tables"):
        for ending in tables_out.FORMATS:
            _download(f"Scores {ending}", partial(_scores, run, ending), run, f"scores{ending}")
        for ending in tables_out.FORMATS:
            made = partial(_points, run, epoch.key, at, ending)
            _download(f"Points {ending}", made, run, f"{epoch.key}-points{ending}")


def _scores(run: Run, ending: str) -> bytes:
    return tables_out.table_bytes(tables_out.scores_table(run), ending)


def _points(run: Run, key: str, at: Thresholds, ending: str) -> bytes:
    return tables_out.table_bytes(tables_out.points_table(run, key, at), ending)


def _latents(run: Run) -> None:
    st.subheader("Latents and the run itself", anchor=False)
    count = sum(not epoch.batch for epoch in run.epochs())
    size = 4 * int(run.spec.get("n") or 0) * int(run.spec.get("latent_dim") or 0) * count
    st.caption(
        f"{count:,} whole epochs, {words.size(size)} as numbers. The projector's folder is read by "
        "`tensorboard --logdir`; .npz and .zip come in again on this page."
    )
    if size > shelf.LARGEST_DOWNLOAD:
        st.caption("That is much for a browser. In a terminal:")
        st.code(f"python -m dcviz export {run.id} latents.npz", language="bash")
        return
    with st.container(horizontal=True, key="out_latents"):
        _download("Latents .npz", lambda: _file(run, "z.npz"), run, "latents.npz")
        _download("Latents .parquet", lambda: _file(run, "z.parquet"), run, "latents.parquet")
        _download("One .npy an epoch", lambda: _folder(run, latents_out.write_latents), run, "epochs.zip")
        _download("Projector folder", lambda: _folder(run, latents_out.write_projector), run, "projector.zip")
        _download("The run .zip", lambda: actions.export(run.id), run, "run.zip")
    st.caption("Into an MLflow store, in a terminal:")
    st.code(f"python -m dcviz export {run.id} http://localhost:5000 --what mlflow", language="bash")


def _lines(run: Run, epoch: Epoch, at: Thresholds) -> None:
    st.subheader("A number as Python", anchor=False)
    known = [name for name in EPOCH_SCORES if epoch.scores.get(name) is not None]
    titles = {name: EPOCH_SCORES[name].title for name in known}
    titles |= {f"point:{name}": f"{score.title}, of every point" for name, score in POINT_SCORES.items()}
    titles[CURVES] = "All scores over all epochs (what the curves draw)"
    chosen = st.selectbox("Number", list(titles), key="out_lines", format_func=titles.__getitem__)
    if chosen == CURVES:
        st.code(curve_lines(run, known), language="python")
        return
    if chosen.startswith("point:"):
        st.code(point_lines(run, epoch.key, chosen.removeprefix("point:"), at), language="python")
        return
    st.code(score_lines(run, epoch.key, chosen, at), language="python")
    trained = Thresholds(**(run.spec.get("thresholds") or {}))
    note = (
        "" if at == trained else " (stored at the thresholds of the training; the lines use the present ones)"
    )
    st.caption(f"Stored: {epoch.scores[chosen]:.6g}{note}. Run the lines in the folder of this lab.")


def _download(
    label: str, make: Callable[[], bytes], run: Run, name: str, kind: str = "application/octet-stream"
) -> None:
    st.download_button(
        label, data=make, file_name=f"{run.id}-{name}", mime=kind, key=f"out_{name}", on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip


def _file(run: Run, name: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="dcviz-export-") as place:
        return latents_out.write_latents(run, Path(place) / name).read_bytes()


def _folder(run: Run, write: Callable[..., Path]) -> bytes:
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="dcviz-export-") as place:
        folder = write(run, Path(place) / run.id)
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                archive.write(file, f"{run.id}/{file.relative_to(folder).as_posix()}")
    return buffer.getvalue()
