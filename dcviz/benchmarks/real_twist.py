"""Feature Twist on real latents, as measured by benchmarks/real_twist.py: read, averaged, judged."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "real_twist.csv"
FIRST = "first phase"
FORMER = RESULTS.with_name("real_twist_moment.csv")
COLUMNS = (
    *("id", "lid", "lid_released", "curvature", "purity", "purity_core", "purity_filtered", "acc"),
    *("rotation", "stretch", "tear", "overlap"),
)


def real_twist(path: Path = RESULTS) -> pd.DataFrame:
    """Read the measured rows: dataset, arm, seed, epoch and scores; empty if the file is not there.

    A training that was run again is taken as it was last: its epochs begin anew in the table.
    """
    if not path.exists():
        return pd.DataFrame()
    rows = pd.read_csv(path)
    training = ["dataset", "arm", "seed"]
    begins = rows.groupby(training)["epoch"].diff().le(0)
    number = begins.groupby([rows[name] for name in training]).cumsum()
    last = number.groupby([rows[name] for name in training]).transform("max")
    return rows[number == last].reset_index(drop=True)


def first_phase(path: Path = RESULTS, former: Path = FORMER) -> pd.DataFrame:
    """The rows of the first phase, from the former table where the present one began at kept first phases.

    The two differ in `core_image` alone, which no first phase reads.
    """
    for file in (path, former):
        rows = real_twist(file)
        rows = rows[rows["arm"] == FIRST] if len(rows) else rows
        if len(rows):
            return rows.reset_index(drop=True)
    return pd.DataFrame()


def spread_over_seeds(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean, least and largest of a column over the seeds of every arm and epoch.

    Moments that only some seeds reached are left out: there the mean is one of other seeds.
    """
    grouped = rows.dropna(subset=[column]).groupby(["arm", "epoch"])[column]
    found = grouped.agg(["mean", "min", "max", "count"]).reset_index()
    full = found.groupby("arm")["count"].transform("max")
    return found[found["count"] == full].reset_index(drop=True)


def ends(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean over seeds of COLUMNS at the switch and, for every arm, at each seed's last moment."""
    second = rows[rows["arm"] != FIRST].sort_values("epoch")
    names = [name for name in COLUMNS if name in rows.columns]
    last = second.groupby(["arm", "seed"])[names].last().groupby("arm").mean()
    switch = second.groupby(["arm", "seed"])[names].first().groupby("arm").mean().mean()
    return pd.concat([pd.DataFrame([switch], index=["switch"]), last])


def verdicts(rows: pd.DataFrame) -> dict[str, bool]:
    """What the figures of R-DC's paper say, and whether the measured means say it too.

    Returns:
        Sentence -> whether it holds here.
    """
    at = ends(rows)
    switch, dec, rdc = at.loc["switch"], at.loc["dec"], at.loc["rdc"]
    return {
        "DEC loses more neighborhoods of one kind than R-DC": rdc["purity"] > dec["purity"],
        "R-DC keeps more of the neighbors themselves": rdc["overlap"] > dec["overlap"],
        "the second phase lowers the LID": max(dec["lid"], rdc["lid"]) < switch["lid"],
        "R-DC lowers the ID": rdc["id"] < switch["id"],
        "LID exceeds ID before the switch (curved latents)": switch["curvature"] > 0,
        "R-DC lowers the curvature LID − ID": rdc["curvature"] < switch["curvature"],
        "filtering raises the share of true neighbors by more than one point": (
            rdc["purity_filtered"] - rdc["purity_core"] > 0.01
        ),
    }
