"""What the benchmarks share: data, complete settings, first phases trained side by side and kept, scoring.

First phases are kept by what they depend on alone (data, seed, the settings of that phase), so R-DC's serves
DynAE, the ablation and the sensitivity grid too, and DEC's serves IDEC. Methods whose first phase is
their own keep it under their own name.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.data.dataset import Dataset
from dcviz.geometry.agreement import agreement
from dcviz.geometry.clusters import k_means
from dcviz.runs.checkpoint import read_checkpoint, write_checkpoint
from models.catalog import METHODS, resolve_preset
from models.plan import Plan
from models.schedule import Schedule
from models.snapshot import Checkpoint, Snapshot

FIRST_PHASE = ("network", "latent_dim", "batch_size", "pretrain_epochs", "learning_rate", "optimizer",
               "augment", "precision", "interpolation", "adversarial_weight", "alpha_range", "beta",
               "critic")  # fmt: skip
OWN_FIRST_PHASE = (*(name for name in FIRST_PHASE if name != "beta"), "clusters", "lambda_correlation",
                   "norm", "initial_weights", "likelihood")  # fmt: skip
SHARING = ("autoencoder", "dec", "idec", "rdc", "dynae", "dcn", "dkm")
LATER_EPOCHS = ("finetune_epochs", "pair_epochs")
ENDS_ONLY = 1_000_000


Watch = Callable[[int, Snapshot], None]


def ignore(seed: int, snapshot: Snapshot) -> None:
    """Look away."""


class SinceBranch(Schedule):
    """Snapshots every so many epochs counted from where the training branched."""

    def snapshot_at(self, epoch: int, plan: Plan) -> bool:
        """Whether this epoch yields a snapshot."""
        return (epoch - plan.start_epoch) % self.every == 0 or epoch in plan.ends


@dataclass(frozen=True)
class Bench:
    """Data, device, the folder of kept first phases, and processes for scores (they see no torch)."""

    data: Dataset
    device: str
    keep: Path
    pool: Executor

    def settings(self, method: str, *, preset: str = "paper", **overrides: Any) -> Any:
        """Complete settings of a method for these data."""
        data = self.data
        return resolve_preset(
            method, n=data.n, input_dim=data.input_dim, image_shape=data.image_shape, clusters=data.clusters,
            device=self.device, preset=preset, overrides=overrides,
        )[1]  # fmt: skip

    def fit(
        self,
        method: str,
        trainings: Sequence[Mapping[str, Any]],
        *,
        every: int = ENDS_ONLY,
        schedule: Schedule | None = None,
    ) -> Iterator[tuple[int, Snapshot]]:
        """Train side by side; snapshots at phase ends and every so many epochs, or as told to."""
        from models.together import fit_together

        data, schedule = self.data, schedule or SinceBranch(every=every, checkpoint_every=ENDS_ONLY)
        shared: dict[str, Any] = {"scale": data.scale, "image_shape": data.image_shape, "device": self.device}
        return fit_together(method, data.x, trainings, schedule=schedule, **shared)

    def first_phases(
        self,
        method: str,
        settings: Any,
        seeds: Sequence[int],
        *,
        every: int = ENDS_ONLY,
        watch: Watch = ignore,
    ) -> dict[int, tuple[Checkpoint, float]]:
        """The checkpoint at the end of the first phase of each seed, and the seconds it took.

        Seconds are wall time divided by the number of trainings side by side.

        Args:
            method: id of METHODS.
            settings: of the method; its second phase is left out.
            seeds: one training each, unless it is kept already.
            every: snapshots that `watch` sees, in epochs.
            watch: called with seed and snapshot, while the missing ones train.
        """
        name = f"{self.data.name}-{first_hash(settings, method)}"
        paths = {seed: self.keep / f"{name}-{seed}.safetensors" for seed in seeds}
        later = {name: 0 for name in LATER_EPOCHS if hasattr(settings, name)}
        with ExitStack() as held:
            for seed in sorted(set(seeds)):  # in one order everywhere: nobody waits for who waits for them
                held.enter_context(only_one(self.keep / f"{name}-{seed}.lock"))
            missing = {seed: path for seed, path in paths.items() if not path.exists()}
            self._train_first(method, replace(settings, **later), missing, every=every, watch=watch)
        stored = {seed: read_checkpoint(path) for seed, path in paths.items()}
        return {s: (Checkpoint(*found), found.meta["bench_seconds"]) for s, found in stored.items()}

    def _train_first(
        self, method: str, settings: Any, paths: Mapping[int, Path], *, every: int, watch: Watch
    ) -> None:
        """Train the first phases of some seeds side by side and keep each where its path says."""
        seeds, start = list(paths), time.perf_counter()
        for number, snapshot in self.fit(
            method, [{"settings": settings, "seed": seed} for seed in seeds], every=every
        ):
            watch(seeds[number], snapshot)
            if snapshot.epoch == settings.pretrain_epochs and snapshot.checkpoint is not None:
                seconds = (time.perf_counter() - start) / len(seeds)
                tensors = {**snapshot.checkpoint.tensors, "z": snapshot.latents}
                if snapshot.assignments is not None:
                    tensors["assignments"] = snapshot.assignments
                meta = {**snapshot.checkpoint.meta, "bench_seconds": seconds}
                write_checkpoint(paths[seeds[number]], tensors, meta)


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Wait until no other process is inside with the same file: jobs of a session share first phases."""
    try:
        import fcntl
    except ImportError:  # no POSIX locks here: what two jobs need is then trained twice
        yield
        return
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def bench(data: Dataset, *, device: str, keep: Path) -> Iterator[Bench]:
    """A bench whose processes end with it."""
    keep.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # for the processes that score, one core each
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2
    workers = max(1, own - 2)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield Bench(data, device, keep, pool)


def here_today(device: str) -> dict[str, str]:
    """Device and day, as rows name them."""
    return {"device": device_name(device), "date": datetime.now(UTC).date().isoformat()}


def hashed(values: Mapping[str, Any]) -> str:
    """Twelve digits that change with any value."""
    text = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def first_hash(settings: Any, method: str = "rdc") -> str:
    """Twelve digits that change with any setting the first phase depends on, and a method's name before them.

    The name is left out where several methods begin alike; a method with one phase depends on all settings.
    """
    values = asdict(settings)
    if method in SHARING:
        return hashed({name: value for name, value in values.items() if name in FIRST_PHASE})
    if len(METHODS[method].phases) == 1:
        return f"{method}-{hashed(values)}"
    return f"{method}-{hashed({name: v for name, v in values.items() if name in OWN_FIRST_PHASE})}"


def agreement_of(
    z: np.ndarray, assignments: np.ndarray | None, labels: np.ndarray | None, clusters: int, seed: int
) -> dict[str, float]:
    """Agreement with the labels: the method's own clusters, else k-means with 20 starts."""
    if labels is None:
        raise ValueError("these data have no labels to compare with: choose labeled data")
    if assignments is None:
        assignments = k_means(z, clusters, seed=seed, n_init=20).assignments
    return asdict(agreement(labels, np.asarray(assignments)))


def device_name(device: str) -> str:
    """What the machine calls the device, for the tables; with how many other jobs shared it, if any did."""
    beside = os.environ.get("DCVIZ_BESIDE")
    if not device.startswith("cuda"):
        return f"cpu x{os.cpu_count()}"
    import torch

    name = torch.cuda.get_device_name(device)
    return f"{name}, up to {beside} jobs at a time" if beside else name
