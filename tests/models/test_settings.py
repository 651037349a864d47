"""Settings: described once, converted from text, refused with a way out."""

import dataclasses
import subprocess
import sys

import pytest

from models.catalog import METHODS, fit_plan, resolve_preset
from models.plan import Plan
from models.schedule import Schedule, usual_schedule
from models.settings import SettingError, describe, make, setting


@dataclasses.dataclass(frozen=True)
class Example:
    rate: float = setting(0.5, 0.0, 1.0, "How much.")
    rounds: int = setting(3, 1, None, "How often.")
    flag: bool = setting(True, help="Whether.")
    kind: str = setting("a", choices=("a", "b"), help="Which.")


def test_each_setting_is_described_where_it_is_declared():
    rate, rounds, _, kind = describe(Example)
    assert (rate.name, rate.type, rate.default, rate.low, rate.high) == ("rate", float, 0.5, 0.0, 1.0)
    assert (rounds.type, rounds.high, kind.choices, kind.help) == (int, None, ("a", "b"), "Which.")


def test_text_is_converted():
    assert make(Example, {"rate": "0.25", "rounds": "2", "flag": "off", "kind": "b"}) == Example(
        0.25, 2, False, "b"
    )
    assert isinstance(make(Example, {"rate": 1}).rate, float)
    assert make(Example, {"rounds": 4.0}).rounds == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rat": 1}, "no setting 'rat'; it has: rate, rounds, flag, kind"),
        ({"rate": 1.5}, r"rate must lie in \[0, 1\], got 1.5"),
        ({"rate": "nan"}, "rate must be a number, got 'nan'"),
        ({"rounds": 0}, r"rounds must lie in \[1, inf\), got 0"),
        ({"rounds": 2.5}, "rounds must be a whole number, got 2.5"),
        ({"rounds": "many"}, "rounds must be a whole number"),
        ({"rounds": float("inf")}, "rounds must be a whole number"),
        ({"rounds": True}, "rounds must be a whole number"),
        ({"flag": 3}, "flag must be true or false, got 3"),
        ({"kind": "c"}, "kind must be one of a, b, got 'c'"),
    ],
)
def test_bad_values_are_refused_with_the_way_out(values, message):
    with pytest.raises(SettingError, match=message):
        make(Example, values)


@pytest.mark.parametrize("method_id", METHODS)
def test_every_setting_has_help_and_a_valid_default(method_id):
    cls = METHODS[method_id].settings
    for info in describe(cls):
        assert info.help, info.name
        assert info.type in (int, float, bool, str), info.name
    assert make(cls, {info.name: info.default for info in describe(cls)}) == cls()


SIZES = {
    "plane": {"n": 1200, "input_dim": 2},
    "small": {"n": 1797, "input_dim": 64, "image_shape": (1, 8, 8)},
    "large": {"n": 5856, "input_dim": 784, "image_shape": (1, 28, 28)},
}


@pytest.mark.parametrize("kind", SIZES)
@pytest.mark.parametrize("method_id", METHODS)
def test_every_preset_resolves_and_leaves_nothing_open(method_id, kind):
    for preset, entry in METHODS[method_id].presets.items():
        if kind not in entry.values:
            continue
        few = min(SIZES[kind]["n"], METHODS[method_id].max_points or SIZES[kind]["n"])
        name, settings = resolve_preset(method_id, clusters=4, preset=preset, **{**SIZES[kind], "n": few})
        assert name == preset
        assert "auto" not in dataclasses.asdict(settings).values()
        assert fit_plan(method_id, settings, SIZES[kind]["n"]).iterations > 0


def test_auto_goes_by_device_and_size():
    def chosen(kind, device="cpu"):
        return resolve_preset("rdc", clusters=4, device=device, **SIZES[kind])[0]

    assert [chosen("plane"), chosen("small"), chosen("large")] == ["standard", "standard", "quick"]
    assert [chosen("plane", "cuda"), chosen("large", "cuda:1")] == ["standard", "paper"]


def test_the_paper_preset_pretrains_120000_iterations_at_70000_points():
    _, settings = resolve_preset(
        "rdc", n=70_000, input_dim=784, image_shape=(1, 28, 28), clusters=10, preset="paper"
    )
    batches = fit_plan("rdc", settings, 70_000).batches_per_epoch
    assert batches == 274
    assert abs(settings.pretrain_epochs * batches - 120_000) < 274


def test_the_linear_preset_is_the_papers_plane_experiment():
    _, settings = resolve_preset("rdc", clusters=4, preset="linear", **SIZES["plane"])
    assert (settings.network, settings.learning_rate, settings.finetune_learning_rate) == (
        "linear",
        0.01,
        0.01,
    )
    assert (settings.batch_size, settings.pretrain_epochs, settings.finetune_epochs) == (64, 200, 200)
    with pytest.raises(
        SettingError, match="no preset 'linear' for large data; use auto, quick, standard, paper"
    ):
        resolve_preset("rdc", preset="linear", **SIZES["large"])


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"clusters": 1}, "at least 2, got 1"),
        ({"clusters": 1201}, "at most the number of points 1200"),
        ({"augment": "on"}, "no image shape"),
        ({"lamda": 1}, "no setting 'lamda'"),
    ],
)
def test_overrides_that_do_not_fit(overrides, message):
    with pytest.raises(SettingError, match=message):
        resolve_preset("rdc", overrides=overrides, **SIZES["plane"])


def test_methods_that_need_clusters_ask_for_them():
    with pytest.raises(SettingError, match="DEC needs the number of clusters"):
        resolve_preset("dec", clusters=None, **SIZES["plane"])
    assert resolve_preset("rdc", clusters=None, **SIZES["plane"])[1].clusters == 0


@pytest.mark.parametrize("source", ["paper Table 2", "released code"])
def test_threshold_presets_are_valid_settings(source):
    for dataset, values in METHODS["rdc"].data_presets[source].items():
        resolve_preset("rdc", overrides=values, clusters=2, **SIZES["large"])
        assert dataset in METHODS["rdc"].data_presets["paper Table 2"]


def test_unknown_method_lists_the_ids():
    with pytest.raises(SettingError, match="no method 'kmeans'; there are: autoencoder, dec, rdc"):
        resolve_preset("kmeans", n=10, input_dim=2)


def test_the_catalog_needs_no_torch():
    code = "import models.catalog, models.schedule, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_schedule_always_keeps_start_switch_and_end():
    plan = Plan((("a", 7), ("b", 6)), batches_per_epoch=2)
    assert Schedule(every=5).snapshots(plan) == (0, 5, 7, 10, 13)
    assert Schedule(every=5, dense_around_switch=2).snapshots(plan) == (0, 5, 6, 7, 8, 9, 10, 13)
    assert Schedule(every=1, checkpoint_every=4).checkpoints(plan) == (0, 4, 7, 8, 12, 13)
    assert Schedule(every=3, checkpoint_every=4).checkpoints(plan) == (0, 6, 7, 9, 12, 13)
    with pytest.raises(ValueError, match="every must be at least 1 epoch, got 0"):
        Schedule(every=0)


def test_legs_of_a_branch_start_at_its_checkpoint():
    plan = Plan((("b", 6),), batches_per_epoch=2, start_epoch=4, first_phase=1)
    (leg,) = plan.legs
    assert (leg.phase_index, leg.start, leg.end, plan.epochs, plan.iterations) == (1, 4, 10, 10, 12)


def test_without_wishes_small_runs_keep_all_and_long_ones_few():
    assert usual_schedule(400, 1_200) == Schedule()
    medium, large = usual_schedule(583, 5_856), usual_schedule(458, 70_000)
    assert (medium.every, large.every) == (9, 38)
    assert medium.checkpoint_every == 146
    assert usual_schedule(15, 70_000) == Schedule()
