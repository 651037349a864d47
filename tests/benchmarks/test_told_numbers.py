"""Numbers told in README.md, docs and the tables' own README are those of the tables they name."""

import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def told(name: str) -> str:
    """The text on one line, so that a sentence may break anywhere."""
    return re.sub(r"\s+", " ", (ROOT / name).read_text())


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(RESULTS / f"{name}.csv")


def short(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}".removeprefix("0")


def accuracy(method: str, dataset: str, variant: str, phase: str, **more: str) -> str:
    """Mean and standard deviation over the seeds of the later rows."""
    rows = table("reproduction")
    wanted = {
        "method": method,
        "dataset": dataset,
        "variant": variant,
        "phase": phase,
        "metric": "acc",
        **more,
    }
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    rows = rows[rows["settings_hash"] == rows["settings_hash"].iloc[-1]]
    last = rows.groupby("seed")["value"].last()
    return f"{short(last.mean())} ± {short(last.std())}"


@pytest.mark.parametrize("file", ["README.md", "benchmarks/results/README.md"])
@pytest.mark.parametrize(
    ("dataset", "variant", "phase"),
    [
        ("pneumoniamnist", "default", "phase 1"), ("pneumoniamnist", "default", "phase 2"),
        ("pneumoniamnist", "critic never trained", "phase 1"),
        ("pneumoniamnist", "critic never trained", "phase 2"),
        ("pneumoniamnist", "rule", "phase 2"), ("fashionmnist", "default", "phase 1"),
        ("fashionmnist", "default", "phase 2"), ("fashionmnist", "rule", "phase 2"),
    ],
)  # fmt: skip
def test_the_accuracy_of_r_dc(file, dataset, variant, phase) -> None:
    assert accuracy("rdc", dataset, variant, phase) in told(file)


@pytest.mark.parametrize(
    ("method", "dataset", "variant"),
    [
        ("dec", "mnist", "default"), ("idec", "mnist", "default"), ("dec", "fashionmnist", "default"),
        ("idec", "fashionmnist", "default"), ("dynae", "mnist", "default"), ("dynae", "mnist", "half margin"),
        ("dynae", "fashionmnist", "default"), ("dynae", "fashionmnist", "half margin"),
        ("cdc", "fashionmnist", "paper"), ("rdc", "pneumoniamnist", "paper Table 2"),
        ("decs", "mnist", "released network"), ("decs", "usps", "released network"),
        ("dynae", "mnist", "no critic"), ("dynae", "fashionmnist", "critic never trained"),
    ],
)  # fmt: skip
def test_the_accuracy_of_the_others(method, dataset, variant) -> None:
    assert accuracy(method, dataset, variant, "phase 2") in told("benchmarks/results/README.md")


@pytest.mark.parametrize(
    ("method", "dataset", "variant"),
    [
        ("decs", "mnist", "released network"), ("dynae", "mnist", "no critic"),
        ("dynae", "fashionmnist", "critic never trained"), ("dcss", "mnist", "published network"),
        ("dcss", "fashionmnist", "published network"),
    ],
)  # fmt: skip
def test_what_came_before(method, dataset, variant) -> None:
    assert accuracy(method, dataset, variant, "phase 1") in told("benchmarks/results/README.md")


def test_the_cause_of_dynae_and_of_cdc() -> None:
    text = told("benchmarks/results/README.md")
    last = table("causes").query("question == 'dynae' and what == 'acc'").sort_values("epoch")
    last = last.groupby(["arm", "seed"])["value"].last()
    for arm in ("critic never trained", "critic never trained, then DynAE", "critic never trained, then DEC"):
        assert f"{short(last[arm].mean())} ± {short(last[arm].std())}" in text, arm
    for arm in ("DEC's", "DEC's, then DynAE", "DEC's, then DEC"):
        assert short(last[arm].item()) in text, arm
    rows = table("reproduction").query("method == 'cdc' and variant == 'row norm' and metric == 'acc'")
    first, second, third = (short(value) for value in rows[rows["phase"] == "phase 1"]["value"])
    assert f"it gives {first}, {second} and {third} (" in text
    assert f"second phase after it {accuracy('cdc', 'fashionmnist', 'row norm', 'phase 2')}" in text


def test_what_trainings_as_one_cost() -> None:
    found = table("together").groupby("what")["value"].last()
    text = told("benchmarks/results/README.md")
    one, two, own, dec = (
        f"{found[f'{what}, 25 as one, times one']:.1f}"
        for what in ("rdc pretraining", "rdc proximity", "autoencoder reconstruction", "dec clustering")
    )
    assert f"cost {one} times one in R-DC's phase 1" in text
    assert one in told("README.md")
    assert f"{two} in phase 2, {own} for the auto-encoder and {dec} for DEC" in text


def test_seconds_of_the_geometry() -> None:
    rows = table("geometry").query("n == 70000")
    small, large = (rows[rows["d"] == d].groupby("what")["seconds"].last() for d in (10, 64))
    text = told("README.md")
    ratio = small / small["TwoNN, exact k-d tree"]
    assert f"{ratio['dadapy maxk=3']:.1f} times as quick as dadapy (maxk=3)" in text
    assert f"{ratio['scikit-dimension TwoNN']:.1f} times as scikit-dimension" in text
    assert f"{1000 * small['live scores']:.0f} ms; exact thresholds" in text
    assert f"exact thresholds {1000 * small['thresholds, exact counts']:.1f} ms" in text
    wide = large["dadapy maxk=3"] / large["TwoNN, auto"]
    assert f"with stated recall, {wide:.1f} times as dadapy" in told("benchmarks/results/README.md")
    gpu = table("geometry_gpu").groupby("what")["seconds"].last()
    both = [f"{1000 * gpu[name]:.1f} ms" for name in ("exact k-NN, M 15", "TwoNN end to end")]
    assert f"| {both[0]} and {both[1]} |" in text
    quick = small["dadapy default"] / gpu["TwoNN end to end"]
    assert f"{quick:.0f} times as quick as dadapy's default" in told("benchmarks/results/README.md")


def test_milliseconds_of_an_iteration() -> None:
    found = table("training").groupby("what")["value"].last()
    captured, eager = (found[f"rdc pretraining, {how}"] for how in ("captured", "eager"))
    assert f"{captured:.2f} ms captured, {eager:.1f} ms eager" in told("README.md")
    assert f"{found['rdc full preset']:.1f} s" in told("benchmarks/results/README.md")


def test_the_class_and_the_viewer() -> None:
    found = table("classroom").groupby("what")["value"].last()
    pages, most = found["runs of a page, 95 %"], found["memory at most"]
    for name in ("README.md", "benchmarks/results/README.md"):
        assert f"within {pages:.0f} ms" in told(name)
        assert f"memory at most {most:.0f} MB" in told(name)
    steps = table("viewer").set_index("what")["viewer"]
    scrub, drag = (
        float(steps[f"main-thread script ms a {step} step, median"]) for step in ("scrub", "threshold")
    )
    assert f"{scrub:.1f} ms of script while scrubbing, {drag:.1f} ms while dragging" in told("README.md")


def test_what_large_sets_take() -> None:
    text = told("docs/large_data.md")
    rows = table("large").set_index("what")
    whole = rows.loc["neighbors of 10000000 x 10"]
    assert f"| {whole['seconds']:.0f} (load {whole['load']}) | {whole['cpu_s']:.0f} |" in text
    started = rows[rows.index.str.startswith("python -m dcviz train autoencoder")].iloc[-1]
    assert f"{started['seconds']:.0f} s, {started['cpu_s']:.0f} of the processor" in text


def test_ablation_and_sensitivity() -> None:
    text = told("benchmarks/results/README.md")
    rows = table("ablation").groupby(["dataset", "arm", "seed"])["acc"].last()
    for dataset in ("pneumoniamnist", "fashionmnist"):
        for value in rows.loc[dataset].groupby("arm").mean():
            assert short(value) in text, (dataset, value)
    grid = table("sensitivity").groupby(["lambda_ratio", "tau_distance"])["acc"].last()
    spread = grid.groupby("lambda_ratio").agg(lambda row: row.max() - row.min()).max()
    assert f"{short(grid.min())} to {short(grid.max())} over the 25 places" in text
    assert f"tau changes at most {short(spread)}" in text


def test_r_dc_with_a_critic_never_trained() -> None:
    text = told("benchmarks/results/README.md")
    looks = table("causes").query("question == 'rdc'").sort_values(["seed", "epoch"])

    def last(arm: str, what: str) -> str:
        own = looks[(looks["arm"] == arm) & (looks["what"] == what)].groupby("seed")["value"].last()
        return " and ".join(short(value) for value in own)

    never, critic = "critic never trained", "critic"
    assert f"the first phase has {last(never, 'acc')}, with the critic {last(critic, 'acc')};" in text
    ends = (last(f"{never}, then R-DC", "acc"), last(f"{critic}, then R-DC", "acc"))
    assert f"R-DC after it {ends[0]}, with the critic {ends[1]}." in text
    assert f"{last(never, 'nmi')} after the first phase, with the critic {last(critic, 'nmi')}." in text


def test_the_ties_of_k_means() -> None:
    text, rows = told("benchmarks/results/README.md"), table("optima").fillna({"left_out": ""})
    ends = rows[rows["phase"] == "phase 2"].sort_values("inertia")
    never = ends[ends["arm"] == "critic=untrained"]
    counts = never.groupby("seed").first()
    whole = never[never["left_out"] == ""].groupby("seed").first()
    of = {seed: short(value) for seed, value in whole["acc"].items()}
    assert f"ACC {of[0]}, {of[2]}, {of[3]} and {of[4]}." in text
    assert list(whole.index[whole["inertia"] == 0]) == [0, 3]
    more = [f"{100 * whole['inertia'][seed]:.1f}".lstrip("0") for seed in (2, 4, 1)]
    assert f"for seeds 2 and 4 it has {more[0]} % and {more[1]} % more than the least" in text
    assert f"what counts has {short(counts['acc'][2])} and {short(counts['acc'][4])}." in text
    assert f"(Seed 1: {of[1]} at {more[2]} %, {short(counts['acc'][1])} counts.)" in text
    close = rows[(rows["arm"] == "default") & (rows["inertia"] < 0.005)].groupby(["seed", "phase"])["acc"]
    assert (close.max() - close.min()).max() < 0.035
    for phase in ("phase 1", "phase 2"):
        assert accuracy("rdc", "fashionmnist", "critic never trained", phase) in text
        assert accuracy("rdc", "fashionmnist", "critic never trained", phase) in told("README.md")


def test_the_first_minute() -> None:
    text, last = told("benchmarks/results/README.md"), table("first_minute").groupby("what").last()

    def seconds(what: str, column: str = "median") -> str:
        return f"{short(last.loc[what, column], 1)} s"

    opened = f"page opened to first points {seconds('page opened to first points')}"
    first = f"Start to first points {seconds('Start to first points')}"
    moving = f"to moving points {seconds('Start to moving points')}"
    whole = "Start to the end of 200 + 200 epochs"
    end = f"end after {seconds(whole)}, slowest of five {seconds(whole, 'slowest').removesuffix(' s')} "
    assert f"{opened}, {first}, {moving}; 200 + 200 epochs {end}" in text


def test_waiting_on_two_cores() -> None:
    text = told("benchmarks/results/README.md")
    rows = table("waits").query("device == 'cpu x2'").groupby(["dataset", "method"]).last()
    for dataset in ("arcs", "digits"):
        pair = [short(rows.loc[(dataset, method), "whole"], 1) for method in ("dec", "rdc")]
        assert " and ".join(pair) + " s" in text, dataset
    shares = 100 * rows.loc[["arcs", "digits"], "share"]
    assert f"wait for {shares.min():.0f} to {shares.max():.0f} % of it" in text


def test_every_table_is_listed_with_what_it_holds() -> None:
    listed = re.findall(r"[\w]+\.csv", " ".join(
        line.split("|")[1] for line in (RESULTS / "README.md").read_text().splitlines()
        if line.startswith("| ")
    ))  # fmt: skip
    assert {path.name for path in RESULTS.glob("*.csv")} == set(listed)


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.csv")), ids=lambda path: path.stem)
def test_each_row_names_its_device_and_day(path) -> None:
    rows = pd.read_csv(path)
    named = {"losses": ["device"], "twist": [], "large": ["cores", "date"]}.get(path.stem, ["device", "date"])
    assert rows[named].notna().all(axis=None), path.name
