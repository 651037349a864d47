"""A run into an MLflow tracking store: settings as parameters, losses and scores as metrics over epochs."""

import importlib.util
import math
from pathlib import Path
from typing import Any

from dcviz.data.dataset import DataError
from dcviz.runs import Run

EXPERIMENT = "dcviz"
BLOCK = 500
"""Metrics a call; MLflow takes at most 1,000."""


def write_tracking(run: Run, uri: str) -> str:
    """Log a run once, with the times its epochs were stored at.

    Steps are whole epochs; snapshots inside an epoch have no whole number and are left out, as are scores
    without a value. Latents stay in the run folder, which a tag names.

    Args:
        run: any run.
        uri: of the store: http://host:5000, or sqlite:///tracking.db where the whole mlflow is installed.

    Returns:
        MLflow's id of the new run.

    Raises:
        DataError: without the package, or if the store cannot be reached.
    """
    if importlib.util.find_spec("mlflow") is None:
        raise DataError(
            "an MLflow store needs the package mlflow-skinny: python -m pip install mlflow-skinny"
        )
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        client = MlflowClient(tracking_uri=uri)
        found = client.get_experiment_by_name(EXPERIMENT)
        experiment = found.experiment_id if found else client.create_experiment(EXPERIMENT)
        started = [int(1000 * each[1]) for each in _numbers(run)]
        made = client.create_run(experiment, start_time=min(started, default=None), run_name=run.name)
        logged = made.info.run_id
        _log(client, logged, run)
        client.set_terminated(logged, end_time=max(started, default=None))
    except (MlflowException, OSError, ImportError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0][:300]
        raise DataError(f"the MLflow store {uri} took no run: {first}") from None
    return str(logged)


def parameters(run: Run) -> dict[str, str]:
    """What the run was asked to do, as text; settings by their names."""
    told = {name: run.spec.get(name) for name in ("method", "dataset", "seed", "preset", "n", "latent_dim")}
    told |= {f"data.{name}": value for name, value in (run.spec.get("dataset_options") or {}).items()}
    told |= {f"thresholds.{name}": value for name, value in (run.spec.get("thresholds") or {}).items()}
    told |= run.spec.get("settings") or {}
    return {name: str(value) for name, value in told.items() if value is not None}


def _numbers(run: Run) -> list[tuple[int, float, dict[str, float]]]:
    """(epoch, seconds since 1970, its losses and scores) of each whole epoch."""
    rows = []
    for epoch in run.epochs():
        named = {f"loss.{name}": value for name, value in epoch.losses.items()} | epoch.scores
        kept = {
            name: float(value)
            for name, value in named.items()
            if isinstance(value, int | float) and math.isfinite(value)
        }
        if not epoch.batch:
            rows.append((epoch.epoch, epoch.time or 0.0, kept))
    return rows


def _log(client: Any, logged: str, run: Run) -> None:
    from mlflow.entities import Metric, Param, RunTag

    params = [Param(name, value) for name, value in parameters(run).items()]
    tags = [RunTag("dcviz.run", run.id), RunTag("dcviz.folder", str(Path(run.path).resolve()))]
    client.log_batch(logged, params=params, tags=tags)
    metrics = [
        Metric(name, value, int(1000 * seconds), step)
        for step, seconds, named in _numbers(run)
        for name, value in named.items()
    ]
    for start in range(0, len(metrics), BLOCK):
        client.log_batch(logged, metrics=metrics[start : start + BLOCK])
