"""Numbers and states as people say them."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

_SPECIAL = re.compile(r"([\\*_{}\[\]()#+!|<>~$:&^=-])")
Color = Literal["gray", "blue", "orange", "green", "red"]
STATES: dict[str, tuple[str, str, Color]] = {
    "queued": ("waiting for its turn", ":material/hourglass_empty:", "gray"),
    "starting": ("starting", ":material/hourglass_top:", "blue"),
    "running": ("training", ":material/play_arrow:", "blue"),
    "paused": ("paused", ":material/pause:", "orange"),
    "finished": ("finished", ":material/check:", "green"),
    "stopped": ("stopped", ":material/stop:", "gray"),
    "failed": ("failed", ":material/error:", "red"),
    "interrupted": ("interrupted", ":material/power_off:", "orange"),
    "broken": ("cannot be read", ":material/broken_image:", "red"),
}


def state(status: Mapping[str, Any]) -> str:
    """The state of a run in words, such as "waiting for its turn"."""
    return STATES.get(str(status.get("state")), STATES["broken"])[0]


def duration(seconds: float) -> str:
    """A time span with the precision a person wants: 9 ms, 0.4 s, 12 s, 3 min, 2 h 5 min."""
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 2880 else f"{minutes / 1440:.1f} days"


def size(count: float) -> str:
    """A number of bytes: 12 kB, 3.4 MB, 1.2 GB (powers of ten)."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit in ("B", "kB") else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def ago(created: str, *, now: float | None = None) -> str:
    """How long ago a run was made, from its stamp; the stamp itself if it cannot be read."""
    try:
        then = datetime.fromisoformat(created)
    except ValueError:
        return created
    seconds = (time.time() if now is None else now) - then.timestamp()
    if seconds < 60:
        return "just now"
    if seconds < 86_400 * 2:
        return f"{duration(seconds)} ago"
    return then.strftime("%Y-%m-%d")


def percent(hits: int, total: int) -> str:
    """A share of a total > 0 with one decimal, ties upwards as in the viewer: 63,105 of 70,000 are 90.2 %."""
    return f"{(2000 * int(hits) + total) // (2 * total) / 10:.1f}%"


def share(hits: int, total: int) -> str:
    """A share with its counts: "92.1 % (1,105 of 1,200)"; the counts keep a small sample honest."""
    return f"{percent(hits, total)} ({hits:,} of {total:,})" if total else "no pair to count"


def part(hits: int, total: int, unit: str) -> str:
    """What a count is a part of: "92.1 % of 1,200 points"."""
    return f"{percent(hits, total)} of {total:,} {unit}" if total else f"of no {unit}"


def number(value: float | None, *, digits: int = 2) -> str:
    """A score, or an em dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def signed(value: float, *, digits: int = 2) -> str:
    """A number in a sentence with its sign, "−" as in formulas: +0.14, −1.35; 0.00 has none."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def plain(value: float | None, *, digits: int = 2) -> str:
    """A number in a sentence, with "−" where it is below zero; an en dash where there is none."""
    return "–" if value is None else signed(value, digits=digits).removeprefix("+")


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "DEC", "DEC and IDEC", "DEC, IDEC and R-DC"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def literal(text: object) -> str:
    """Text that Markdown shows as it is: names and messages can hold anything, links and pictures too.

    What stands between two backticks is left alone, for there it is literal already.
    """
    pieces = str(text).split("`")
    if len(pieces) % 2 == 0:  # one backtick has no partner
        pieces = [str(text).replace("`", "'")]
    escaped = (_SPECIAL.sub(r"\\\1", piece) if i % 2 == 0 else piece for i, piece in enumerate(pieces))
    return "`".join(escaped)


def sentence(text: str) -> str:
    """A message as a sentence, shown as it is: with a capital and one full stop."""
    return f"{capitalized(literal(text)).rstrip('.')}."


def capitalized(text: str) -> str:
    """A sentence has a capital; names of files and data ("cells.csv is", "cells: 1 row") keep their own."""
    first = text.split(" ", 1)[0]
    return text if "." in first or first.endswith(":") else f"{text[:1].upper()}{text[1:]}"


def epoch(position: float) -> str:
    """An epoch position: "50", or "50.25" for a snapshot taken inside an epoch."""
    return f"{position:.0f}" if position == int(position) else f"{position:.2f}"
