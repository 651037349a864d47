"""Our own measured scores, seed by seed, and how they stand beside the published ones."""

from pathlib import Path
from typing import TYPE_CHECKING

from dcviz.data.dataset import DataError

if TYPE_CHECKING:
    import pandas as pd

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results" / "reproduction.csv"
ABLATION, SENSITIVITY = RESULTS.with_name("ablation.csv"), RESULTS.with_name("sensitivity.csv")
ROBUSTNESS = RESULTS.with_name("robustness.csv")
COLUMNS = (
    "method", "dataset", "phase", "variant", "metric", "value", "seed", "epochs", "settings_hash", "device",
    "date", "version", "seconds",
)  # fmt: skip
NUMBERS = ("value", "seed", "epochs", "seconds")
CELL = ["method", "dataset", "variant", "phase", "metric"]
LAST = 99
MOMENT = frozenset(
    ("1f91aaee98dd", "3861119e25dd", "abd82d38ea77", "a97ae46d56da", "05b488c0069d", "d0a70cc0fa9a",
     "f6da5ad4a776")
)  # fmt: skip
"""Settings of R-DC's rows from when core_image=moment, the printed equation, was the default."""


def measured(file: Path = RESULTS) -> "pd.DataFrame":
    """Our measurements as they were appended, one row a method, data set, phase, seed and metric.

    Args:
        file: of benchmarks.reproduce; without it the table is empty.

    Raises:
        DataError: if the file lacks a column or holds text for a number, with the row.
    """
    return _read(file, COLUMNS, NUMBERS)


def branched(file: Path) -> "pd.DataFrame":
    """Scores of branches from kept first phases: benchmarks/results/ablation.csv or sensitivity.csv.

    Returns:
        One row a branch: dataset, what varied (arm, or lambda_ratio and tau_distance), seed, epochs, scores.
        Where a branch was run again with newer defaults, the later row stands for it.

    Raises:
        DataError: as `measured`.
    """
    arms = file.name.startswith("ablation")
    varied = ("arm",) if arms else ("lambda_ratio", "tau_distance")
    numbers = (*(() if arms else varied), "seed", "epochs", "acc", "nmi", "ari", "f1_macro", "majority")
    frame = _read(file, ("dataset", *varied, *dict.fromkeys(numbers), "device", "date"), numbers)
    return frame.drop_duplicates(["dataset", *varied, "seed"], keep="last", ignore_index=True)


def _read(file: Path, columns: tuple[str, ...], numbers: tuple[str, ...]) -> "pd.DataFrame":
    import pandas as pd

    columns = tuple(dict.fromkeys(columns))
    if not file.exists():
        return pd.DataFrame({name: pd.Series(dtype=float if name in numbers else str) for name in columns})
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise DataError(f"{file.name} lacks the column {missing[0]}; it needs {', '.join(columns)}")
    for name in numbers:
        found = pd.to_numeric(frame[name], errors="coerce")
        if found.isna().any():
            row = int(found.isna().argmax())
            raise DataError(f"{file.name}, line {row + 2}: {name} is {frame[name].iloc[row]!r}, no number")
        frame[name] = found
    return frame[list(columns)]


def summary(frame: "pd.DataFrame") -> "pd.DataFrame":
    """One row a cell of the benchmark: mean, standard deviation (n - 1), least, largest, number of seeds.

    Of several runs of one seed (other settings, a newer version) the last one counts.
    """
    latest = frame.drop_duplicates([*CELL, "seed"], keep="last")
    grouped = latest.groupby(CELL, sort=False)["value"]
    table = grouped.agg(["mean", "std", "min", "max", "count"]).rename(columns={"count": "seeds"})
    return table.reset_index()


def before_the_cure(frame: "pd.DataFrame", dataset: str) -> bool:
    """Whether R-DC's rows of a data set, by whatever settings they count now, are from its former default.

    Args:
        frame: from `measured`.
        dataset: our id.
    """
    plain = ((frame["method"] == "rdc") & (frame["dataset"] == dataset)).to_numpy()
    latest = frame[plain].drop_duplicates([*CELL, "seed"], keep="last")
    return bool(latest["settings_hash"].isin(MOMENT).any())


def by_noise(frame: "pd.DataFrame", metric: str) -> "pd.DataFrame":
    """Scores at the end against the noise in standardized inputs, from rows of benchmarks.robustness.

    Args:
        frame: from `measured` of robustness.csv; the variant says the noise, "noise 0.1".
        metric: acc, nmi, ari, f1_macro or f1_micro.

    Returns:
        One row a method, data set and level: mean, std, min, max, seeds, and the level as the number `noise`.
    """
    table = summary(final_phase(frame)) if len(frame) else summary(frame)
    found = table["variant"].str.extract(r"^noise ([0-9.]+)$")[0] if len(table) else table["variant"]
    table = table.assign(noise=found.astype(float))
    kept = table[(table["metric"] == metric) & table["noise"].notna()]
    return kept.sort_values(["dataset", "method", "noise"]).reset_index(drop=True)


def final_phase(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Keep the rows of the last phase of each method: what a published score is to be held against."""
    place = frame["phase"].map(phase_number)
    last = place.groupby([frame["method"], frame["dataset"], frame["variant"]]).transform("max")
    return frame[place == last]


def phase_number(phase: str) -> int:
    """Which phase of its method "phase 2" is; LAST for "final", the only one."""
    number = phase.rpartition(" ")[2]
    return int(number) if number.isdigit() else LAST


def beside(frame: "pd.DataFrame", reference: "pd.DataFrame", *, dataset: str, metric: str) -> "pd.DataFrame":
    """Our score and the published ones of every method on one data set.

    Args:
        frame: from `measured`.
        reference: from `published`.
        dataset: our id.
        metric: acc, nmi, ari, f1_macro or f1_micro.

    Returns:
        One row a method (and variant of ours): mean, std, min, max, seeds and phase of ours, and one column a
        paper with its printed value; missing ones are NaN. Methods are sorted by the best of their values,
        variants of one by their mean with the default first.
    """
    ours = summary(final_phase(frame)) if len(frame) else summary(frame)
    ours = ours[(ours["dataset"] == dataset) & (ours["metric"] == metric)]
    ours = ours[["method", "variant", "mean", "std", "min", "max", "seeds", "phase"]]
    theirs = reference[(reference["dataset"] == dataset) & (reference["metric"] == metric)]
    theirs = theirs[~theirs["ablation"]]
    theirs = theirs.drop_duplicates(["paper", "method"], keep="first")
    wide = theirs.pivot(index="method", columns="paper", values="value")
    joined = ours.merge(wide, how="outer", left_on="method", right_index=True).reset_index(drop=True)
    papers = [name for name in joined.columns if name in set(theirs["paper"])]
    best = joined[["mean", *papers]].max(axis=1).groupby(joined["method"]).transform("max")
    order = joined.assign(best=best, named=joined["variant"] != "default")
    order = order.sort_values(["best", "method", "named", "mean"], ascending=[False, True, True, False])
    return joined.loc[order.index].reset_index(drop=True)


def score_matrix(
    reference: "pd.DataFrame", *, paper: str, metric: str, datasets: list[str] | None = None
) -> "pd.DataFrame":
    """Data sets by methods of one paper, complete: what Friedman's test takes.

    Methods that lack a score on one of the data sets are left out.

    Raises:
        DataError: if fewer than 3 methods or 2 data sets remain.
    """
    chosen = reference[(reference["paper"] == paper) & (reference["metric"] == metric)]
    chosen = chosen[~chosen["ablation"]]
    if datasets is not None:
        chosen = chosen[chosen["dataset"].isin(datasets)]
    chosen = chosen.drop_duplicates(["dataset", "method"], keep="first")
    wide = chosen.pivot(index="dataset", columns="method", values="value").dropna(axis=1)
    return _enough(wide, f"{paper}, {metric}")


def own_matrix(frame: "pd.DataFrame", metric: str) -> "pd.DataFrame":
    """Data sets by methods of our own means over seeds, complete: what Friedman's test takes.

    Data sets with fewer than three methods are left out first, then methods that lack one of the others.

    Args:
        frame: from `measured`; variants other than "default" are left out.
        metric: acc, nmi, ari, f1_macro or f1_micro.

    Raises:
        DataError: if fewer than 3 methods or 2 data sets remain.
    """
    frame = frame[(frame["variant"] == "default") & (frame["metric"] == metric)]
    table = summary(final_phase(frame)) if len(frame) else summary(frame)
    wide = table.pivot(index="dataset", columns="method", values="mean")
    return _enough(wide[wide.notna().sum(axis=1) >= 3].dropna(axis=1), f"measured here, {metric}")


def _enough(wide: "pd.DataFrame", what: str) -> "pd.DataFrame":
    if wide.shape[0] < 2 or wide.shape[1] < 3:
        raise DataError(
            f"{what}: {wide.shape[0]} data sets and {wide.shape[1]} methods with all scores; at "
            "least 2 data sets and 3 methods are needed: choose fewer data sets"
        )
    return wide
