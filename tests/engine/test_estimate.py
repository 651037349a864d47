import pytest
import torch

from dcviz.engine.estimate import estimate
from dcviz.engine.request import wish
from dcviz.engine.worker import work
from models import networks
from models.widths import HIDDEN, parameter_count


@pytest.mark.parametrize("network", sorted(HIDDEN))
@pytest.mark.parametrize("critic", [False, True])
def test_parameters_are_counted_right(network: str, critic: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    made = [
        networks.encoder(network, input_dim=12, latent_dim=3, generator=generator),
        networks.decoder(network, input_dim=12, latent_dim=3, generator=generator),
    ]
    if critic:
        made.append(networks.Critic(network, input_dim=12, generator=generator))
    real = sum(p.numel() for net in made for p in net.parameters())
    assert parameter_count(network, input_dim=12, latent_dim=3, critic=critic) == real


@pytest.mark.parametrize("method", ["rdc", "dec"])
def test_the_disk_cost_is_what_the_run_then_takes(new_run, method: str) -> None:
    choices = {"settings": {"pretrain_epochs": 6, "finetune_epochs": 6}, "dataset_options": {"n": 600}}
    cost = estimate(wish(method, "arcs", schedule={"checkpoint_every": 3}, **choices))
    run = new_run(method, n=600, checkpoint_every=3, settings=choices["settings"])
    work(run)
    assert (cost.snapshots, cost.checkpoints) == (len(run.epochs()), len(run.checkpoints()))
    assert cost.total_bytes == pytest.approx(run.size(), rel=0.25)


def test_a_sparser_schedule_costs_less() -> None:
    every, tenth = (estimate(wish("rdc", "mnist", preset="paper", schedule={"every": e})) for e in (1, 10))
    assert every.total_bytes > 2 * tenth.total_bytes
    assert every.seconds == tenth.seconds > 0
    assert "multiplications" in every.basis


def test_time_is_learned_from_a_run_of_the_same_kind(new_run) -> None:
    run = new_run(settings={"pretrain_epochs": 5, "finetune_epochs": 5})
    work(run)
    request = wish(
        "rdc", "arcs", settings={"pretrain_epochs": 50, "finetune_epochs": 50}, dataset_options={"n": 120}
    )
    cost = estimate(request, runs=[run])
    assert run.id in cost.basis
    total = sum(epoch.seconds for epoch in run.epochs())
    assert cost.seconds == pytest.approx(10 * total, rel=0.9)
    assert run.id not in estimate(wish("rdc", "arcs"), runs=[run]).basis
