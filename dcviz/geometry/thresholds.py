"""The settings of the dual filter: three numbers and how the second one is read."""

from dataclasses import dataclass

READINGS = ("paper", "released code", "relative")
"""The three readings of the second filter, named as the pages name them."""


@dataclass(frozen=True)
class Thresholds:
    """The three numbers of the dual filter, and how the second one is read.

    Args:
        M: neighbors looked at, at least 1.
        lambda_ratio: core if D_1 / D_M exceeds it; in [0, 1].
        tau_distance: reliable if the gap is below it; at least 0; unit of the latents (no unit if relative).
        reading: one of READINGS.

    Raises:
        ValueError: if a value lies outside its range.

    Source: [RDC, Eq. 4-10].
    """

    M: int = 5
    lambda_ratio: float = 0.6
    tau_distance: float = 0.6
    reading: str = "paper"

    def __post_init__(self) -> None:
        if self.M < 1:
            raise ValueError(f"M must be at least 1 neighbor, got {self.M}.")
        check_ratio(self.lambda_ratio)
        check_tau(self.tau_distance)
        check_reading(self.reading)


def check_ratio(ratio: float) -> None:
    """Refuse a lambda_ratio outside [0, 1] with a ValueError."""
    if not 0 <= ratio <= 1:
        raise ValueError(
            f"lambda_ratio must lie in [0, 1], got {ratio}. At 0 every point is core, at 1 none."
        )


def check_tau(tau_distance: float) -> None:
    """Refuse a negative or missing tau_distance with a ValueError."""
    if not tau_distance >= 0:
        raise ValueError(f"tau_distance must be 0 or more (a distance), got {tau_distance}.")


def check_reading(reading: str) -> None:
    """Refuse an unknown reading of the second filter with a ValueError."""
    if reading not in READINGS:
        raise ValueError(f"reading must be one of {', '.join(map(repr, READINGS))}, got {reading!r}.")
