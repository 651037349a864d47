"""The measured table of the viewer as a file, and the part of the results' README that repeats it."""

import csv
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
FILE = RESULTS / "viewer.csv"
README = RESULTS / "README.md"
BEGIN, END = "<!-- viewer: written by python -m benchmarks.viewer -->", "<!-- end of viewer -->"
COLUMNS = (
    "points", "epochs", "what", "must_reach", "viewer", "plotly", "device", "browser", "streamlit", "load",
    "date",
)  # fmt: skip
Row = dict[str, str]


def record(rows: Sequence[Mapping[str, str]], *, points: int, epochs: int, browser: str) -> None:
    """Replace what the table says of this size on this kind of machine, then the README's part.

    Args:
        rows: what, must_reach, viewer and plotly of each line.
        points: of the run.
        epochs: stored epochs of the run.
        browser: name and version.
    """
    told = {
        "points": str(points),
        "epochs": str(epochs),
        "device": f"{platform.machine()}, {os.cpu_count()} CPU cores, software GL",
        "browser": browser,
        "streamlit": version("streamlit"),
        "load": f"{os.getloadavg()[0]:.1f}",
        "date": datetime.now(UTC).date().isoformat(),
    }
    same = ("points", "epochs", "device")
    kept = [row for row in read() if any(row[name] != told[name] for name in same)]
    everything = sorted([*kept, *({**told, **row} for row in rows)], key=lambda row: int(row["points"]))
    with FILE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(everything)
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    README.write_text(before + section(read()) + rest.partition(END)[2], encoding="utf-8")


def read() -> list[Row]:
    """The rows of the table, none if it was never measured."""
    if not FILE.exists():
        return []
    with FILE.open(newline="", encoding="utf-8") as file:
        return [dict(row) for row in csv.DictReader(file)]


def section(rows: Sequence[Row]) -> str:
    """The README's part, from its first mark to its last: one table a size."""
    lines = [BEGIN]
    for size in dict.fromkeys((row["points"], row["epochs"], row["device"]) for row in rows):
        shown = [row for row in rows if (row["points"], row["epochs"], row["device"]) == size]
        first = shown[0]
        lines += [
            f"{int(first['points']):,} points, {first['epochs']} epochs; {first['device']}; "
            f"{first['browser']}, Streamlit {first['streamlit']}; load {first['load']} at the end; "
            f"{first['date']}.",
            "",
            "| | must reach | viewer | Plotly |",
            "|---|---|---|---|",
            *(
                f"| {row['what'].strip()} | {row['must_reach']} | {row['viewer']} | {row['plotly']} |"
                for row in shown
            ),
            "",
        ]
    return "\n".join([*lines, END])
