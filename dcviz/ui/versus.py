"""Comparing moments of runs: who is compared, what differs in how they were made, who changed sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dcviz.exchange import beside
from dcviz.exchange.beside import Difference, same_points, settings_that_differ
from dcviz.geometry.thresholds import Thresholds
from dcviz.runs import Run
from dcviz.ui import cached
from dcviz.viewer import ViewState

__all__ = ["Difference", "same_points", "settings_that_differ"]
_remember = st.cache_data(show_spinner=False, max_entries=32)


@dataclass(frozen=True)
class Side:
    """One of the moments compared: a run, where its viewer stands, and its name in legends."""

    run: Run
    seen: ViewState
    name: str

    @property
    def key(self) -> str:
        """Of the stored epoch all numbers belong to."""
        return str(self.seen.key)

    @property
    def identity(self) -> tuple[str, str]:
        """What results are remembered by."""
        return cached.identity(self.run), self.key


def difference(first: Side, second: Side) -> Difference:
    """Lay the second moment onto the first (Procrustes, scaled) and measure what is left over.

    The latents are compared in all their dimensions; fewer dimensions are filled up with zeros.
    """
    return laid_onto(first.run, first.key, second.run, second.key)


def laid_onto(first: Run, first_key: str, second: Run, second_key: str) -> Difference:
    """The same, of a stored epoch of each of two runs."""
    a, b = (cached.identity(first), first_key), (cached.identity(second), second_key)
    return _difference(first, second, a, b, first_key, second_key)


@_remember
def _difference(_a: Run, _b: Run, a: tuple, b: tuple, key_a: str, key_b: str) -> Difference:
    return beside.difference(_a, key_a, _b, key_b)


def crossing(first: Side, second: Side) -> pd.DataFrame:
    """One row a point: core in the first moment, core in the second, each at the thresholds of its side."""
    return _crossing(
        first.run, second.run, first.identity, second.identity, first.key, second.key,
        astuple(first.seen.thresholds), astuple(second.seen.thresholds),
    )  # fmt: skip


@_remember
def _crossing(
    _a: Run, _b: Run, a: tuple, b: tuple, key_a: str, key_b: str, at_a: tuple, at_b: tuple
) -> pd.DataFrame:
    return beside.crossing(_a, key_a, Thresholds(*at_a), _b, key_b, Thresholds(*at_b))


def seeds_of(run: Run, shelf: Sequence[Run]) -> list[Run]:
    """Runs that differ from this one in the seed alone, itself included."""

    def made(each: Run) -> Any:
        spec = each.spec
        return tuple(
            repr(spec.get(name)) for name in ("method", "dataset", "dataset_options", "settings", "phases")
        )

    return [each for each in shelf if made(each) == made(run) and each.epochs()]
