"""Two runs beside each other."""

from dcviz.exchange.beside import settings_that_differ
from dcviz.runs import default_store


def test_phases_that_differ_are_told_in_words() -> None:
    shipped = {run.id: run for run in default_store().list()}
    found = settings_that_differ([shipped["arcs-dec"], shipped["arcs-rdc"]])
    told = found.loc["phases"].tolist()
    assert told == ["pretraining 200, clustering 200", "pretraining 200, proximity 200"]
    assert "seed" not in found.index
