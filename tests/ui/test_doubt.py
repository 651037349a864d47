"""A timing that is far from the rough count is shown with both numbers, and says which one is used."""

from dataclasses import replace

import pytest

from dcviz.engine.estimate import ROUGH, estimate
from dcviz.engine.request import wish
from dcviz.ui.cost import doubt


@pytest.mark.parametrize(
    ("slower", "said"), [(10, "between the two"), (0.1, "too careful"), (2, ""), (0.5, "")]
)
def test_both_times_are_told_where_they_are_far_apart(slower, said) -> None:
    request = wish("dec", "arcs", dataset_options={"n": 200})
    rough = estimate(request)
    assert rough.basis == ROUGH
    batches = 200 // request.settings.batch_size + bool(200 % request.settings.batch_size)
    trial = {
        name: slower * rough.seconds / (batches * sum(e for _, e in request.phases))
        for name, _ in request.phases
    }
    timed = estimate(request, trial=trial)
    assert timed.seconds == pytest.approx(slower * rough.seconds)
    found = doubt(timed, rough)
    assert said in found
    assert bool(found) == bool(said)
    assert not doubt(replace(timed, basis="from the epochs of run x"), rough)
