"""A network steps as soon as its gradients are there, and no other sooner or twice."""

import gc
import weakref

import torch

from models.descent import make_optimizer
from models.early_steps import EarlySteps
from models.table_steps import common_step


def tables_of(name):
    """Two trainings of two parameters: their tables, whose rows are the parameters, and the common step."""
    tables = [torch.arange(6.0).view(2, 3).requires_grad_(), torch.ones(2, 3).requires_grad_()]
    optimizers = []
    for number in range(2):
        own = [torch.nn.Parameter(table.detach()[number]) for table in tables]
        optimizers.append(make_optimizer(own, name=name, learning_rate=0.1))
    return tables, common_step(optimizers, tables)


def test_who_is_ready_steps_while_the_others_still_wait():
    tables, step = tables_of("adam")
    early, before = EarlySteps(step, [[0], [1]]), [table.detach().clone() for table in tables]
    early.begin()
    early.found(1, torch.ones(2, 3))
    assert torch.equal(tables[0], before[0])
    assert not torch.equal(tables[1], before[1])
    torch.autograd.grad(tables[0].square().sum(), tables[:1])
    early.end()
    assert not torch.equal(tables[0], before[0])
    assert [float(each[0]) for each in step.steps] == [1, 1]


def test_steps_network_by_network_are_the_step_of_all():
    for name in ("adam", "sgd"):
        (one, plain), (other, step) = tables_of(name), tables_of(name)
        early = EarlySteps(step, [[0], [1]])
        for _ in range(3):
            loss = [(a * b).square().sum() for a, b in (one, other)]
            plain.step(torch.autograd.grad(loss[0], one))
            early.begin()
            torch.autograd.grad(loss[1], other)
            early.end()
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_network_of_two_tables_waits_for_both():
    tables, step = tables_of("adam")
    early, before = EarlySteps(step, [[0, 1]]), tables[0].detach().clone()
    early.begin()
    early.found(0, torch.ones(2, 3))
    assert torch.equal(tables[0], before)
    early.found(1, torch.ones(2, 3))
    early.end()
    assert not torch.equal(tables[0], before)


def test_tables_go_with_their_steps():
    """Not only once the garbage collector looks: tables of 25 trainings take gigabytes."""
    gc.disable()
    try:
        tables, step = tables_of("adam")
        early = EarlySteps(step, [[0], [1]])
        gone = [weakref.ref(table) for table in tables]
        early.begin()
        torch.autograd.grad(tables[0].sum() + tables[1].sum(), tables)
        early.end()
        del tables, step, early
        assert [table() for table in gone] == [None, None]
    finally:
        gc.enable()
