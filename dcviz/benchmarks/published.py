"""The published result tables, with our ids for methods and data sets and every score as a share."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "published"
COLUMNS = ("paper", "table", "dataset", "method", "metric", "value", "unit", "doubtful", "ocr_raw", "note")
METRICS = ("acc", "nmi", "ari", "f1_macro", "f1_micro")
UNITS = {"percent": 0.01, "fraction": 1.0}
METHODS = {
    "k-means": "kmeans", "K-means": "kmeans", "AE+k-means": "autoencoder",
    "DEC": "dec", "IDEC": "idec",
    "DCN": "dcn", "DKM": "dkm", "VaDE": "vade", "DynAE": "dynae", "R-DC": "rdc", "DCSS": "dcss",
    "DCSS_u": "dcss_u", "CDC (mean)": "cdc", "DECS": "decs", "CC": "cc", "CCES": "cces", "DDC-UCO": "ddc_uco",
    "PSSC": "pssc", "FINCH": "finch",
}  # fmt: skip
DATASETS = {
    "MNIST": "mnist", "Fashion-MNIST": "fashionmnist", "FMNIST": "fashionmnist", "USPS": "usps",
    "CIFAR-10": "cifar10", "CIFAR10": "cifar10", "CIFAR-100": "cifar100", "STL-10": "stl10",
    "PneumoniaMNIST": "pneumoniamnist", "BreastMNIST": "breastmnist", "BloodMNIST": "bloodmnist",
    "VesselMNIST3D": "vesselmnist3d",
}  # fmt: skip


ABLATIONS = {("R-DC", "8"), ("CDC", "3"), ("CCES", "4"), ("DCSS", "2"), ("DCSS", "4")}
"""Tables that take a method apart or build it into others; the rest compare methods."""


def published(folder: Path = FOLDER) -> "pd.DataFrame":
    """Every published agreement score, under our ids of methods and data sets where we have them.

    Values are shares in 0..1 (ARI may be below 0); `ablation` marks tables that compare parts; `printed` and
    `printed_method` keep the papers' words. They are reference lines, not acceptance tests:
    architectures, data preparation and epochs differ.

    Args:
        folder: of the .csv files.
    """
    import pandas as pd

    frame = raw(folder)
    frame["metric"] = frame["metric"].str.lower()
    frame["value"] = pd.to_numeric(frame["value"], errors="coerce")  # cells lost in print are empty
    known = frame["metric"].isin(METRICS) & frame["unit"].isin(UNITS) & frame["value"].notna()
    frame = frame[known]
    return pd.DataFrame(
        {
            "paper": frame["paper"],
            "table": frame["table"],
            "dataset": frame["dataset"].map(lambda name: DATASETS.get(name, name)),
            "method": frame["method"].map(lambda name: METHODS.get(name, name)),
            "metric": frame["metric"],
            "value": frame["value"] * frame["unit"].map(UNITS),
            "doubtful": frame["doubtful"].astype(str) == "1",
            "ablation": [pair in ABLATIONS for pair in zip(frame["paper"], frame["table"], strict=True)],
            "printed": frame["dataset"],
            "printed_method": frame["method"],
            "note": frame["note"],
        }
    ).reset_index(drop=True)


def runtimes(folder: Path = FOLDER) -> "pd.DataFrame":
    """R-DC's table of run times; its unit is lost in print, so only ratios within a data set count."""
    frame = raw(folder)
    frame = frame[frame["metric"] == "runtime"]
    return frame.assign(
        dataset=frame["dataset"].map(lambda name: DATASETS.get(name, name)),
        method=frame["method"].map(lambda name: METHODS.get(name, name)),
        value=frame["value"].astype(float),
    ).reset_index(drop=True)


def printed_tests(paper: str, folder: Path = FOLDER) -> "pd.DataFrame":
    """What a paper prints of its own Friedman and Nemenyi tests; empty where it prints none.

    Args:
        paper: as in the tables.
        folder: of the .csv files.

    Returns:
        method ("Friedman F_F" or "Nemenyi"), metric (acc, ... or cd), value, doubtful, note.
    """
    frame = raw(folder)
    frame = frame[(frame["paper"] == paper) & frame["method"].isin(("Friedman F_F", "Nemenyi"))]
    return frame.assign(metric=frame["metric"].str.lower(), value=frame["value"].astype(float))[
        ["method", "metric", "value", "doubtful", "note"]
    ].reset_index(drop=True)


def raw(folder: Path = FOLDER) -> "pd.DataFrame":
    """All tables as printed, one row a value."""
    import pandas as pd

    files = sorted(folder.glob("*.csv"))
    frames = [pd.read_csv(file, dtype=str, keep_default_na=False) for file in files]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))
