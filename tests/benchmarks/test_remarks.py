"""What Benchmarks says below its scores is what the committed tables hold."""

from pathlib import Path

import pandas as pd
import pytest

from dcviz.benchmarks.published import published
from dcviz.benchmarks.reproduction import final_phase, measured
from dcviz.ui.remarks import REMARKS, VARIANTS, meaning_of

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"


def short(value, digits=3):
    return f"{value:.{digits}f}".removeprefix("0")


@pytest.fixture(scope="module")
def accuracies():
    return measured().query("metric == 'acc'")


def test_what_seeds_of_one_way_of_computing_do_not_tell(accuracies):
    first = accuracies.query("method == 'rdc' and phase == 'phase 1' and variant == 'default'")
    first = first.drop_duplicates(["dataset", "settings_hash", "seed"], keep="last")
    for dataset in ("mnist", "fashionmnist"):
        means = first[first["dataset"] == dataset].groupby("settings_hash")["value"].mean()
        assert len(means) == 2
        assert all(short(mean) in REMARKS[dataset][0] for mean in means)
    ten = first[first["dataset"] == "fashionmnist"]["value"]
    assert len(ten) == 10
    assert f"{short(ten.mean())} ± {short(ten.std())}" in REMARKS["fashionmnist"][0]


def test_why_dynae_fails_as_printed(accuracies):
    ends = final_phase(accuracies).query(
        "method == 'dynae' and dataset == 'mnist' and variant == 'no critic'"
    )
    looks = pd.read_csv(RESULTS / "causes.csv").query("arm == 'critic never trained, then DynAE'")
    looks = looks[looks["what"] == "acc"].sort_values("epoch").groupby("seed")["value"].last()
    for mean in (ends["value"].mean(), looks.mean()):
        assert f"ends at ACC {short(mean, 2)}." in REMARKS["mnist"][1]


def test_dynae_with_a_critic_never_trained(accuracies):
    ends = final_phase(accuracies).query(
        "method == 'dynae' and dataset == 'fashionmnist' and variant == 'critic never trained'"
    )
    assert f"it ends at {short(ends['value'].mean())} (printed .595)" in REMARKS["fashionmnist"][3]


def test_dcss_with_its_published_network(accuracies):
    rows = measured().query(
        "method == 'dcss' and dataset == 'mnist' and variant == 'published network' and seed == 0"
    )
    ends = rows.set_index(["phase", "metric"])["value"]
    assert f"{short(ends['phase 3', 'acc'])} after {short(ends['phase 2', 'acc'])}" in REMARKS["mnist"][2]
    assert f"NMI rises to {short(ends['phase 3', 'nmi'])}:" in REMARKS["mnist"][2]


def test_the_tie_of_k_means_on_r_dc(accuracies):
    text = REMARKS["fashionmnist"][1]
    ends = final_phase(accuracies).query(
        "method == 'rdc' and dataset == 'fashionmnist' and variant == 'critic never trained'"
    )
    assert f"ends at {short(ends['value'].mean())}." in text
    rows = pd.read_csv(RESULTS / "optima.csv").query("arm == 'critic=untrained' and phase == 'phase 2'")
    near = (
        rows[(rows["inertia"] < 0.005) & (rows["acc"] > 0.63)].sort_values("inertia").groupby("seed").first()
    )
    assert len(near) == 4
    assert near["acc"].round(2).isin([0.63, 0.64]).all()
    assert sorted(near["inertia"] > 0) == [False, False, True, True]
    assert f"up to {short(100 * near['inertia'].max(), 1)} % more inertia" in text


def test_cdc_by_rows_ends_where_its_paper_does(accuracies):
    ends = final_phase(accuracies).query("method == 'cdc' and variant == 'row norm'")["value"]
    assert f"({short(ends.mean())}, printed .649)" in REMARKS["fashionmnist"][2]


def test_every_name_in_brackets_is_explained():
    assert set(measured()["variant"]) - {"default"} <= set(VARIANTS)


def test_finch_beside_what_is_printed_of_it(accuracies):
    text = REMARKS["pneumoniamnist"][0]
    here = accuracies.query("method == 'finch' and dataset == 'pneumoniamnist'")["value"].item()
    rows = published().query("method == 'finch' and dataset == 'pneumoniamnist' and metric == 'acc'")
    assert f"has ACC {short(here)} on these pixels" in text
    assert f"prints {short(rows['value'].item())} for it" in text


def test_names_of_runs_with_settings_of_their_own_are_explained():
    plain = meaning_of("standard")
    assert meaning_of("standard, gamma=0.0") == plain
    assert meaning_of("standard, 5,000 points") == plain
    assert meaning_of("standard, 2 own settings, 13e").startswith(f"{plain}; so many settings")
    assert meaning_of("never heard of") == ""
