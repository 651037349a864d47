"""Make the gallery: `python -m benchmarks.gallery [ID ...]` trains the shipped toy runs and thins them.

Every run is an ordinary training by the ordinary engine, every epoch kept; then the frames that tell the
story are copied to gallery/ with their twist scores. The runs on the four arcs share one seed, so their
first phase is the same to the last bit: what differs after the switch is the loss alone.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dcviz.geometry.reference import Reference, reference
from dcviz.geometry.twist_scores import twist_scores
from dcviz.runs import Run, RunStore
from dcviz.runs.files import append_line, write_bytes, write_json
from dcviz.runs.metrics import epoch_key
from dcviz.runs.store import GALLERY

SWITCH = 200
STORY = (
    0, 1, 2, 5, *range(10, 200, 20), 195, 198, 199, 200, 201, 202, 204, *range(208, 284, 4), 290, 300,
    *range(320, 401, 20),
)  # fmt: skip
"""Epochs shipped of the runs that the first minute plays: dense where things happen."""
SHORT = (0, 2, 10, 50, 120, 198, 199, 200, 201, 205, 210, 220, 230, 240, 250, 260, 280, 300, 350, 400)
STATUS = ("state", "error", "message", "started", "epochs", "device", "phase", "phase_index", "epoch")
SCORES = ("flip", "crossings", "rotation", "stretch", "tear", "overlap", "procrustes")


@dataclass(frozen=True)
class Recipe:
    """One run of the gallery.

    Attributes:
        id: folder name.
        name: what lists show.
        method: id of METHODS.
        dataset: id of DATASETS.
        tags: "first minute" marks the runs that Feature Twist prefers, in the order of RECIPES.
        settings: what differs from the preset.
        preset: of the method.
        seed: the four arcs all have the same.
        options: of the data set.
        keys: epochs shipped.
        checkpoints: epochs whose full checkpoint is shipped.
    """

    id: str
    name: str
    method: str
    dataset: str
    tags: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    preset: str = "standard"
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[int, ...] = STORY
    checkpoints: tuple[int, ...] = (0, 50, 200, 204, 220, 240, 260, 300, 400)


RECIPES = (
    Recipe("arcs-dec", "DEC on the four arcs", "dec", "arcs", ("first minute", "twists")),
    Recipe("arcs-idec", "IDEC on the four arcs", "idec", "arcs", ("first minute", "keeps")),
    Recipe("arcs-rdc", "R-DC on the four arcs", "rdc", "arcs", ("first minute", "keeps")),
    Recipe(
        "arcs-autoencoder",
        "Auto-encoder alone on the four arcs",
        "autoencoder",
        "arcs",
        ("negative case",),
        {"pretrain_epochs": 400},
        keys=SHORT,
        checkpoints=(0, 200, 400),
    ),
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__)
    parser.add_argument("ids", nargs="*", help="only these runs")
    given = parser.parse_args(arguments)
    unknown = set(given.ids) - {recipe.id for recipe in RECIPES}
    if unknown:
        known = ", ".join(recipe.id for recipe in RECIPES)
        parser.error(f"no recipe {', '.join(sorted(unknown))}; there are: {known}")
    for recipe in RECIPES:
        if not given.ids or recipe.id in given.ids:
            path = make(recipe)
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            sys.stdout.write(f"{recipe.id}: {len(recipe.keys)} epochs, {size / 1e6:.2f} MB\n")
    return 0


def make(recipe: Recipe, *, gallery: Path = GALLERY) -> Path:
    """Train one run in a temporary store and ship its story; an older one of this id is replaced."""
    from dcviz.engine.request import prepare, wish
    from dcviz.engine.worker import work

    request = wish(
        recipe.method, recipe.dataset, settings=recipe.settings, preset=recipe.preset, seed=recipe.seed,
        device="cpu", schedule={"every": 1, "checkpoint_every": 1}, dataset_options=recipe.options,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        run = prepare(request, store=RunStore(folder))
        status = work(run)
        if status["state"] != "finished":
            raise RuntimeError(f"{recipe.id} is {status['state']}: {status['error']}")
        return ship(run, recipe, gallery / recipe.id)


def ship(run: Run, recipe: Recipe, target: Path) -> Path:
    """Copy what a reader needs of a finished run: some epochs, their scores, a few checkpoints."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    write_json(target / "run.json", {**run.spec, "id": target.name, "name": recipe.name})
    write_json(target / "notes.json", {"tags": list(recipe.tags)})
    status = run.status()
    write_json(target / "status.json", {name: status[name] for name in STATUS})
    if (run.path / "events.jsonl").exists():  # a run of one phase has none
        _copy(run.path, target, "events.jsonl")
    shutil.copytree(run.path / "data", target / "data")
    _epochs(run, {epoch_key(epoch) for epoch in recipe.keys}, target)
    for epoch in recipe.checkpoints:
        _copy(run.path, target, f"checkpoints/{epoch_key(epoch)}.safetensors")
    return target


def _epochs(run: Run, keys: Iterable[str], target: Path) -> None:
    """Latents, assignments and the line of each epoch; its neighbor graph is found again when asked for."""
    keys, frozen = set(keys), frozen_at_switch(run)
    for line in run.lines():
        if line["key"] not in keys:
            continue
        _copy(run.path, target, f"latents/{line['key']}.npy")
        _pack(target / "assign" / f"{line['key']}.npz", run.assigned(line["key"]))
        if line["epoch"] >= SWITCH:
            found = twist_scores(frozen, run.latents(line["key"]), graph=run.neighbors(line["key"]))
            line = {**line, "scores": {**line["scores"], **{name: found[name] for name in SCORES}}}
        append_line(target / "metrics.jsonl", line)


def frozen_at_switch(run: Run) -> Reference:
    """The latents that twist is measured against: those of the epoch at which pretraining ends."""
    return reference(run.latents(SWITCH), graph=run.neighbors(SWITCH))


def _pack(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    write_bytes(path, packed.getvalue())


def _copy(old: Path, new: Path, name: str) -> None:
    (new / name).parent.mkdir(exist_ok=True)
    shutil.copyfile(old / name, new / name)


if __name__ == "__main__":
    sys.exit(main())
