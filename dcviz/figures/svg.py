"""A few SVG shapes as text, for pictures too small for a plotting library."""

from __future__ import annotations

import math
from collections.abc import Sequence

from . import style

A, B, GRAY = style.BLUE, style.VERMILLION, style.GRAY

Point = tuple[float, float]


def dot(x: float, y: float, color: str = A, *, ring: bool = False, r: float = 5) -> str:
    """A filled point, or a ring."""
    look = f'fill="none" stroke="{color}" stroke-width="2"' if ring else f'fill="{color}"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" {look}/>'


def line(points: Sequence[Point], color: str = GRAY, *, width: float = 2, dash: str = "") -> str:
    """Lines from point to point."""
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<polyline points="{joined}" fill="none" stroke="{color}" stroke-width="{width}"{dashes}/>'


def arrow(start: Point, end: Point, color: str = GRAY) -> str:
    """An arrow."""
    turn = math.atan2(end[1] - start[1], end[0] - start[0])
    tips = [(end[0] - 7 * math.cos(turn + s), end[1] - 7 * math.sin(turn + s)) for s in (0.45, -0.45)]
    return line([start, end], color) + line([tips[0], end, tips[1]], color)


def text(x: float, y: float, text: str) -> str:
    """Words, centered."""
    return f'<text x="{x}" y="{y}" fill="{GRAY}" text-anchor="middle">{text}</text>'


def ring(x: float, y: float, r: float, *, dash: str = "3 3", color: str = GRAY) -> str:
    """A dashed circle."""
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="none" stroke="{color}" stroke-dasharray="{dash}"/>'


def around(x: float, y: float, radii: Sequence[float], color: str = GRAY) -> list[str]:
    """Five points around one, at these distances, joined to it."""
    places = [
        (x + r * math.cos(0.4 + 1.257 * k), y + r * math.sin(0.4 + 1.257 * k)) for k, r in enumerate(radii)
    ]
    return [line([(x, y), p], width=1) + dot(*p, color, r=3.5) for p in places]


def arc(x: float, y: float, r: float, *, start: float = math.pi, end: float = 2 * math.pi) -> list[Point]:
    """Points along an arc of a circle."""
    steps = [start + (end - start) * k / 24 for k in range(25)]
    return [(x + r * math.cos(t), y + r * math.sin(t)) for t in steps]
