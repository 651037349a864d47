import subprocess
import sys

import pytest

from dcviz.data import DATASETS
from dcviz.data.loading import _function
from dcviz.data.medical_catalog import MEDICAL, MEDICAL_SIZES
from dcviz.data.superclasses import SUPER_CLASSES

TOYS = "arcs moons stacked_arcs pinwheel spirals circles blobs"
PICTURES = "digits mnist fashionmnist usps cifar10 cifar100 stl10"


def test_ids_are_those_promised():
    assert list(DATASETS)[:14] == f"{TOYS} {PICTURES}".split()
    assert [id for id, entry in DATASETS.items() if entry.kind in ("medical", "volume")] == list(DATASETS)[
        14:
    ]
    assert all(id == entry.id for id, entry in DATASETS.items())


def test_catalog_and_readers_need_no_torch():
    code = (
        "import sys, dcviz.data, dcviz.data.own, dcviz.data.sprites; dcviz.data.load('arcs'); "
        "dcviz.data.load('digits'); heavy = {'torch', 'torchvision', 'medmnist', 'streamlit'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("entry", DATASETS.values(), ids=list(DATASETS))
def test_entry_is_complete(entry):
    assert callable(_function(entry.loader))
    assert entry.license
    assert entry.n > 0
    if entry.class_names and entry.id != "cifar100":
        assert len(entry.class_names) == entry.clusters
    for option in entry.options:
        assert option.help
        assert isinstance(option.default, option.type)


def test_derma_alone_is_non_commercial_and_says_so():
    assert [id for id, entry in DATASETS.items() if not entry.commercial] == ["dermamnist"]
    assert "Non-commercial" in DATASETS["dermamnist"].caution
    assert DATASETS["dermamnist"].license == "CC BY-NC 4.0"


def test_medical_rows_are_those_of_the_package():
    info = pytest.importorskip("medmnist.info").INFO
    assert {row.flag for row in MEDICAL} == set(info)
    for row in MEDICAL:
        official = info[row.flag]
        assert row.title == official["python_class"]
        assert row.n == sum(official["n_samples"].values())
        assert row.channels == official["n_channels"]
        assert row.multi_label == ("multi-label" in official["task"])
        assert DATASETS[row.flag].license == official["license"]
        if not row.multi_label:
            assert row.classes == tuple(official["label"].values())
        sizes = {28} | {int(key[4:]) for key in official if key.startswith("url_")}
        assert set(MEDICAL_SIZES[row.volume]) == sizes


def test_every_fine_class_has_one_super_class():
    fine = [name for names in SUPER_CLASSES.values() for name in names]
    assert len(SUPER_CLASSES) == 20
    assert len(set(fine)) == len(fine) == 100
    assert all(len(names) == 5 for names in SUPER_CLASSES.values())
