"""What the tables' own README tells of the papers' other methods is what the tables hold."""

import re
from pathlib import Path

import pandas as pd
import pytest

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results"
TEXT = re.sub(r"\s+", " ", (RESULTS / "README.md").read_text())


def short(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}".removeprefix("0")


def told(start: str, end: str = "* **") -> str:
    """One paragraph of the text."""
    return TEXT.partition(start)[2].partition(end)[0]


@pytest.fixture(scope="module")
def experiments() -> pd.DataFrame:
    return pd.read_csv(RESULTS / "experiments.csv")


@pytest.fixture(scope="module")
def means(experiments) -> pd.Series:
    """Mean over seeds by method, phase and variant."""
    return experiments.query("metric == 'acc'").groupby(["method", "phase", "variant"])["value"].mean()


def test_a_wrong_number_of_clusters(means) -> None:
    text = told("**DCSS told a wrong K**")
    for method, phase in (("dcss", 3), ("dcss", 2), ("idec", 2), ("dcss", 1)):
        row = ", ".join(short(means[method, f"phase {phase}", f"K {k}"]) for k in (12, 14, 16))
        assert row in text, (method, phase)
    for k in (10, 4):
        after, before = (short(means["dcss", phase, f"K {k}"]) for phase in ("phase 3", "phase 2"))
        assert f"({after} after {before})" in text


def test_uneven_classes(means) -> None:
    text = told("**DCSS on uneven classes**")
    ends = {}
    for name, key in (("DCSS", ("dcss", "phase 3")), ("IDEC", ("idec", "phase 2")),
                      ("DCSS_u", ("dcss", "phase 2"))):  # fmt: skip
        some = [means[(*key, f"imbalance {r}")] for r in (0.2, 0.3, 0.4, 0.5)]
        ends[name] = f"{short(min(some), 2)} to {short(max(some), 2)}"
    assert f"DCSS is first with {ends['DCSS']} (IDEC {ends['IDEC']}, DCSS_u {ends['DCSS_u']})" in text
    first = [(*key, "imbalance 0.1") for key in (("idec", "phase 2"), ("dcss", "phase 3"))]
    assert [short(means[key]) for key in first] == re.findall(r"(\.\d{3}) ±", text)


def test_the_losses_of_cdc(experiments) -> None:
    rows = experiments.query("method == 'cdc'")
    found = rows.groupby(["metric", "variant", "phase"])["value"].mean()
    arms = [("AE+L_r", 1), ("AE*+L_DC", 1), ("AE*+L_c", 2), ("AE*+L_c+L_a", 2)]
    acc, nmi = (
        [short(found[metric, arm, f"phase {phase}"]) for arm, phase in arms] for metric in ("acc", "nmi")
    )
    text = told("**CDC's losses**")
    names = ("L_r", "L_AE", "+L_c", "+L_a")
    assert ", ".join(f"{value} ({name})" for value, name in zip(acc, names, strict=True)) in text
    assert f"NMI {', '.join(nmi)}" in text
    with_re, without = (rows[(rows["variant"] == arm) & (rows["phase"] == "phase 2")]["value"].tolist()
                        for arm in ("AE*+L_DC", "AE*+L_c+L_a"))  # fmt: skip
    assert with_re == without, "L_re changes no assignment"


def test_what_passes_of_dcss_cost() -> None:
    text = told("**DCSS's K passes**")
    found = pd.read_csv(RESULTS / "dcss_passes.csv").groupby(["network", "what"])["value"].last()
    more = {n: round(100 * (found[n, "runs, p apart"] / found[n, "runs"] - 1)) for n in ("fc", "conv")}
    assert f"saves the {more['fc']} % (FC) or {more['conv']} % (conv)" in text
    quicker = {n: found[n, "all, K passes"] / found[n, "all, one pass"] for n in ("fc", "conv")}
    assert f"{quicker['fc']:.1f} (FC) and {quicker['conv']:.1f} (conv) times quicker" in text


def test_cc_and_cces_and_what_its_parts_bring(means) -> None:
    text = told("**CC, CCES** on")
    rows = pd.read_csv(RESULTS / "reproduction.csv").query("metric == 'acc' and dataset == 'cifar10'")
    both = rows.groupby("method")["value"].last()
    assert f"side by side: {short(both['cc'])} and {short(both['cces'])}." in text
    parts = means["cces", "final"]
    assert f"crops about the middle {short(parts['CCrop'])}, anywhere {short(parts['RCrop'])}" in text
    swaps = {c: parts[[f"{c}+NN({n})" for n in ("single1", "single2", "double")]] for c in ("RCrop", "CCrop")}
    assert f"adds at most {short(swaps['RCrop'].max() - parts['RCrop'])} with random crops" in text
    loss = parts["CCrop"] - swaps["CCrop"]
    assert f"costs {short(loss.min(), 2)} to {short(loss.max(), 2)} with middle ones" in text


def test_milliseconds_of_the_papers_methods() -> None:
    found = pd.read_csv(RESULTS / "training.csv").groupby("what")["value"].last()
    text = told("**The papers' methods**")
    for name, what, digits in (("DCSS phase 2", "dcss clustering", 1), ("DDC-UCO", "ddc_uco clustering", 1),
                               ("CDC", "cdc clustering", 2), ("DECS", "decs stability", 2)):  # fmt: skip
        captured = short(found[f"{what}, captured"], digits)
        assert re.search(rf"{name} {re.escape(captured)}(?: ms)? against {found[f'{what}, eager']:.1f}", text)
    phases = {what.rpartition(",")[0] for what in found.index if what.endswith(", eager")}
    for method in ("dcss", "cdc", "decs", "cc", "cces", "ddc_uco", "pssc", "finch"):
        own = [phase for phase in phases if phase.split()[0] == method]
        assert own, method
        assert all({f"{phase}, floor", f"{phase}, captured"} <= set(found.index) for phase in own)


def test_finch_on_the_inputs() -> None:
    rows = pd.read_csv(RESULTS / "reproduction.csv").query("method == 'finch' and metric == 'acc'")
    found = rows.set_index("dataset")["value"]
    text = told("**FINCH** by cosine")
    for dataset, name in (
        ("fashionmnist", "Fashion-MNIST"),
        ("usps", "USPS"),
        ("pneumoniamnist", "PneumoniaMNIST"),
    ):
        assert f"{name} {short(found[dataset])}" in text


def test_beside_clustpy() -> None:
    found = pd.read_csv(RESULTS / "training_cpu.csv").groupby("what")["value"].last()
    text = told("**Beside ClustPy**")
    phases = {"dec": "dec clustering", "idec": "idec clustering", "vade": "vade mixture"}
    for (method, phase), between in zip(
        phases.items(), (" ms an iteration ({}) where ClustPy takes {},", " ({}) and {},", " ({}) and {}."),
        strict=True,
    ):  # fmt: skip
        floor, theirs = found[f"{phase}, floor"], found[f"ClustPy 0.0.3 {method}"]
        assert f"{found[f'{phase}, eager']:.1f}" + between.format(f"{floor:.1f}", f"{theirs:.1f}") in text


def test_the_second_phase_in_tf32() -> None:
    rows = pd.read_csv(RESULTS / "precision_second.csv")
    pytest.importorskip("torch", reason="benchmarks.precision rounds with it")
    from benchmarks.precision import apart

    parted = apart(rows)
    assert rows["seed"].nunique() == 5
    epochs, losses = rows["epoch"].nunique(), rows["loss"].nunique()
    said = f"of {len(parted)} comparisons ({epochs} epochs, {losses} losses) none is above one standard"
    assert (parted <= 1).all()
    assert f"{said} deviation, the largest is {short(parted.max(), 2)}." in told("**The second phase**")
