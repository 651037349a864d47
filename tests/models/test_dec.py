"""DEC: centers, targets over the whole set, and its stop."""

import numpy as np
import pytest
import torch

from dcviz.geometry.agreement import agreement
from models.losses import soft_assignments, target_distribution


def test_targets_come_from_the_whole_set(train, short):
    last = train("dec", short("dec", refresh_every=0, augment="off"))
    before, after = last[-2].checkpoint, last[-1].checkpoint
    assert before is None
    z, centers = torch.from_numpy(last[-2].latents), torch.from_numpy(last[-2].centers)
    expected = target_distribution(soft_assignments(z, centers))
    np.testing.assert_allclose(after.tensors["phase.targets"], expected, rtol=1e-4)


def test_assignments_are_the_largest_q(train):
    last = train("dec")[-1]
    q = soft_assignments(torch.from_numpy(last.latents), torch.from_numpy(last.centers))
    np.testing.assert_array_equal(last.assignments, q.argmax(1))
    np.testing.assert_allclose(last.confidence, q.max(1).values, rtol=1e-5)


def test_three_plain_clusters_are_found(train, short):
    settings = short("dec", pretrain_epochs=40, finetune_epochs=20, learning_rate=5e-3, augment="off")
    assert agreement(np.arange(70) % 3, train("dec", settings)[-1].assignments).acc == 1.0


def test_stops_when_no_point_changes_its_cluster(train, short):
    settings = short("dec", finetune_epochs=50, tolerance=0.05, augment="off", finetune_learning_rate=1e-6)
    snapshots = train("dec", settings)
    assert 3 < snapshots[-1].epoch < 53
    assert snapshots[-1].checkpoint is not None
    # The end is part of the state: a resume has nothing left to do.
    assert train("dec", settings, checkpoint=snapshots[-1].checkpoint) == []


def test_a_finished_phase_still_ends_its_epoch_after_a_resume_inside_it(train, short):
    class Stop:
        def between_batches(self, epoch, batch, batches, iteration):
            return "stop" if (epoch, batch) == (3, 2) else "go"

    settings = short("dec", finetune_epochs=50, tolerance=1.0)  # finished at its first refresh
    stopped = train("dec", settings, control=Stop())[-1]
    assert (stopped.epoch, stopped.batch) == (3, 2)
    (last,) = train("dec", settings, checkpoint=stopped.checkpoint)
    whole = train("dec", settings)[-1]
    assert last.epoch == whole.epoch == 4
    np.testing.assert_array_equal(last.latents, whole.latents)


def test_more_clusters_than_points_are_refused(train, short):
    with pytest.raises(ValueError, match=r"clusters must be at most the number of points 70, got 71\."):
        train("dec", short("dec", clusters=71))
    with pytest.raises(ValueError, match="clusters=K"):
        train("dec", short("dec", clusters=0))
