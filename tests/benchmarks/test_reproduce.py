"""Training as published, on data small enough for a test: every phase gets its rows, once."""

import csv
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from benchmarks import side_by_side
from benchmarks.experiments import EXPERIMENTS, run
from benchmarks.reproduce import reproduce, some_of, task_of
from benchmarks.side_by_side import Bench, agreement_of, first_hash
from dcviz.data.dataset import Dataset
from models.catalog import METHODS
from models.catalog.cdc import PUBLISHED

FEW = {"network": "mlp", "latent_dim": 3, "batch_size": 20, "learning_rate": 1e-3, "pretrain_epochs": 1}
LATER = {"finetune_epochs": 1, "pair_epochs": 1}
PHASES = {1: ["final"], 2: ["phase 1", "phase 2"], 3: ["phase 1", "phase 2", "phase 3"]}


class Here:
    """A pool that works at once, in this process, and remembers what it was given."""

    def __init__(self):
        self.given = []

    def submit(self, function, *arguments):
        self.given.append(arguments)
        done = Future()
        done.set_result(function(*arguments))
        return done


@pytest.fixture
def on(tmp_path):
    rng, labels = np.random.default_rng(0), np.arange(60) % 3
    x = (rng.integers(0, 200, (3, 16))[labels] + rng.integers(0, 40, (60, 16))).astype(np.uint8)
    data = Dataset("few", x, 1 / 255, labels, (1, 4, 4), ("a", "b", "c"), 3)
    return Bench(data, "cpu", tmp_path, Here())


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("method", ["dec", "dcss", "cdc", "decs", "cc", "cces", "ddc_uco", "pssc", "finch"])
def test_every_phase_gets_its_rows_once(on, tmp_path, method):
    own = {k: v for k, v in {**FEW, **LATER}.items() if k in METHODS[method].settings.__dataclass_fields__}
    task, out = task_of(on, method, "default", overrides=own), tmp_path / "rows.csv"
    for _ in range(2):
        reproduce(on, [task], [0, 1], out)
    phases = PHASES[len(METHODS[method].phases)]
    assert [row["phase"] for row in rows(out) if row["seed"] == "1" and row["metric"] == "acc"] == phases
    assert len(rows(out)) == 2 * 5 * len(phases)
    assert {row["epochs"] for row in rows(out) if row["phase"] == phases[-1]} == {str(len(phases))}


def test_a_method_with_one_phase_is_scored_by_its_own_clusters(on, tmp_path):
    task = task_of(on, "cc", "default", overrides=FEW)
    reproduce(on, [task], [0], tmp_path / "rows.csv")
    _, assignments, labels, *_ = on.pool.given[0]
    assert assignments is not None
    value = next(r["value"] for r in rows(tmp_path / "rows.csv") if r["metric"] == "acc")
    expected = agreement_of(None, assignments, labels, 3, 0)["acc"]
    assert float(value) == pytest.approx(expected, abs=1e-4)


def test_who_trains_other_seeds_waits_for_nobody(on, monkeypatch):
    asked, plain = [], side_by_side.only_one

    def noted(path):
        assert path.name not in asked, "who holds it would wait for itself"
        asked.append(path.name)
        return plain(path)

    monkeypatch.setattr(side_by_side, "only_one", noted)
    found = on.first_phases("dec", task_of(on, "dec", "default", overrides=FEW).settings, [2, 0, 2])
    assert set(found) == {0, 2}
    assert [name.rpartition("-")[2] for name in asked] == ["0.lock", "2.lock"]


def test_first_phases_are_shared_only_by_those_that_begin_alike(on):
    dec, idec, cdc = (task_of(on, name, "default").settings for name in ("dec", "idec", "cdc"))
    assert first_hash(cdc, "cdc") == first_hash(replace(cdc, eta=0.0, beta=0.0), "cdc")
    assert first_hash(cdc, "cdc") != first_hash(replace(cdc, lambda_correlation=0.0), "cdc")
    same = replace(idec, **{n: getattr(dec, n) for n in ("optimizer", "learning_rate", "pretrain_epochs")})
    assert first_hash(dec, "dec") == first_hash(same, "idec")


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_schedules_of_cdc_are_variants(on, name):
    named = replace(on, data=replace(on.data, name=name))
    assert task_of(named, "cdc", "paper").settings.pretrain_epochs == PUBLISHED[name]["pretrain_epochs"]


@pytest.mark.parametrize(
    ("method", "variant", "dataset"),
    [(m, v, d) for m, e in METHODS.items() for v, rows in e.data_presets.items() for d in rows],
)
def test_every_published_name_of_settings_can_be_reproduced(on, method, variant, dataset):
    named = replace(on, data=replace(on.data, name=dataset))
    own = METHODS[method].data_presets[variant][dataset]
    chosen = task_of(named, method, variant).settings
    assert {name: getattr(chosen, name) for name in own} == own


def test_a_part_of_a_set_has_the_published_settings_of_the_whole(on):
    whole = replace(on, data=replace(on.data, name="pneumoniamnist"))
    part = replace(whole, data=some_of(whole.data, 20))
    assert part.data.name == "pneumoniamnist (20)"
    for variant in ("paper Table 2", "released code", "released targets"):
        names = ("M", "lambda_ratio", "tau_distance", "d_ref", "core_image")
        told = [[getattr(task_of(at, "rdc", variant).settings, n) for n in names] for at in (whole, part)]
        assert told[0] == told[1], variant
    assert told[0][1] == 0.8


def test_a_rehearsal_tells_how_many_points(on):
    part = some_of(on.data, 20)
    assert (part.n, part.name) == (20, "few (20)")
    whole = {tuple(row) for row in on.data.x}
    assert all(tuple(row) in whole for row in part.x)


def test_a_phase_without_epochs_is_not_waited_for(on, tmp_path):
    task = task_of(on, "cdc", "default", overrides={**FEW, "finetune_epochs": 0})
    for _ in range(2):
        reproduce(on, [task], [0], tmp_path / "rows.csv")
    assert [row["phase"] for row in rows(tmp_path / "rows.csv")] == ["phase 1"] * 5


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_experiments_name_what_they_vary(on, tmp_path, name):
    small = {**FEW, **LATER, "latent_dim": "3"}
    variants = [task.variant for _, tasks in EXPERIMENTS[name](on, "standard", small) for task in tasks]
    assert len(set(variants)) == {"imbalance": 5, "mismatch": 7, "cdc": 4, "cces": 8}[name]


def test_an_experiment_runs(on, tmp_path):
    run("cdc", on, seeds=[0], preset="standard", own={**FEW, "finetune_epochs": 1}, out=tmp_path / "rows.csv")
    found = {(row["variant"], row["phase"]) for row in rows(tmp_path / "rows.csv")}
    assert ("AE+L_r", "phase 1") in found
    assert ("AE*+L_c", "phase 2") in found
    assert ("AE+L_r", "phase 2") not in found


def test_losses_of_later_phases_stand_beside_the_scores(on, tmp_path):
    path = tmp_path / "table.csv"
    task = task_of(on, "rdc", "default", overrides={**FEW, "finetune_epochs": 3})
    reproduce(on, [task], [0, 1], path)
    with (tmp_path / "losses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["seed"], row["epoch"]) for row in rows} == {(s, e) for s in "01" for e in "234"}
    assert {row["loss"] for row in rows} == {"proximity", "reconstruction", "total"}
    assert {row["phase"] for row in rows} == {"phase 2"}
    assert all(np.isfinite(float(row["value"])) for row in rows)
