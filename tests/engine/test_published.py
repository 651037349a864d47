"""Settings that papers print for one data set: which are offered for which data, and what else is said."""

import pytest

from dcviz.engine.errors import RequestError
from dcviz.engine.published import published_for, published_settings
from models.catalog import METHODS
from models.catalog.cdc import PUBLISHED

CDC = METHODS["cdc"]
FEATURES = {"features": "resnet50"}


def test_settings_of_a_data_set_are_found_by_its_id() -> None:
    found = published_for(CDC, "fashionmnist", {})
    assert found["paper"] == PUBLISHED["fashionmnist"]
    assert found["row norm"] == {**PUBLISHED["fashionmnist"], "norm": "row_code"}
    assert published_for(CDC, "arcs", {}) == {}


@pytest.mark.parametrize("name", ["stl10", "cifar10"])
def test_settings_for_features_are_not_for_pixels(name: str) -> None:
    assert published_for(CDC, name, {}) == published_for(CDC, name, {"features": "pixels"}) == {}
    assert published_for(CDC, name, FEATURES)["paper"] == PUBLISHED[name]
    assert published_for(METHODS["rdc"], "cifar10", {}) == published_for(METHODS["rdc"], "cifar10", FEATURES)


@pytest.mark.parametrize("path", ["~/data/Reuters-10K.npz", "/tmp/reuters_10k.csv", "reuters10k"])
def test_data_that_cannot_be_had_freely_are_known_by_their_file(path: str) -> None:
    assert published_for(CDC, path, {})["paper"] == PUBLISHED["reuters10k"]


def test_what_is_printed_nowhere_is_refused_with_what_is() -> None:
    assert published_settings(CDC, None, "arcs", {}) == {}
    with pytest.raises(RequestError, match=r"no settings published as 'row' .* these do: paper, row norm"):
        published_settings(CDC, "row", "fashionmnist", {})
    with pytest.raises(RequestError, match=r"published as 'paper' for x\.npz; none does; leave --published"):
        published_settings(CDC, "paper", "/data/x.npz", {})
