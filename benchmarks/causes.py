"""Look into trainings that end below their papers: `python -m benchmarks.causes dynae|rdc|dcss DATASET`.

dynae, rdc: each first phase of FIRSTS followed by each second phase of SECONDS, all from the same
checkpoints. One row for every number of a look: what the second phase sees itself (thresholds, conflicted
points, confidence, spread of the latents), then what labels say of its own clusters or of k-means.
dcss: the three phases as published, a look every five epochs and around the switches every epoch: scores,
sizes of clusters, and in the last phase the same latents clustered by memberships p, MNet's q and k-means.

Labels choose nothing: all rows are of trainings that know none. Rows are appended when an arm has ended.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import homogeneity_completeness_v_measure

import dcviz
from benchmarks.drift import spread
from benchmarks.reproduce import KEEP, some_of
from benchmarks.rows import append
from benchmarks.side_by_side import ENDS_ONLY, Bench, agreement_of, bench, here_today
from dcviz.data import load
from dcviz.geometry.agreement import agreement
from dcviz.geometry.clusters import k_means
from models.schedule import Schedule
from models.snapshot import Checkpoint, Snapshot

RESULTS = Path(__file__).parent / "results" / "causes.csv"
FIRSTS: Mapping[str, dict[str, Any]] = {
    "critic": {},
    "critic never trained": {"critic": "untrained"},
    "no critic": {"interpolation": "off"},
    "DEC's": {},
}
"""First phases: what differs from the paper preset of the method in question, or of DEC."""
SECONDS = {"dynae": {"DynAE": ("dynae", 1), "DEC": ("dec", 20)}, "rdc": {"R-DC": ("rdc", 20)}}
"""Second phases of each question: the method, and epochs between two looks."""
EVERY, AROUND = 5, 20
SMALL = 10
"""A cluster with less than 1 / SMALL of its fair share n / K counts as emptied."""
NUMBERS = ("beta1", "beta2", "conflicted", "renewals")
Row = dict[str, Any]


def right(labels: np.ndarray, assignments: np.ndarray) -> np.ndarray:
    """Which points lie in the cluster that is matched to their class, (n,) bool."""
    mapping = agreement(labels, assignments).mapping
    classes = np.full(int(assignments.max()) + 1, -1)
    for cluster, name in mapping.items():
        classes[cluster] = name
    return np.asarray(classes[assignments] == labels)


def seen_by_itself(snapshot: Snapshot) -> dict[str, float]:
    """What a second phase knows at a look, without labels."""
    found = {"spread": spread(snapshot.latents)}
    if snapshot.confidence is not None:
        found["confidence"] = float(snapshot.confidence.mean())
    if snapshot.checkpoint is not None:
        numbers = snapshot.checkpoint.meta["numbers"]
        found |= {name: float(numbers[name]) for name in NUMBERS if name in numbers}
    return found


def said_by_labels(snapshot: Snapshot, labels: np.ndarray, clusters: int, seed: int) -> dict[str, float]:
    """Agreement of the own clusters, else of k-means; and of the points that it had as unconflicted."""
    own = snapshot.assignments
    if own is None:
        own = k_means(snapshot.latents, clusters, seed=seed, n_init=20).assignments
    whole = agreement(labels, own)
    found = {"acc": whole.acc, "nmi": whole.nmi}
    tensors = {} if snapshot.checkpoint is None else snapshot.checkpoint.tensors
    if "phase.confident" in tensors:
        sure = tensors["phase.confident"] > 0
        hits = right(labels, tensors["phase.assigned"])
        for name, points in (("acc, unconflicted", sure), ("acc, conflicted", ~sure)):
            if points.any():
                found[name] = float(hits[points].mean())
    return found


def clusters_of(assignments: np.ndarray, labels: np.ndarray, clusters: int) -> dict[str, float]:
    """Sizes and scores of a clustering; homogeneity and completeness are the two halves of NMI."""
    homogeneity, completeness, _ = homogeneity_completeness_v_measure(labels, assignments)
    agreed, sizes = agreement(labels, assignments), np.bincount(assignments, minlength=clusters)
    return {
        "acc": agreed.acc,
        "nmi": agreed.nmi,
        "homogeneity": float(homogeneity),
        "completeness": float(completeness),
        "smallest cluster": float(sizes.min()),
        "emptied clusters": float((sizes < len(labels) / (SMALL * clusters)).sum()),
    }


def dcss_look(
    z: np.ndarray,
    own: np.ndarray | None,
    p: np.ndarray | None,
    labels: np.ndarray | None,
    clusters: int,
    seed: int,
) -> dict[str, float]:
    """One look at DCSS: own clusters, k-means where there are none or all three can be compared."""
    if labels is None:
        raise ValueError("these data have no labels to compare with: choose labeled data")
    found: dict[str, float] = {}
    ways = {"": own, "p: ": p}
    if own is None or p is not None:
        ways["k-means: " if own is not None else ""] = k_means(z, clusters, seed=seed, n_init=20).assignments
    for name, assignments in ways.items():
        if assignments is not None:
            scores = clusters_of(np.asarray(assignments), labels, clusters)
            kept = scores if not name else {each: scores[each] for each in ("acc", "nmi")}
            found |= {f"{name}{each}": value for each, value in kept.items()}
    return found


def two_phases(on: Bench, given: argparse.Namespace) -> Iterator[list[Row]]:
    """Rows of each first phase, then of each second phase after it."""
    own = dict(each.split("=", 1) for each in given.set)
    for first in given.arms:
        method = "dec" if first == "DEC's" else given.question
        settings = on.settings(method, **FIRSTS[first], **own)
        starts = {seed: found[0] for seed, found in on.first_phases(method, settings, given.seeds).items()}
        yield list(first_rows(on, first, starts, epochs=settings.pretrain_epochs))
        for second, (after, every) in SECONDS[given.question].items():
            arm = f"{first}, then {second}"
            yield list(second_rows(on, arm, on.settings(after, **own), after, every, starts))


def first_rows(on: Bench, first: str, starts: Mapping[int, Checkpoint], *, epochs: int) -> Iterator[Row]:
    """The end of first phases: k-means' agreement and the spread of the latents."""
    zs = {seed: start.tensors["z"] for seed, start in starts.items()}
    jobs = {
        seed: on.pool.submit(agreement_of, z, None, on.data.labels, on.data.clusters, seed)
        for seed, z in zs.items()
    }
    for seed, job in jobs.items():
        found = {"spread": spread(zs[seed]), "acc": job.result()["acc"], "nmi": job.result()["nmi"]}
        yield from rows({"arm": first, "seed": seed, "phase": "phase 1", "epoch": epochs}, found)


def second_rows(
    on: Bench, arm: str, settings: Any, method: str, every: int, starts: Mapping[int, Checkpoint]
) -> Iterator[Row]:
    """Every look at a second phase."""
    seeds, labels = list(starts), on.data.labels
    assert labels is not None, "data with labels"
    trainings = [
        {"settings": settings, "seed": seed, "checkpoint": starts[seed], "start_phase": 1} for seed in seeds
    ]
    for number, at in on.fit(method, trainings, schedule=Schedule(every=every, checkpoint_every=every)):
        found = seen_by_itself(at) | said_by_labels(at, labels, settings.clusters, seeds[number])
        yield from rows({"arm": arm, "seed": seeds[number], "phase": "phase 2", "epoch": at.epoch}, found)


def dcss(on: Bench, given: argparse.Namespace) -> Iterator[list[Row]]:
    """Rows of all looks, in order, each as soon as its scores are there."""
    seeds, arm = given.seeds, ", ".join(["published schedule", *given.set])
    settings = on.settings("dcss", **dict(each.split("=", 1) for each in given.set))
    coming = deque[tuple[Row, dict[str, float], Future[Any]]]()
    trainings = [{"settings": settings, "seed": seed} for seed in seeds]
    looks = Schedule(every=EVERY, dense_around_switch=AROUND, checkpoint_every=ENDS_ONLY)
    for number, at in on.fit("dcss", trainings, schedule=looks):
        if at.phase_index + 1 < given.from_phase:
            continue
        p = at.extras["memberships"] if at.phase == "pairs" else None
        own = {name: float(value) for name, value in at.extras.items() if isinstance(value, float)}
        job = on.pool.submit(
            dcss_look, at.latents, at.assignments, None if p is None else np.argmax(p, 1), on.data.labels,
            settings.clusters, seeds[number],
        )  # fmt: skip
        place = {"arm": arm, "seed": seeds[number], "phase": f"phase {at.phase_index + 1}",
                 "epoch": at.epoch}  # fmt: skip
        coming.append((place, {**own, "spread": spread(at.latents)}, job))
        while coming and coming[0][-1].done():
            yield look_rows(*coming.popleft())
    yield from (look_rows(*each) for each in coming)


def look_rows(place: Row, own: dict[str, float], job: Future[Any]) -> list[Row]:
    """Rows of a look whose scores are computed elsewhere."""
    return list(rows(place, own | job.result()))


def rows(place: Mapping[str, Any], found: Mapping[str, float]) -> Iterator[Row]:
    """One row a number."""
    for what, value in found.items():
        yield {**place, "what": what, "value": f"{value:.6g}"}


QUESTIONS = {"dynae": two_phases, "rdc": two_phases, "dcss": dcss}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.causes", description=__doc__)
    parser.add_argument("question", choices=list(QUESTIONS))
    parser.add_argument("dataset")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--arms", nargs="+", choices=list(FIRSTS), default=list(FIRSTS), help="of dynae, rdc")
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=VALUE", help="settings other than the paper's"
    )
    parser.add_argument("--from-phase", type=int, default=1, help="of dcss: no look at the phases before it")
    parser.add_argument("--points", type=int, help="only so many points, drawn at random: a CPU needs fewer")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--keep", type=Path, default=KEEP)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    data = load(given.dataset)
    data = some_of(data, given.points) if given.points else data
    fixed = {"question": given.question, "dataset": data.name}
    since = here_today(given.device) | {"version": f"dcviz {dcviz.__version__}"}
    with bench(data, device=given.device, keep=given.keep) as on:
        for found in QUESTIONS[given.question](on, given):
            append(given.out, [{**fixed, **row, **since} for row in found])
            for row in found:
                if row["what"] == "acc":
                    print(*(row[name] for name in ("arm", "seed", "phase", "epoch", "value")), flush=True)


if __name__ == "__main__":
    main()
