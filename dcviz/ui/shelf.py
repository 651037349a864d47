"""The runs as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from dcviz.data.catalog import DATASETS
from dcviz.runs import Run
from dcviz.ui import cached, words
from models.catalog import METHODS

LARGEST_DOWNLOAD = 500_000_000
COLUMNS = {
    "Name": st.column_config.TextColumn(width=260),
    "Method": st.column_config.TextColumn(width=125),
    "Tags": st.column_config.ListColumn(),
    "Points": st.column_config.NumberColumn(format="localized"),
    "MB": st.column_config.NumberColumn("Size (MB)", format="%.1f"),
    "ACC": st.column_config.NumberColumn(
        format="%.3f", help="Accuracy at the last stored epoch, clusters matched to classes. No unit."
    ),
}


def table(runs: Sequence[Run]) -> pd.DataFrame:
    """One row a run, in the order given; a damaged run has a row that says so."""
    return pd.DataFrame([_row(run) for run in runs])


def _row(run: Run) -> dict[str, object]:
    spec, epochs = run.spec, () if run.broken else run.epochs()
    return {
        "Name": run.name,
        "State": words.state(run.status()),
        "Method": METHODS[method].title if (method := str(spec.get("method") or "–")) in METHODS else method,
        "Data": data_title(str(spec.get("dataset") or "")),
        "Points": spec.get("n"),
        "Stored epochs": len(epochs),
        "ACC": epochs[-1].scores.get("acc") if epochs else None,
        "MB": cached.size(run) / 1e6,
        "Created": words.ago(str(spec.get("created", ""))),
        "Tags": list(run.tags) + (["example"] if run.read_only else []),
    }


def data_title(dataset: str) -> str:
    """The title of known data; of one's own the file, for its path would not fit."""
    return DATASETS[dataset].title if dataset in DATASETS else Path(dataset).name


def data_name(dataset: str) -> str:
    """The title without what stands in brackets, for names beside bars and curves."""
    return data_title(dataset).partition(" (")[0]


def summary(run: Run) -> str:
    """What a run is, in one line: method, data, preset, seed, device, parent."""
    spec = run.spec
    parts = [f"{spec['method']} on {spec['dataset']}"]
    if spec.get("n"):
        parts.append(f"{spec['n']:,} points")
    parts += [f"{name} {spec[name]}" for name in ("preset", "seed", "device") if spec.get(name) is not None]
    if parent := spec.get("parent"):
        parts.append(f"branched from {parent.get('id')} at epoch {parent.get('key')}")
    return " · ".join(parts)
