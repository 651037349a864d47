from dcviz.engine import reporter
from dcviz.engine.reporter import Reporter
from dcviz.runs.writer import RunWriter


def test_epochs_that_rush_by_are_not_all_written_but_a_new_phase_is(new_run, monkeypatch) -> None:
    monkeypatch.setattr(reporter, "OFTEN", 3600)
    monkeypatch.setattr(reporter, "HEARTBEAT_SECONDS", 3600)
    run, heard = new_run(), []
    with Reporter(RunWriter(run), listener=lambda status: heard.append(status["epoch"]), epoch=0) as made:
        made.update(phase="pretraining", epoch=0)
        for epoch in (1, 2, 3):
            made.arrive(phase="pretraining", epoch=epoch)
        assert run.status()["epoch"] == 0
        made.arrive(phase="clustering", epoch=4)
        assert (run.status()["epoch"], run.status()["phase"]) == (4, "clustering")
    assert heard[-4:] == [1, 2, 3, 4]


def test_after_a_while_an_epoch_is_written(new_run, monkeypatch) -> None:
    monkeypatch.setattr(reporter, "OFTEN", -1.0)
    monkeypatch.setattr(reporter, "HEARTBEAT_SECONDS", 3600)
    run = new_run()
    with Reporter(RunWriter(run), phase="pretraining") as made:
        made.arrive(phase="pretraining", epoch=7)
        assert run.status()["epoch"] == 7
