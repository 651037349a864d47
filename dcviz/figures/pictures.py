"""The small pictures of the glossary, as SVG text. Marks have colors that show on light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Callable

from . import style
from .svg import GRAY, A, B, arc, around, arrow, dot, line, ring, text

WIDTH, HEIGHT = 220, 110


def picture(name: str) -> str:
    """The picture of a term of the glossary.

    Args:
        name: id of the term.

    Returns:
        SVG text with a transparent background.

    Raises:
        KeyError: if no picture was drawn for it.
    """
    body = "".join(_PICTURES[name]())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="11">{body}</svg>'
    )


def names() -> tuple[str, ...]:
    """Terms that have a picture."""
    return tuple(_PICTURES)


def _reconstruction() -> list[str]:
    boxes = [(20, 20, 70), (100, 42, 26), (180, 20, 70)]
    bars = [
        f'<rect x="{x}" y="{y}" width="18" height="{h}" fill="{A if h < 30 else GRAY}"/>' for x, y, h in boxes
    ]
    return [
        *bars,
        arrow((46, 55), (92, 55)),
        arrow((126, 55), (172, 55)),
        text(29, 106, "x"),
        text(109, 106, "z"),
        text(189, 106, "x̂"),
    ]


def _switch() -> list[str]:
    return [
        line([(10, 70), (110, 70)], A, width=10),
        line([(110, 70), (210, 70)], B, width=10, dash="6 2"),
        line([(110, 78), (110, 20), (132, 28), (110, 36)], GRAY),
        text(60, 100, "rebuild"),
        text(160, 100, "cluster"),
    ]


def _core() -> list[str]:
    return [
        *around(60, 50, (30, 33, 31, 34, 32)),
        dot(60, 50),
        *around(160, 50, (8, 34, 36, 33, 35)),
        dot(160, 50, B, ring=True),
        text(60, 104, "core"),
        text(160, 104, "border"),
    ]


def _reliable() -> list[str]:
    inside = around(110, 55, (22, 26, 27), A)
    return [
        ring(110, 55, 32),
        *inside,
        dot(110, 55, B),
        dot(165, 30, GRAY, ring=True, r=4),
        dot(60, 90, GRAY, ring=True, r=4),
        text(190, 100, "τ"),
    ]


def _law() -> list[str]:
    curves = []
    for m, color in ((2, B), (6, A)):
        share = [(k / 40, (1 - (k / 40) ** m) ** 4) for k in range(41)]
        curves.append(line([(20 + 170 * x, 90 - 75 * y) for x, y in share], color))
    return [
        line([(20, 10), (20, 90), (195, 90)]),
        *curves,
        text(108, 106, "λ"),
        text(78, 60, "m=2"),
        text(172, 40, "m=6"),
    ]


def _purity() -> list[str]:
    marks = around(110, 52, (34, 36, 35, 33), A)
    return [
        *marks,
        line([(110, 52), (123, 21)], width=1),
        dot(123, 21, B, r=3.5),
        dot(110, 52),
        text(110, 106, "4 of 5 = 0.80"),
    ]


def _id() -> list[str]:
    return [
        ring(110, 55, 20),
        ring(110, 55, 44),
        dot(110, 55),
        dot(124, 41, B, r=4),
        dot(70, 37, B, r=4),
        text(142, 44, "D₁"),
        text(52, 32, "D₂"),
    ]


def _lid() -> list[str]:
    look = f'fill="none" stroke="{A}" stroke-width="2" transform="rotate(-15 110 55)"'
    turned = f'<ellipse cx="110" cy="55" rx="70" ry="22" {look}/>'
    return [
        turned,
        arrow((110, 55), (176, 37), B),
        arrow((110, 55), (104, 34), B),
        text(190, 32, "v₁"),
        text(95, 28, "v₂"),
    ]


def _curvature() -> list[str]:
    frame = (
        f'<rect x="48" y="24" width="124" height="64" fill="none" stroke="{GRAY}" stroke-dasharray="3 3"/>'
    )
    return [frame, line(arc(110, 86, 60), A, width=4), text(110, 104, "1 dimension, 2 axes")]


def _ft() -> list[str]:
    dots = [dot(62 + 3 * k, 48 - 4 * (k % 3), B, r=3.5) for k in range(6)]
    return [
        line([(20, 60), (200, 60)]),
        *dots,
        text(70, 82, "−1"),
        text(180, 82, "0"),
        line([(70, 56), (70, 64)]),
        line([(180, 56), (180, 64)]),
    ]


def _twist() -> list[str]:
    loop = [
        (200 - 5 * t + 26 * math.sin(t * 0.9), 55 + 26 * math.cos(t * 0.45))
        for t in [k / 4 for k in range(57)]
    ]
    return [line(arc(50, 78, 34), A, width=5), arrow((92, 55), (118, 55)), line(loop, B, width=5)]


def _flipped() -> list[str]:
    one, two = [(30, 85), (90, 85), (48, 25), (30, 85)], [(190, 85), (130, 85), (172, 25), (190, 85)]
    corners = [
        text(24, 98, "1"),
        text(96, 98, "2"),
        text(48, 20, "3"),
        text(196, 98, "1"),
        text(124, 98, "2"),
        text(172, 20, "3"),
    ]
    return [line(one, A), line(two, B, dash="5 3"), *corners]


def _crossings() -> list[str]:
    before = [line([(25, 30), (90, 30)], A), line([(25, 80), (90, 80)], A)]
    after = [line([(130, 30), (195, 80)], B), line([(130, 80), (195, 30)], B)]
    return [*before, *after, dot(162.5, 55, GRAY, ring=True, r=8)]


def _rotation() -> list[str]:
    places = [(x, y) for x in (30, 60, 90) for y in (30, 60, 90)]
    same = [arrow((x - 8, y), (x + 8, y), A) for x, y in places]
    turns = [0.3, 2.1, 4.4, 1.2, 5.5, 3.3, 0.9, 2.8, 5.0]
    mixed = [
        arrow(
            (x + 100 - 8 * math.cos(t), y - 8 * math.sin(t)),
            (x + 100 + 8 * math.cos(t), y + 8 * math.sin(t)),
            B,
        )
        for (x, y), t in zip(places, turns, strict=True)
    ]
    return [*same, *mixed]


def _movement() -> list[str]:
    now = [(x + 4, y + 9 * math.sin(x / 14)) for x, y in arc(110, 85, 62)]
    return [line(arc(110, 85, 62), A, width=3), line(now, B, width=3, dash="5 3")]


def _acc() -> list[str]:
    pairs = ((50, 110), (110, 170), (170, 50))
    lines = [line([(a, 34), (b, 78)]) for a, b in pairs]
    return [
        *lines,
        *(dot(x, 28, c, r=8) for x, c in ((50, A), (110, B), (170, style.GREEN))),
        *(dot(x, 84, c, ring=True, r=8) for x, c in ((110, A), (170, B), (50, style.GREEN))),
    ]


def _seed() -> list[str]:
    die = f'<rect x="20" y="30" width="50" height="50" rx="8" fill="none" stroke="{GRAY}" stroke-width="2"/>'
    pips = [dot(x, y, GRAY, r=4) for x, y in ((33, 43), (57, 67), (45, 55))]
    waves = [[(95 + 2.2 * k, y + 14 * math.sin(k / f)) for k in range(50)] for y, f in ((35, 6.0), (80, 4.0))]
    return [die, *pips, line(waves[0], A), line(waves[1], B)]


def _dec() -> list[str]:
    left, right = [(30, 30), (40, 85), (85, 25)], [(140, 85), (190, 30), (195, 80)]
    pulled = [arrow(p, ((p[0] + 2 * 60) / 3, (p[1] + 2 * 56) / 3), A) + dot(*p, A, r=4) for p in left]
    others = [arrow(p, ((p[0] + 2 * 165) / 3, (p[1] + 2 * 56) / 3), B) + dot(*p, B, r=4) for p in right]
    return [*pulled, *others, text(60, 60, "✚"), text(165, 60, "✚")]


def _rdc() -> list[str]:
    near = [(135, 30), (150, 60), (125, 75)]
    return [
        *(dot(*p, A, r=4) for p in near),
        arrow((75, 52), (128, 54), B),
        dot(75, 52, B),
        dot(137, 55, GRAY, ring=True, r=5),
        dot(35, 95, GRAY, ring=True, r=4),
    ]


_PICTURES: dict[str, Callable[[], list[str]]] = {
    "reconstruction": _reconstruction, "switch": _switch, "core": _core, "reliable": _reliable, "law": _law,
    "purity": _purity, "id": _id, "lid": _lid, "curvature": _curvature, "ft": _ft, "twist": _twist,
    "flipped": _flipped, "crossings": _crossings, "rotation": _rotation, "movement": _movement, "acc": _acc,
    "seed": _seed, "dec": _dec, "rdc": _rdc,
}  # fmt: skip
