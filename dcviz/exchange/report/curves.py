"""Curves over the epochs as SVG text: small, sharp in print, and free of any script."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 330, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 22, 26
SHADES = ("#eef5fb", "#fdf3e1", "#e8f5f0", "#f9eef4")


@dataclass(frozen=True)
class Line:
    """One curve: a value at each stored epoch, None where there is none (a gap)."""

    name: str
    values: Sequence[float | None]
    color: str
    dash: str = ""


def curves(
    title: str,
    epochs: Sequence[float],
    lines: Sequence[Line],
    *,
    phases: Sequence[tuple[str, int]] = (),
    low: float | None = None,
    high: float | None = None,
) -> str:
    """Draw curves over the epochs.

    Args:
        title: what the y axis says, with the unit.
        epochs: ascending positions.
        lines: with one value an epoch each.
        phases: name and number of epochs of each, shaded behind.
        low: lower end of the y axis; from the data by default.
        high: upper end.

    Returns:
        One svg element; a sentence instead where there is nothing to draw.
    """
    known = [value for line in lines for value in line.values if value is not None and math.isfinite(value)]
    if not known or not epochs:
        return f"<p class='none'>{escape(title)}: no values in this run.</p>"
    frame = Frame(
        min(epochs), max(epochs), min(known) if low is None else low, max(known) if high is None else high
    )
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title, quote=True)}">',
        *_shades(frame, phases),
        *_axes(frame, title),
        *(part for line in lines for part in _line(frame, epochs, line)),
        *_legend(lines),
        "</svg>",
    ]
    return "".join(parts)


class Frame:
    """From epochs and values to places in the picture."""

    def __init__(self, first: float, last: float, low: float, high: float):
        self.first, self.last = first, last if last > first else first + 1
        pad = 0.04 * (high - low) or 0.5
        self.low, self.high = low - pad, high + pad

    def x(self, epoch: float) -> float:
        """Place of an epoch from the left, in pixels."""
        share = (epoch - self.first) / (self.last - self.first)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        """Place of a value from the top, in pixels."""
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers between two ends: steps of 1, 2 or 5 times a power of ten."""
    raw = (high - low) / max(count, 1)
    if raw <= 0 or not math.isfinite(raw):
        return [low]
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    first = math.ceil(low / step)
    return [round(i * step, 12) for i in range(first, math.floor(high / step) + 1)]


def _shades(frame: Frame, phases: Sequence[tuple[str, int]]) -> list[str]:
    parts, start = [], 0.0
    for index, (name, length) in enumerate(phases):
        left, right = max(start, frame.first), min(start + length, frame.last)
        start += length
        if right > left:
            x, width = frame.x(left), frame.x(right) - frame.x(left)
            parts.append(
                f'<rect x="{x}" y="{TOP}" width="{width:.1f}" height="{HEIGHT - TOP - BOTTOM}" '
                f'fill="{SHADES[index % len(SHADES)]}"><title>{escape(str(name))}</title></rect>'
            )
    return parts


def _axes(frame: Frame, title: str) -> list[str]:
    base = HEIGHT - BOTTOM
    parts = [
        f'<text x="4" y="12" class="title">{escape(title)}</text>',
        f'<path d="M{LEFT} {TOP}V{base}H{WIDTH - RIGHT}" class="axis"/>',
    ]
    for value in ticks(frame.low, frame.high):
        y = frame.y(value)
        parts.append(
            f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" class="grid"/>'
            f'<text x="{LEFT - 4}" y="{y + 3}" class="tick end">{value:g}</text>'
        )
    for epoch in ticks(frame.first, frame.last, 5):
        parts.append(f'<text x="{frame.x(epoch)}" y="{base + 12}" class="tick middle">{epoch:g}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 3}" class="tick end">epoch</text>')
    return parts


def _line(frame: Frame, epochs: Sequence[float], line: Line) -> list[str]:
    """A path for every stretch without a gap; a lonely value is a dot."""
    parts: list[str] = []
    stretch: list[str] = []
    places = [*zip(epochs, line.values, strict=True), (0.0, None)]
    for epoch, value in places:
        if value is not None and math.isfinite(value):
            stretch.append(f"{frame.x(epoch)} {frame.y(value)}")
            continue
        if len(stretch) == 1:
            x, y = stretch[0].split()
            parts.append(f'<circle cx="{x}" cy="{y}" r="2.5" fill="{line.color}"/>')
        elif stretch:
            dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
            parts.append(f'<path d="M{"L".join(stretch)}" class="line" stroke="{line.color}"{dash}/>')
        stretch = []
    return parts


def _legend(lines: Sequence[Line]) -> list[str]:
    if len(lines) < 2:
        return []
    parts: list[str] = []
    x = float(LEFT)
    for line in lines:
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts.append(
            f'<path d="M{x:.0f} {HEIGHT - 6}h12" class="line" stroke="{line.color}"{dash}/>'
            f'<text x="{x + 15:.0f}" y="{HEIGHT - 3}" class="tick">{escape(line.name)}</text>'
        )
        x += 4.9 * len(line.name) + 24
    return parts
