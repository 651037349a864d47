"""Make the gallery: `python -m benchmarks.gallery [ID ...]` trains the shipped runs and thins them.

Every run is an ordinary training by the ordinary engine, every epoch kept; then the frames that tell the
story are copied to gallery/ with their twist scores. The runs on the four arcs share one seed, so their
first phase is the same to the last bit: what differs after the switch is the loss alone.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.shipping import add_band, add_twist, ship, thin
from dcviz.runs import RunStore
from dcviz.runs.store import GALLERY

STORY = (
    0, 2, 10, 50, 110, 190, 199, 200, 201, 202, 204, 208, 212, 220, 240, 260, 280, 300, 340, 400,
)  # fmt: skip
"""Epochs shipped of the runs that the first minute plays: dense where things happen, twenty as of any run."""
SHORT = (0, 2, 10, 50, 120, 198, 199, 200, 201, 205, 210, 220, 230, 240, 250, 260, 280, 300, 350, 400)
LONG = (0, 120, 199, 200, 201, 210, *range(220, 401, 20), 450, 500, 550, 600)
PICTURES = (0, 200, 202, 210, 300)
ALONE = (0, 200, 300)
IMAGES = (0, 5, 50, 150, 198, 199, 200, 201, 202, 205, 210, 220, 250, 300)
IMAGES_ALONE = (0, 5, 50, 100, 150, 200, 250, 300)


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
        thumbnails: whether the pictures themselves are shipped too.
        encoder: whether the last encoder is shipped, in float16.
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
    thumbnails: bool = True
    encoder: bool = False


def picture_recipes(dataset: str, title: str, **more: Any) -> tuple[Recipe, ...]:
    """R-DC, DEC and the auto-encoder on pictures: few frames, no checkpoints; thumbnails and encoder once.

    Args:
        dataset: id of DATASETS.
        title: how the name of the runs ends.
        more: other fields of each Recipe; its settings come on top of the epochs.
    """
    found, own = [], more.pop("settings", {})
    for method, name in (("rdc", "R-DC"), ("dec", "DEC"), ("autoencoder", "Auto-encoder alone")):
        alone = method == "autoencoder"
        phases = {"pretrain_epochs": 300} if alone else {"pretrain_epochs": 200, "finetune_epochs": 100}
        found.append(Recipe(
            f"{dataset}-{method}", f"{name} on {title}", method, dataset, ("images",), {**phases, **own},
            keys=ALONE if alone else PICTURES, checkpoints=(), thumbnails=method == "rdc",
            encoder=method == "rdc", **more,
        ))  # fmt: skip
    return tuple(found)


RECIPES = (
    Recipe("arcs-dec", "DEC on the four arcs", "dec", "arcs", ("first minute", "twists")),
    Recipe("arcs-idec", "IDEC on the four arcs", "idec", "arcs", ("first minute", "keeps")),
    Recipe(
        "arcs-rdc", "R-DC on the four arcs", "rdc", "arcs", ("first minute", "keeps"),
        checkpoints=(0, 50, 200, 240, 400),  # each remembers every point's neighbors
    ),
    Recipe(
        "arcs-autoencoder", "Auto-encoder alone on the four arcs", "autoencoder", "arcs", ("negative case",),
        {"pretrain_epochs": 400}, keys=SHORT, checkpoints=(0, 200, 400),
    ),
    Recipe(
        "arcs-dec-linear", "DEC with a linear network", "dec", "arcs", ("negative case", "flattens"),
        preset="linear", keys=SHORT, checkpoints=(0, 200, 300, 400),
    ),
    Recipe(
        "arcs-dec-seed-1", "DEC on the four arcs, another seed", "dec", "arcs", ("other seed",),
        seed=1, keys=SHORT, checkpoints=(0, 200, 400),
    ),
    Recipe(
        "arcs-rdc-bare", "R-DC without reconstruction (gamma 0)", "rdc", "arcs", ("negative case", "twists"),
        {"gamma": 0.0, "finetune_epochs": 400}, keys=LONG, checkpoints=(0, 200, 400, 600),
    ),
    Recipe(
        "blobs-dec", "DEC on straight blobs", "dec", "blobs", ("negative case",),
        keys=SHORT, checkpoints=(0, 200, 400),
    ),
    Recipe(
        "digits-dec", "DEC on 1,797 digits", "dec", "digits", ("images",),
        keys=IMAGES, checkpoints=(200,),
    ),
    Recipe(
        "digits-rdc", "R-DC on 1,797 digits, DEC's pretraining", "rdc", "digits", ("images",),
        {"interpolation": "off", "augment": "off"}, keys=IMAGES, checkpoints=(200,),
    ),
    Recipe(
        "digits-autoencoder", "Auto-encoder alone on 1,797 digits", "autoencoder", "digits", ("images",),
        {"pretrain_epochs": 300, "augment": "off"}, keys=IMAGES_ALONE, checkpoints=(300,),
    ),
    *picture_recipes("pneumoniamnist", "PneumoniaMNIST"),
    *picture_recipes(
        "fashionmnist", "5,000 of Fashion-MNIST", options={"n": 5000}, settings={"network": "digits"},
    ),
)  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__)
    parser.add_argument("ids", nargs="*", help="only these runs")
    parser.add_argument("--device", default="cpu", help="pictures want a GPU")
    parser.add_argument("--into", type=Path, default=GALLERY, help="folder of the runs")
    parser.add_argument(
        "--scores-only", action="store_true",
        help="train nothing: keep the epochs named here, measure twist anew, add the spread over seeds",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    unknown = set(given.ids) - {recipe.id for recipe in RECIPES}
    if unknown:
        known = ", ".join(recipe.id for recipe in RECIPES)
        parser.error(f"no recipe {', '.join(sorted(unknown))}; there are: {known}")
    for recipe in RECIPES:
        if not given.ids or recipe.id in given.ids:
            if given.scores_only:
                path = add_band(add_twist(thin(given.into / recipe.id, recipe.keys)))
            else:
                path = make(recipe, gallery=given.into, device=given.device)
            size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            sys.stdout.write(f"{recipe.id}: {len(recipe.keys)} epochs, {size / 1e6:.2f} MB\n")
    return 0


def make(recipe: Recipe, *, gallery: Path = GALLERY, device: str = "cpu") -> Path:
    """Train one run in a temporary store and ship its story; an older one of this id is replaced."""
    from dcviz.engine.request import prepare, wish
    from dcviz.engine.worker import work

    request = wish(
        recipe.method, recipe.dataset, settings=recipe.settings, preset=recipe.preset, seed=recipe.seed,
        device=device, schedule=kept(recipe), dataset_options=recipe.options,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        run = prepare(request, store=RunStore(folder))
        status = work(run)
        if status["state"] != "finished":
            raise RuntimeError(f"{recipe.id} is {status['state']}: {status['error']}")
        target = ship(
            run, gallery / recipe.id, name=recipe.name, tags=recipe.tags, epochs=recipe.keys,
            checkpoints=recipe.checkpoints, encoder=recipe.encoder,
        )  # fmt: skip
        if not recipe.thumbnails:
            for file in (target / "data").glob("sprite*"):
                file.unlink()
        return add_twist(target)


def kept(recipe: Recipe) -> dict[str, int]:
    """Every epoch and checkpoint of small runs; of pictures what divides the epochs shipped."""
    every = math.gcd(*recipe.keys)
    return {"every": every, "checkpoint_every": 1 if recipe.checkpoints else 1000}


if __name__ == "__main__":
    sys.exit(main())
