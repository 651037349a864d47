"""Experiments of the papers beside their main tables: what was varied, and what came out of it."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dcviz.benchmarks.reproduction import RESULTS, measured, summary
from dcviz.data.dataset import DataError

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENTS = RESULTS.with_name("experiments.csv")
RATIOS = (0.1, 0.2, 0.3, 0.4, 0.5)
WRONG_CLUSTERS = (4, 6, 8, 10, 12, 14, 16)
LEVELS = {"imbalance": "imbalance ", "mismatch": "K "}
"""How the variants of an experiment begin; a number follows."""
STAGES = {
    ("dcss", "phase 1"): "AE + k-means",
    ("dcss", "phase 2"): "DCSS_u",
    ("dcss", "phase 3"): "DCSS",
    ("idec", "phase 2"): "IDEC",
}
"""What the phases of the trainings are called as methods; IDEC's first phase is another auto-encoder."""
ARMS = {"cdc": "CDC", "cces": "CCES"}


def imbalanced_rows(labels: np.ndarray, ratio: float, *, seed: int) -> np.ndarray:
    """Thin out classes unevenly: keep a point of class c with probability r + (1 - r) c / (C - 1).

    The first class keeps a share r, the last keeps all, those between lie on a line.

    Args:
        labels: (n,) classes 0 to C - 1.
        ratio: r, in (0, 1]; 1 keeps everything.
        seed: of the draw.

    Returns:
        Rows that stay, ascending.

    Raises:
        DataError: for a ratio outside (0, 1].

    Source: [DCSS, Fig. 7].
    """
    if not 0 < ratio <= 1:
        raise DataError(f"ratio must lie in (0, 1], got {ratio}: it is the share that the first class keeps")
    _, classes = np.unique(labels, return_inverse=True)
    last = max(1, int(classes.max()))
    kept = ratio + (1 - ratio) * classes / last
    return np.flatnonzero(np.random.default_rng(seed).random(len(classes)) < kept)


def levels(name: str, metric: str, file: Path = EXPERIMENTS) -> "pd.DataFrame":
    """Scores of an experiment over the number that was varied.

    Args:
        name: "imbalance" (level: r) or "mismatch" (level: K).
        metric: acc, nmi, ari, f1_macro or f1_micro.
        file: of benchmarks.experiments; without it the table is empty.

    Returns:
        One row a data set, method and level: mean, std, min, max, seeds, device, sorted by level.
    """
    frame = measured(file)
    start = LEVELS[name]
    frame = frame[frame["variant"].str.startswith(start) & (frame["metric"] == metric)]
    stages = [STAGES.get(pair, "") for pair in zip(frame["method"], frame["phase"], strict=True)]
    frame = frame[np.array(stages, dtype=str) != ""]
    devices = frame.groupby("dataset")["device"].agg(lambda names: ", ".join(sorted(set(names))))
    table = summary(frame)
    table["stage"] = [STAGES[pair] for pair in zip(table["method"], table["phase"], strict=True)]
    table["level"] = [float(text.removeprefix(start)) for text in table["variant"]]
    table["device"] = table["dataset"].map(devices)
    columns = ["dataset", "stage", "level", "mean", "std", "min", "max", "seeds", "device"]
    return table[columns].sort_values(["dataset", "stage", "level"]).reset_index(drop=True)


def arms(name: str, metric: str, file: Path = EXPERIMENTS) -> "pd.DataFrame":
    """Our scores of a method with parts left out, under the names that the paper prints.

    Args:
        name: "cdc" or "cces".
        metric: as in `levels`.
        file: of benchmarks.experiments.

    Returns:
        One row a data set and part: dataset, arm, mean, min, max, seeds, device.
    """
    frame = measured(file)
    frame = frame[(frame["method"] == name) & (frame["metric"] == metric)]
    pretrained = frame[(frame["variant"] == "AE*+L_DC") & (frame["phase"] == "phase 1")]
    ends = frame[(frame["phase"] != "phase 1") | (frame["variant"] == "AE+L_r")]
    import pandas as pd

    frame = pd.concat([ends, pretrained.assign(variant="AE+L_AE (=AE*)")])
    devices = frame.groupby("dataset")["device"].agg(lambda names: ", ".join(sorted(set(names))))
    table = summary(frame).rename(columns={"variant": "arm"})
    table["device"] = table["dataset"].map(devices)
    return table[["dataset", "arm", "mean", "min", "max", "seeds", "device"]]
