"""A figure as PNG, SVG or PDF, drawn by a Chromium of this machine through kaleido.

Plotly draws in a browser only. kaleido hands the figure to Chromium and takes the file back: one way for the
three kinds, and a PDF of lines and letters. Turning SVG into PDF by svglib or CairoSVG would spare nothing:
the SVG itself comes from a browser too.
"""

from __future__ import annotations

import importlib.util

import plotly.graph_objects as go

FORMATS = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}
WIDTH = 1000
HEIGHT = 420


class SavingError(ValueError):
    """A figure could not be saved here; says what is missing."""


def missing() -> str:
    """What this machine lacks to save figures, in one sentence; empty if nothing."""
    if importlib.util.find_spec("kaleido") is None:
        return "Saving as a file needs the package kaleido, which requirements.txt lists."
    from choreographer.browsers.chromium import Chromium

    if Chromium.find_browser(skip_local=False) is None:
        return (
            "Saving as a file needs Chromium or Chrome on the machine of the lab; none was found. The camera "
            "above the figure saves PNG and SVG in your own browser."
        )
    return ""


def figure_bytes(figure: go.Figure, kind: str) -> bytes:
    """Draw a figure into a file.

    Args:
        figure: from dcviz.figures.
        kind: one of FORMATS.

    Returns:
        The bytes of the file; PNG at twice the size, for screens and slides.

    Raises:
        SavingError: if kaleido or a browser is missing, or the browser fails.
        ValueError: for another kind.
    """
    if kind not in FORMATS:
        raise ValueError(f"A figure is saved as {', '.join(FORMATS)}, not as {kind!r}.")
    lacking = missing()
    if lacking:
        raise SavingError(lacking)
    height = figure.layout.height or HEIGHT
    try:
        return bytes(
            figure.to_image(format=kind, width=WIDTH, height=height, scale=2 if kind == "png" else 1)
        )
    except Exception as error:
        raise SavingError(f"Chromium could not draw the figure: {str(error)[:200]}") from error
