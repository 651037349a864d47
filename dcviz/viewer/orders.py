"""Who moved the cursor: the hand in the browser, or the page from Python.

A page usually passes in what it read from the address bar, and the address bar follows the viewer; so most
values that come in are echoes of what the viewer itself showed. Only a value that is neither what the page
passed before nor what the viewer showed is an order to move.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Any

from dcviz.geometry.filters import Thresholds
from dcviz.viewer.look import NO_LOOK, Look

ROUNDING = 1e-4
"""Relative difference that passes for the same value: the address bar keeps six digits."""


@dataclass(frozen=True)
class Orders:
    """The last order of the page to one viewer, and what tells an order from an echo.

    Args:
        run: id of the run shown; another one begins anew.
        count: number of the order; the browser obeys one that is new and names the last it obeyed.
        epoch: position ordered, None to stand at the last stored epoch.
        thresholds: thresholds ordered.
        passed: (epoch, thresholds) the page passed before.
        shown: (epoch, thresholds) the viewer showed before.
        look: looks ordered; `look_passed` and `look_shown` as above.
    """

    run: str = ""
    count: int = 0
    epoch: float | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    passed: tuple[float | None, Thresholds | None] = (None, None)
    shown: tuple[float | None, Thresholds | None] = (None, None)
    look: Look = NO_LOOK
    look_passed: Look = NO_LOOK
    look_shown: Look = NO_LOOK

    def follow(
        self, run: str, *, epoch: float | None, thresholds: Thresholds | None, look: Look | None = None
    ) -> "Orders":
        """The orders after the page ran again with these values; the count grows with an order."""
        passed, look = (epoch, thresholds), look or NO_LOOK
        if run != self.run:
            at = thresholds or Thresholds()
            return Orders(run, self.count + 1, epoch, at, passed, passed, look, look, look)
        move = epoch is not None and not any(_near(epoch, known[0]) for known in (self.passed, self.shown))
        turn = thresholds is not None and not any(
            _alike(thresholds, known[1]) for known in (self.passed, self.shown)
        )
        change = look.differs(self.look_passed, self.look_shown)
        if not (move or turn or change):
            return replace(self, passed=passed, look_passed=look)
        new_epoch = epoch if move else self.shown[0]
        new_thresholds = thresholds if turn and thresholds else self.shown[1] or self.thresholds
        return replace(
            self, count=self.count + 1, epoch=new_epoch, thresholds=new_thresholds, passed=passed,
            look=look if change else self.look_shown, look_passed=look,
        )  # fmt: skip

    def obeyed(self, view: Any) -> bool:
        """Tell whether a state from the browser was sent after the last order, for this run."""
        return view.get("run") == self.run and view.get("orders") == self.count

    def showing(self, epoch: float | None, thresholds: Thresholds, look: Look | None = None) -> "Orders":
        """Remember what the viewer shows."""
        return replace(self, shown=(epoch, thresholds), look_shown=look or self.look_shown)


def _near(a: float, b: float | None) -> bool:
    return b is not None and math.isclose(a, b, rel_tol=ROUNDING, abs_tol=1e-9)


def _alike(a: Thresholds, b: Thresholds | None) -> bool:
    return (
        b is not None
        and (a.M, a.reading) == (b.M, b.reading)
        and _near(a.lambda_ratio, b.lambda_ratio)
        and _near(a.tau_distance, b.tau_distance)
    )
