"""A run into an MLflow store, read back by MLflow's own client. Needs mlflow (requirements-optional.txt)."""

import importlib.util

import pytest

from dcviz.__main__ import main
from dcviz.data.dataset import DataError
from dcviz.exchange.tracking_out import parameters, write_tracking

needs_mlflow = pytest.mark.skipif(
    importlib.util.find_spec("mlflow") is None, reason="mlflow is not installed (requirements-optional.txt)"
)


def test_settings_are_parameters_as_text(tiny_store) -> None:
    run = tiny_store.list()[0]
    told = parameters(run)
    assert told["method"] == run.spec["method"]
    assert told["batch_size"] == "64"
    assert told["data.n"] == "120"
    assert told["thresholds.M"] == "5"


def test_without_the_package_the_way_out_is_named(tiny_store, monkeypatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install mlflow-skinny"):
        write_tracking(tiny_store.list()[0], "http://localhost:1")


@needs_mlflow
def test_every_whole_epoch_is_a_step(tiny_store, tmp_path, capsys) -> None:
    from mlflow.tracking import MlflowClient

    run, uri = tiny_store.list()[0], f"sqlite:///{tmp_path}/tracking.db"
    assert main(["export", run.id, uri]) == 0
    logged = capsys.readouterr().out.split("mlflow run ")[1].strip(") \n")
    client = MlflowClient(tracking_uri=uri)
    found = client.get_run(logged)
    assert found.data.params == parameters(run)
    assert found.data.tags["dcviz.run"] == run.id
    history = {each.step: each.value for each in client.get_metric_history(logged, "acc")}
    assert history == {epoch.epoch: epoch.scores["acc"] for epoch in run.epochs() if not epoch.batch}
    losses = client.get_metric_history(logged, "loss.reconstruction")
    assert [each.step for each in losses] == [1, 2, 3, 4]


@needs_mlflow
def test_a_store_that_does_not_answer_is_said(tiny_store, monkeypatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(DataError, match="took no run") as told:
        write_tracking(tiny_store.list()[0], "http://127.0.0.1:9")
    assert len(str(told.value).splitlines()) == 1
