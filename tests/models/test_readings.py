"""Every place where R-DC's paper and its code part ways, and the setting that chooses between them."""

import dataclasses

import numpy as np
import pytest

from models.catalog import METHODS
from models.settings import describe

READINGS = {
    "minimum subtracted from distances": {"d_ref": ("paper", "released code", "relative")},
    "which neighbors count": {"M": (2, 4, 5)},
    "core test reversed for VesselMNIST3D": {"core": ("ratio", "below", "all")},
    "refresh": {"refresh_every": (0, 1, 140)},
    "picture of border points": {"border_image": ("input", "own")},
    "code of border points": {"border_latent": ("none", "own")},
    "picture of core points": {"core_image": ("neighbors", "moment", "switch", "input")},
    "weight of the pictures": {"gamma": (1.0, 100.0)},
    "stop": {"stop_rule": ("budget", "core share")},
    "critic's answer": {"critic": ("regress", "broadcast", "untrained")},
    "mixing share": {"alpha_range": ("folded", "full"), "beta": (0.2, -1.0)},
    "pretraining of the medical sets": {"interpolation": ("on", "off")},
    "augmentation": {"augment": ("on", "off")},
    "view of the targets": {"target_views": (0, 4), "keep_scale": (True, False)},
}
ALL = [(name, value) for place in READINGS.values() for name, values in place.items() for value in values]


@pytest.mark.parametrize(("name", "value"), ALL, ids=str)
def test_each_reading_trains(train, short, name, value):
    last = train("rdc", short("rdc", **{name: value}))[-1]
    assert np.isfinite(last.latents).all()
    assert all(np.isfinite(loss) for loss in last.losses.values())


def test_each_reading_is_described_to_who_chooses():
    told = {info.name: info.help for info in describe(METHODS["rdc"].settings)}
    assert all(told[name] for name, _ in ALL)


def test_the_released_code_is_a_choice_by_data_set():
    presets = METHODS["rdc"].data_presets
    assert presets["released code"].keys() == presets["paper Table 2"].keys()
    known = {field.name for field in dataclasses.fields(METHODS["rdc"].settings)}
    assert all(set(own) <= known for kind in presets.values() for own in kind.values())
    assert {own["core_image"] for own in presets["released code"].values()} == {"moment"}
