"""Runs of this machine as rows of the benchmark: scores at the end of each phase, as `reproduce` has them."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Any

from dcviz.benchmarks.published import METRICS
from dcviz.benchmarks.reproduction import COLUMNS
from dcviz.data.catalog import DATASETS
from dcviz.runs import Run
from dcviz.runs.metrics import Epoch
from models.catalog import METHODS, called, resolve_preset
from models.settings import SettingError

if TYPE_CHECKING:
    import pandas as pd

TOLD = 1
"""Own settings named in the variant of a run; more have a number and a mark, for figures on a phone."""


def run_rows(runs: Iterable[Run]) -> "pd.DataFrame":
    """One row a run, ended phase and metric; runs without labels or that never ended are left out.

    Args:
        runs: of any kind; imported latents have no method to compare and are left out too.

    Returns:
        The columns of the reproduction table and `run`, its id.
    """
    import pandas as pd

    rows = [row for run in runs if _counts(run) for row in _rows(run)]
    return pd.DataFrame(rows, columns=[*COLUMNS, "run"])


def sweep(runs: Iterable[Run], parent: str, names: tuple[str, str], metric: str) -> "pd.DataFrame":
    """What branches of one run gave for other values of two settings, at their last epoch.

    Args:
        runs: all runs.
        parent: id of the run they branch from; all from one checkpoint differ in nothing else.
        names: of two settings.
        metric: a stored score.

    Returns:
        One row a branch: the two settings, the score, the run's id.
    """
    import pandas as pd

    rows = []
    for run in runs:
        settings, epochs = run.spec.get("settings") or {}, run.epochs()
        ours = (run.spec.get("parent") or {}).get("id") == parent
        if (
            ours
            and epochs
            and run.status()["state"] == "finished"
            and all(name in settings for name in names)
        ):
            rows.append([*(float(settings[name]) for name in names), epochs[-1].scores.get(metric), run.id])
    return pd.DataFrame(rows, columns=[*names, metric, "run"]).dropna()


def _counts(run: Run) -> bool:
    spec = run.spec
    trained = bool(spec.get("settings")) and not spec.get("source") and not spec.get("parent")
    return not run.broken and trained and run.status()["state"] == "finished" and bool(run.epochs())


def _rows(run: Run) -> Iterable[list[Any]]:
    spec, end = run.spec, 0.0
    lengths = [(str(name), int(length)) for name, length in spec.get("phases") or []]
    seconds = 0.0
    for index, (_, length) in enumerate(lengths):
        kept = [e.seconds or 0 for e in run.epochs() if end < e.position <= end + length]
        seconds += length * sum(kept) / max(1, len(kept))  # epochs that were not kept took their time too
        end += length
        epoch = next((epoch for epoch in run.epochs() if epoch.position == end), None)
        if epoch is None or length == 0:
            continue
        phase = f"phase {index + 1}" if len(lengths) > 1 else "final"
        for metric in METRICS:
            if epoch.scores.get(metric) is not None:
                yield _row(spec, phase, metric, epoch, seconds, run.id)


def _row(
    spec: Mapping[str, Any], phase: str, metric: str, epoch: Epoch, seconds: float, run: str
) -> list[Any]:
    settings = dumps(spec["settings"], sort_keys=True, default=str)
    version = (spec.get("versions") or {}).get("dcviz", "?")
    return [
        _method(spec), spec["dataset"], phase, variant_of(spec), metric, epoch.scores[metric],
        spec.get("seed", 0), epoch.epoch, sha256(settings.encode()).hexdigest()[:12],
        spec.get("device") or "",
        str(spec.get("created", ""))[:10], f"dcviz {version}", round(seconds, 1), run,
    ]  # fmt: skip


def _method(spec: Mapping[str, Any]) -> str:
    """The method's id, or the name of the variant that the settings make of it."""
    method = str(spec["method"])
    name = called(method, spec["settings"]) if method in METHODS else method
    return method if method not in METHODS or name == METHODS[method].title else name


def variant_of(spec: Mapping[str, Any]) -> str:
    """The preset, how many points where that is a part of the data set only, and choices of its own."""
    entry, n = DATASETS.get(str(spec["dataset"])), int(spec.get("n") or 0)
    part = entry is not None and entry.kind != "toy" and n < entry.n
    own = [f"{name}={value}" for name, value in (own_options(spec) | own_settings(spec)).items()]
    mark = sha256(" ".join(sorted(own)).encode()).hexdigest()[:3]  # others with as many stand apart
    told = own if len(own) <= TOLD else [f"{len(own)} own settings, {mark}"]
    return ", ".join([str(spec.get("preset") or ""), *([f"{n:,} points"] if part else []), *told])


def own_options(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Options of the data that differ from those of the catalog; the number of points is told apart."""
    entry, given = DATASETS.get(str(spec["dataset"])), spec.get("dataset_options") or {}
    usual = {option.name: option.default for option in entry.options} if entry else {}
    return {
        f"data {name}": given[name]
        for name, default in usual.items()
        if name != "n" and given.get(name, default) != default
    }


def own_settings(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a run that differ from those of its preset, K from the number of classes.

    Settings that came after a run are not among its own.
    """
    settings, shape = spec.get("settings") or {}, spec.get("image_shape")
    if spec.get("method") not in METHODS or not spec.get("preset") or not spec.get("input_dim"):
        return {}
    clusters = len(spec.get("class_names") or ()) or settings.get("clusters")
    try:
        _, usual = resolve_preset(
            spec["method"], n=int(spec["n"]), input_dim=int(spec["input_dim"]),
            image_shape=tuple(shape) if shape else None, clusters=clusters, preset=spec["preset"],
        )  # fmt: skip
    except SettingError:
        return {}  # the preset has another name today
    return {name: value for name, value in settings.items() if value != getattr(usual, name, value)}
