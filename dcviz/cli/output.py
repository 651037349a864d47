"""What the commands print: one JSON document, or lines for people; errors are one line on stderr."""

import json
import sys
from typing import Any

from dcviz.runs import Run
from dcviz.runs.files import plain
from dcviz.runs.metrics import Epoch

SCORES = ("acc", "nmi", "ari", "f1_macro", "f1_micro", "id", "lid", "curvature", "core_share", "purity")


def print_json(value: Any) -> None:
    """One document on stdout; NaN is null."""
    sys.stdout.write(json.dumps(plain(value), indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def print_table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Columns as wide as their widest cell; numbers to the right."""
    cells = [head, *(tuple(_cell(value) for value in row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    numeric = [bool(rows) and all(isinstance(row[i], (int, float)) or row[i] is None for row in rows)
               for i in range(len(head))]  # fmt: skip
    for row in cells:
        aligned = (
            c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True)
        )
        sys.stdout.write("  ".join(aligned).rstrip() + "\n")


def epoch_object(epoch: Epoch) -> dict[str, Any]:
    """One stored epoch as `show --json` gives it: scores beside the losses, a reason beside each null."""
    scores = {name: epoch.scores.get(name) for name in (*SCORES, *epoch.scores)}
    reasons = {
        f"{name}_reason": epoch.reasons.get(name, "Not measured in this run.")
        for name, value in scores.items()
        if value is None
    }
    return {
        "key": epoch.key,
        "epoch": int(epoch.position) if not epoch.batch else epoch.position,
        "batch": epoch.batch,
        "iteration": epoch.iteration,
        "phase": epoch.phase,
        "phase_index": epoch.phase_index,
        "losses": epoch.losses,
        **scores,
        **reasons,
        "seconds": epoch.seconds,
    }


def run_object(run: Run) -> dict[str, Any]:
    """One run as `runs --json` gives it."""
    spec, status = run.spec, run.status()
    wanted = ("method", "dataset", "preset", "seed", "n", "clusters", "phases", "parent", "created")
    return {
        "id": run.id,
        "name": run.name,
        "tags": run.tags,
        "path": str(run.path),
        "read_only": run.read_only,
        **{name: spec.get(name) for name in wanted},
        "state": status["state"],
        "message": status.get("message") or "",
        "error": status.get("error"),
        "device": status.get("device") or spec.get("device"),
        "phase": status.get("phase"),
        "epoch": run.epochs()[-1].position if run.epochs() else None,
        "epochs": sum(int(length) for _, length in spec.get("phases") or []) or None,
        "bytes": run.size(),
    }


def score_text(scores: dict[str, Any]) -> str:
    """The scores of an epoch in one line for people."""
    shown = {
        "acc": "ACC",
        "majority": "majority",
        "nmi": "NMI",
        "id": "ID",
        "core_share": "core",
        "purity": "purity",
    }
    return "  ".join(
        f"{title} {scores[name]:.3f}" for name, title in shown.items() if scores.get(name) is not None
    )


def bytes_text(count: float) -> str:
    """A file size for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def seconds_text(seconds: float) -> str:
    """A duration for people."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return (
        f"{whole // 60}:{whole % 60:02d} min"
        if whole < 3600
        else f"{whole // 3600}:{whole % 3600 // 60:02d} h"
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
