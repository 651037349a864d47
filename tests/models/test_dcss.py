"""DCSS: memberships, pair losses and their theorem on paper; runs, switch and X+MNet in training."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models import fuzzy, pairs
from models.capture import Step
from models.catalog import METHODS, resolve_preset
from models.convolutional import NetworkError, residual_autoencoder
from models.loop import implementation
from models.method import Data
from models.methods.dcss_pairs import like_clusters
from models.schedule import Schedule
from models.settings import SettingError

EVERY_CHECKPOINT = Schedule(checkpoint_every=1)


def test_memberships_weigh_by_the_fourth_power_of_the_distance():
    # Distances 1 and 2 to the centers, m = 1.5: 1 against 2^-4, so 16/17 and 1/17.
    p = fuzzy.memberships(torch.tensor([[0.0]]), torch.tensor([[1.0], [-2.0]]), fuzziness=1.5)
    torch.testing.assert_close(p, torch.tensor([[16 / 17, 1 / 17]]))


def test_a_point_on_a_center_belongs_to_it():
    p = fuzzy.memberships(torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0], [3.0, 0.0]]), fuzziness=1.5)
    torch.testing.assert_close(p, torch.tensor([[1.0, 0.0]]))


def test_fuzzy_centers_are_weighted_means():
    u, p = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.75, 0.25], [0.25, 0.75]])
    heavy, light = 0.75**1.5, 0.25**1.5
    expected = torch.tensor([[light / (heavy + light)], [heavy / (heavy + light)]])
    torch.testing.assert_close(fuzzy.fuzzy_centers(u, p, fuzziness=1.5), expected)


def test_pair_losses_by_hand():
    q = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    similar, dissimilar = pairs.chosen_pairs(q, q, zeta=0.8, gamma=0.2)
    # Products: q1.q2 = .9, q1.q3 = 0, q2.q3 = .1, q2.q2 = .82.
    assert similar.tolist() == [[True, True, False], [True, True, False], [False, False, True]]
    assert dissimilar.tolist() == [[False, False, True], [False, False, True], [True, True, False]]
    alike, unlike = pairs.pair_loss(q, similar, dissimilar)
    torch.testing.assert_close(alike, torch.tensor(2 * 0.1 + 0.18))
    torch.testing.assert_close(unlike, torch.tensor(2 * 0.1))


def test_settled_entries_get_no_gradient():
    q = torch.tensor([[0.995, 0.005], [0.6, 0.4]], requires_grad=True)
    pairs.settled(q).square().sum().backward()
    torch.testing.assert_close(q.grad, torch.tensor([[0.0, 0.0], [1.2, 0.8]]))


def test_residual_is_the_distance_to_one_hot():
    q = torch.tensor([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]])
    expected = (torch.nn.functional.one_hot(q.argmax(1), 3) - q).abs().sum(1)
    torch.testing.assert_close(pairs.one_hot_residual(q), expected)


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 12), st.floats(0.3, 8), st.integers(0, 2**31))
def test_theorems_behind_the_guards(clusters, sharpness, seed):
    q = torch.randn(200, clusters, generator=torch.Generator().manual_seed(seed)).mul(sharpness).softmax(1)
    zeta = 0.67
    similar, dissimilar = pairs.chosen_pairs(q, q, zeta=zeta, gamma=zeta**2 - 1e-3)
    chosen = q.argmax(1)
    assert (chosen[:, None] == chosen)[similar].all()
    # Two points similar to a third are never called dissimilar.
    assert not ((similar.float() @ similar.float() > 0) & dissimilar).any()


def test_below_two_thirds_similar_points_may_disagree():
    q = torch.tensor([[0.5, 0.5 - 1e-4, 1e-4], [0.5 - 1e-4, 0.5, 1e-4]])
    similar, _ = pairs.chosen_pairs(q, q, zeta=0.45, gamma=0.1)
    assert similar[0, 1]
    assert q[0].argmax() != q[1].argmax()


def test_guards_name_the_theorem(short):
    with pytest.raises(SettingError, match=r"zeta must exceed 2/3, got 0\.6: .*Theorem 2"):
        short("dcss", zeta=0.6)
    with pytest.raises(SettingError, match=r"gamma must lie below zeta\^2 = 0\.64, got 0\.7: .*Theorem 3"):
        short("dcss", gamma=0.7)
    with pytest.raises(SettingError, match="finetune_optimizer=adam"):
        short("dcss", clustering="dec")


def test_runs_follow_the_algorithm(train, short):
    """One batch of the second phase against the algorithm written out."""
    from models.loop import Training
    from models.method import Data

    x = torch.rand(6, 4, generator=torch.Generator().manual_seed(0))
    settings = short("dcss", batch_size=6, finetune_learning_rate=1e-2)
    training = Training("dcss", Data(x), settings=settings, seed=0, capture="off")
    phase = training.method.phases[1]
    phase.prepare()
    phase.begin()
    twin = Training("dcss", Data(x), settings=settings, seed=0, capture="off").method
    optimizer = phase.optimizer()
    phase.gradients(torch.arange(6))
    optimizer.step()
    weights = [*twin.encoder.parameters(), *twin.decoder.parameters()]
    by_hand = torch.optim.SGD(weights, lr=1e-2, momentum=0.9)
    centers = phase.tensors["centers"]
    for k in range(3):
        u = twin.encoder(x)
        p = 1 / ((u[:, None] - centers) ** 2).sum(2) ** 2
        weight = (p / p.sum(1, keepdim=True))[:, k].detach() ** 1.5
        rebuilt = ((x - twin.decoder(u)) ** 2).sum(1)
        loss = (weight * (rebuilt + 0.1 * ((u - centers[k]) ** 2).sum(1))).sum()
        by_hand.zero_grad()
        loss.backward()
        by_hand.step()
    for one, other in zip(weights, phase.parameters(), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize(
    "changes",
    [{"p_once": True}, {"variant": "all"}, {"clamp": False}, {"switch_epochs": 0}, {"fuzziness": 2}],
)
def test_options_change_the_training(train, short, changes):
    few = {"pretrain_epochs": 1, "finetune_epochs": 1, "pair_epochs": 1, "finetune_learning_rate": 1e-2}
    few |= {"mnet_learning_rate": 0.1}
    few |= {"pair_epochs": 30} if "clamp" in changes else {}  # MNet has to be sure of something first
    plain, other = train("dcss", short("dcss", **few)), train("dcss", short("dcss", **few | changes))
    assert all(np.isfinite(list(s.losses.values())).all() for s in other)
    one, two = (s[-1].checkpoint.tensors for s in (plain, other))
    assert any((one[name] != two[name]).any() for name in one)


def test_similarity_switches_from_p_to_q(train, short):
    last = train("dcss", short("dcss", pair_epochs=3, switch_epochs=2))[-3:]
    assert [s.extras["uses_q"] for s in last] == [0, 1, 1]
    z, q = torch.from_numpy(last[-1].latents), torch.from_numpy(last[-1].extras["q"])
    similar, dissimilar = pairs.chosen_pairs(q, q, zeta=0.8, gamma=0.2)
    off = ~torch.eye(len(z), dtype=torch.bool)
    np.testing.assert_allclose(last[-1].extras["similar_pairs"], similar[off].float().mean(), rtol=1e-5)
    np.testing.assert_allclose(last[-1].extras["dissimilar_pairs"], dissimilar[off].float().mean(), rtol=1e-5)
    alone = ~(similar & off).any(1)
    np.testing.assert_array_equal(last[-1].extras["unpaired_rows"], np.flatnonzero(alone))


def test_centers_and_memberships_are_numbered_like_the_assignments(train, short):
    """MNet numbers its clusters as it likes; whoever reads centers[assignments] must not notice."""
    settings = short("dcss", pretrain_epochs=40, pair_epochs=60, switch_epochs=10, mnet_learning_rate=0.02)
    last = train("dcss", settings, schedule=Schedule(every=1_000))[-1]
    z, clusters = last.latents, last.assignments
    assert len(np.unique(clusters)) == 3
    means = np.stack([z[clusters == k].mean(0) for k in range(3)])
    nearest = np.linalg.norm(last.centers[:, None] - means[None], axis=2).argmin(1)
    np.testing.assert_array_equal(nearest, [0, 1, 2])
    own = last.extras["memberships"][np.arange(len(z)), clusters]
    assert own.mean() > 0.5


def test_columns_are_matched_by_their_overlap():
    p = torch.eye(3).repeat(4, 1)
    q = 0.8 * p[:, [2, 0, 1]] + 0.2 / 3
    torch.testing.assert_close(p[:, like_clusters(p, q)], p[:, [2, 0, 1]])


@pytest.mark.parametrize("name", ["dec", "idec", "dcn", "dkm"])
def test_another_clustering_with_mnet_resumes_exactly(train, short, name):
    settings = short("dcss", clustering=name, finetune_optimizer="adam", finetune_learning_rate=1e-3)
    whole = train("dcss", settings, schedule=EVERY_CHECKPOINT)
    centers = whole[6].centers  # the last of the second phase
    for start in (whole[4], whole[6], whole[7]):
        last = train("dcss", settings, checkpoint=start.checkpoint, schedule=EVERY_CHECKPOINT)[-1]
        for key, value in last.checkpoint.tensors.items():
            np.testing.assert_array_equal(value, whole[-1].checkpoint.tensors[key], err_msg=key)
    # The same by hand: the run of X, then a branch into the third phase, which takes X's centers along.
    branch = train(
        "dcss", short("dcss", switch_epochs=0), checkpoint=whole[6].checkpoint, start_phase=2,
        schedule=EVERY_CHECKPOINT,
    )  # fmt: skip
    taken = branch[0].checkpoint.tensors["network.centers"]
    np.testing.assert_array_equal(taken, centers)


def test_pairs_of_a_bare_encoder_start_from_k_means(train, short):
    start = train("autoencoder")[-1]
    branch = train("dcss", short("dcss", switch_epochs=0), checkpoint=start.checkpoint, start_phase=2)
    assert np.abs(branch[-1].centers).sum() > 0


def test_published_network_takes_28_by_28():
    generator = torch.Generator().manual_seed(0)
    encoder, decoder = residual_autoencoder((1, 28, 28), latent_dim=10, generator=generator)
    z = encoder(torch.rand(2, 784))
    assert z.shape == (2, 10)
    assert decoder(z).shape == (2, 784)
    with pytest.raises(NetworkError, match="32 x 32: use network=fc"):
        residual_autoencoder((3, 32, 32), latent_dim=10, generator=generator)
    with pytest.raises(NetworkError, match="needs pictures"):
        residual_autoencoder(None, latent_dim=10, generator=generator)


@pytest.mark.parametrize("preset", METHODS["dcss"].presets)
def test_presets_resolve(preset):
    data = {"n": 500, "input_dim": 2} if preset == "linear" else {"n": 70_000, "input_dim": 784}
    _, chosen = resolve_preset("dcss", **data, clusters=10, preset=preset)
    assert chosen.pair_epochs == 20


DCN_STEPS = {"clustering": "dcn", "finetune_learning_rate": 1e-4, "finetune_optimizer": "adam"}


@pytest.mark.parametrize(("changes", "steps"), [(DCN_STEPS, 1), ({"p_once": True}, 2)])
def test_a_second_look_at_a_batch_does_not_count_twice(short, changes, steps):
    x = torch.from_numpy(np.random.default_rng(0).integers(0, 255, (20, 784)).astype(np.uint8))
    chosen = short("dcss", network="conv", clusters=2, latent_dim=2, batch_size=10, **changes)
    method = implementation("dcss")(chosen, Data(x, 1 / 255, (1, 28, 28)), seed=0)
    phase, rows = method.phases[1], torch.arange(10)
    phase.prepare()
    phase.begin()
    seen = [part for part in method.encoder.modules() if isinstance(part, nn.BatchNorm2d)]
    before = [int(part.num_batches_tracked) for part in seen]
    Step(phase, phase.optimizer())(rows)
    assert [int(part.num_batches_tracked) for part in seen] == [count + steps for count in before]
    assert all(part.track_running_stats for part in seen)
