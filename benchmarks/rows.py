"""Rows of the tables of results: appended and forced to disk, so that a training cut off costs nothing."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.snapshot import Snapshot

LOOKS = 12
"""Snapshots of a later phase whose losses are kept, about."""


def append(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows and force them to disk."""
    if not rows:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)
        file.flush()
        os.fsync(file.fileno())


def loss_rows(place: Mapping[str, Any], snapshots: Sequence[Snapshot]) -> list[dict[str, Any]]:
    """One row a named loss of each snapshot: means over its epoch.

    Args:
        place: what the rows have in common: method, data, variant, seed ...
        snapshots: of one training, in order.
    """
    return [
        {
            **place,
            "phase": f"phase {at.phase_index + 1}",
            "epoch": at.epoch,
            "loss": name,
            "value": f"{value:.6g}",
        }
        for at in snapshots
        for name, value in at.losses.items()
    ]
