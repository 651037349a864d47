"""The report of a run: what was asked, what came out, how to do it again; one file, no script, no network."""

import shlex
import time
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import dcviz
from dcviz.exchange.report.curves import Line, curves
from dcviz.exchange.report.planes import key_epochs, plane_pictures
from dcviz.figures import style
from dcviz.geometry.registry import EPOCH_SCORES
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.runs.files import write_bytes

PANELS: tuple[tuple[str, tuple[str, ...], float | None, float | None], ...] = (
    ("Agreement with true labels (evaluation only)", ("acc", "nmi", "ari", "majority"), 0.0, 1.0),
    ("Dimension, means over clusters", ("id", "lid", "participation_ratio"), 0.0, None),
    ("Curvature LID − ID", ("curvature",), None, None),
    ("Core share, measured and predicted", ("core_share", "core_share_law"), 0.0, 1.0),
    ("Neighbor purity by true labels", ("purity", "purity_core", "purity_filtered"), 0.0, 1.0),
    ("Latent scale (latent distance)", ("scale",), 0.0, None),
)
SHOWN = ("acc", "nmi", "ari", "f1_macro", "majority", "id", "lid", "curvature", "core_share", "purity")
PAPER = Path(__file__).with_name("paper.css")
DASHED = ("majority", "core_share_law")


def report_html(run: Run, *, thresholds: Thresholds | None = None) -> str:
    """Describe a run for print: settings, curves, key epochs, thresholds, versions, seeds.

    Key epochs are chosen by time (first, last of each phase), never by a score.

    Args:
        run: any run, also one that is still trained.
        thresholds: of the pictures; those of the run by default.

    Returns:
        A whole HTML document with everything inside; all text of the run is escaped.
    """
    spec = run.spec
    chosen = thresholds or Thresholds(**(spec.get("thresholds") or {}))
    keys = key_epochs(run)
    body = [
        f"<h1>{escape(run.name)}</h1>", _facts(run, chosen),
        "<h2>Curves over the epochs</h2>", _curves(run),
        "<h2>Key epochs</h2>", _key_table(run, keys), _planes(run, keys, chosen),
        "<h2>Settings</h2>", _rows(spec.get("settings") or {}),
        "<h2>Versions</h2>", _rows(spec.get("versions") or {}), _again(run),
    ]  # fmt: skip
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src data:; "
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(run.name)}</title><style>{PAPER.read_text()}</style></head><body>{''.join(body)}</body></html>"
    )


def write_report(run: Run, file: Path | str, *, thresholds: Thresholds | None = None) -> Path:
    """Write the report whole or not at all."""
    file = Path(file).expanduser()
    write_bytes(file, report_html(run, thresholds=thresholds).encode())
    return file


def _facts(run: Run, thresholds: Thresholds) -> str:
    spec, status = run.spec, run.status()
    shape = spec.get("image_shape")
    known = {
        "Run": run.id, "Method": spec.get("method"), "Data": spec.get("dataset"), "From": spec.get("source"),
        "Points n": spec.get("n"), "Numbers a point D": spec.get("input_dim"),
        "Picture": None if not shape else " x ".join(map(str, shape)),
        "Latent dimensions d": spec.get("latent_dim"),
        "Clusters K": spec.get("clusters") or None, "Seed": spec.get("seed"), "Preset": spec.get("preset"),
        "Device": status.get("device") or spec.get("device"), "State": status["state"],
        "Phases": ", ".join(f"{name} ({length} epochs)" for name, length in spec.get("phases") or []),
        "Stored epochs": len(run.epochs()), "Branched from": spec.get("parent"),
        "Thresholds": f"M = {thresholds.M}, lambda_ratio = {thresholds.lambda_ratio:g}, tau_distance = "
                      f"{thresholds.tau_distance:g} ({thresholds.reading})",
        "Made": spec.get("created"),
        "Report": f"{time.strftime('%Y-%m-%d %H:%M')}, dcviz {dcviz.__version__}",
    }  # fmt: skip
    notices = "".join(f"<p class='small'>{escape(str(notice))}</p>" for notice in spec.get("notices") or [])
    return _rows({name: value for name, value in known.items() if value not in (None, "")}) + notices


def _curves(run: Run) -> str:
    epochs = run.epochs()
    if not epochs:
        return "<p class='none'>No epoch is stored yet.</p>"
    x = [epoch.position for epoch in epochs]
    phases = [(str(name), int(length)) for name, length in run.spec.get("phases") or []]
    losses = sorted({name for epoch in epochs for name in epoch.losses})
    drawn = []
    for title, names, low, high in PANELS:
        lines = [
            Line(_short(name), [epoch.scores.get(name) for epoch in epochs], color, _dash(name))
            for name, color in zip(names, style.LINES, strict=False)
        ]
        drawn.append(curves(title, x, lines, phases=phases, low=low, high=high))
    for start in range(0, len(losses), 3):
        lines = [
            Line(name, [epoch.losses.get(name) for epoch in epochs], color)
            for name, color in zip(losses[start : start + 3], style.LINES, strict=False)
        ]
        drawn.append(curves("Losses (means over the epoch)", x, lines, phases=phases))
    return "<div class='two'>" + "".join(f"<figure>{each}</figure>" for each in drawn) + "</div>"


def _key_table(run: Run, keys: Sequence[str]) -> str:
    if not keys:
        return ""
    head = "".join(f"<th class='n'>{escape(_short(name))}</th>" for name in SHOWN)
    rows = []
    for key in keys:
        epoch = run.epoch(key)
        cells = "".join(f"<td class='n'>{_number(epoch.scores.get(name))}</td>" for name in SHOWN)
        rows.append(f"<tr><td>{epoch.position:g}</td><td>{escape(epoch.phase)}</td>{cells}</tr>")
    reasons = {reason for key in keys for reason in run.epoch(key).reasons.values()}
    why = "".join(f"<p class='small'>- : {escape(reason)}</p>" for reason in sorted(reasons))
    return f"<table><tr><th>epoch</th><th>phase</th>{head}</tr>{''.join(rows)}</table>{why}"


def _planes(run: Run, keys: Sequence[str], thresholds: Thresholds) -> str:
    if not keys:
        return ""
    figures = [
        f"<figure><img alt='Latent plane at epoch {escape(each.key)}' src='{each.address}'>"
        f"<figcaption>Epoch {run.epoch(each.key).position:g}: {each.share:.0%} of the variance; the picture "
        f"is {each.width:.3g} wide (latent distance).</figcaption></figure>"
        for each in plane_pictures(run, keys, thresholds)
    ]
    return (
        "<p class='small'>Latents on one fixed plane, the two widest directions of the last key epoch. "
        "Colors: predicted clusters; filled: core, ring: border. Distances off the plane are not shown.</p>"
        f"<div class='two'>{''.join(figures)}</div>"
    )


def _again(run: Run) -> str:
    spec = run.spec
    if not spec.get("preset") or spec.get("parent") or spec.get("source"):
        return ""
    words = ["python -m dcviz train", spec["method"], spec["dataset"], "--seed", spec.get("seed", 0)]
    for flag, values in (("--data", spec.get("dataset_options")), ("--set", spec.get("settings"))):
        for name, value in (values or {}).items():
            words += [flag, f"{name}={value}"]
    line = " ".join([words[0], *(shlex.quote(str(word)) for word in words[1:])])
    return f"<h2>Train it again</h2><pre>{escape(line)}</pre>"


def _rows(values: Mapping[str, Any]) -> str:
    cells = (
        f"<tr><th>{escape(str(name))}</th><td>{escape(str(value))}</td></tr>"
        for name, value in values.items()
    )
    return f"<table>{''.join(cells)}</table>"


def _short(name: str) -> str:
    return {"core_share_law": "predicted", "core_share": "core share", "participation_ratio": "PR"}.get(
        name, EPOCH_SCORES[name].title.partition(" (")[0] if name in EPOCH_SCORES else name
    )


def _dash(name: str) -> str:
    return "4 3" if name in DASHED else ""


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
