import pytest
import torch
from torch import nn

from models.descent import advance, make_optimizer


def walked(step, *, name: str, frozen: bool = False) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    weights = [nn.Parameter(torch.randn(*shape, generator=generator)) for shape in ((5, 3), (5,), (2, 5))]
    optimizer = make_optimizer(weights, name=name, learning_rate=0.01)
    for count in range(6):
        for number, weight in enumerate(weights):
            weight.grad = None if frozen and number == 1 else torch.randn(weight.shape, generator=generator)
        if count == 3:
            optimizer.param_groups[0]["lr"] = 0.003
            optimizer.load_state_dict(optimizer.state_dict())
        step(optimizer)
    states = [value for each in optimizer.state_dict()["state"].values() for value in each.values()]
    return [weight.detach() for weight in weights], [each for each in states if each is not None]


@pytest.mark.parametrize("name", ["adam", "sgd", "nesterov"])
@pytest.mark.parametrize("frozen", [False, True])
def test_advance_is_the_optimizers_own_step_to_the_last_bit(name: str, frozen: bool) -> None:
    ours, own_state = walked(advance, name=name, frozen=frozen)
    theirs, their_state = walked(lambda optimizer: optimizer.step(), name=name, frozen=frozen)
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert len(own_state) == len(their_state) > 0
    assert all(torch.equal(a, b) for a, b in zip(own_state, their_state, strict=True))


def test_a_step_by_advance_calls_only_the_kernel(monkeypatch) -> None:
    weight = nn.Parameter(torch.ones(3))
    optimizer = make_optimizer([weight], name="adam", learning_rate=0.1)
    weight.grad = torch.ones(3)
    advance(optimizer)  # makes the moments
    monkeypatch.setattr(optimizer, "step", lambda: pytest.fail("the optimizer's own step was taken"))
    before = weight.detach().clone()
    advance(optimizer)
    assert not torch.equal(weight, before)
