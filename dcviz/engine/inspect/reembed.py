"""Re-embed: put any data through stored weights; the result is a run like any other.

`prepare` makes the run folder with the weights among its checkpoints and what to do in data/reembed.json. The
worker then runs this sitting instead of a training, with the same queue, pulse, stop and errors in words.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dcviz.data.dataset import Dataset
from dcviz.engine.endings import Ending
from dcviz.engine.inspect import graph
from dcviz.engine.inspect.dense import ROWS, embed_dense
from dcviz.engine.inspect.graph import embed_graph
from dcviz.engine.inspect.matching import Dense
from dcviz.engine.session import Session
from dcviz.runs.files import read_json

PLAN = "reembed.json"


@dataclass(frozen=True)
class Moment:
    """The latents of one checkpoint, as the recorder takes them."""

    epoch: int
    latents: np.ndarray
    phase: str
    phase_index: int
    iteration: int = 0
    batch: int = 0
    batches: int = 1
    assignments: None = None
    confidence: None = None
    centers: None = None
    losses: dict[str, float] = field(default_factory=dict)
    extras: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    checkpoint: None = None


class Reembedding(Session):
    """A sitting that trains nothing: each stored checkpoint gives one epoch."""

    def train(self, start: str | None) -> Ending:
        """Read the data and embed them; a resume passes over what is stored already."""
        return super().train(None)

    def snapshots(self, data: Dataset, device: str, start: str | None) -> Iterator[Any]:
        """Latents of these data, checkpoint by checkpoint; the labels stay behind."""
        plan = read_json(self.run.path / "data" / PLAN)
        for step in plan["steps"]:
            if self.control.stopping:
                return
            latents = self.latents(data, device, step["key"], plan)
            yield Moment(step["epoch"], latents, step["phase"], step["phase_index"])

    def probe(self, data: Dataset) -> None:
        """Nothing is trained, so there are no gradients to look at."""

    def latents(self, data: Dataset, device: str, key: str, plan: dict[str, Any]) -> np.ndarray:
        """(n, d) float32 latents of the data with the weights stored under this key."""
        epoch = int(key[:5])
        if "graph" in plan:
            parts = embed_graph(
                self.run.path / "data" / plan["graph"], data.x, scale=data.scale, image_shape=data.image_shape
            )
            return self.gathered(parts, epoch, -(-data.n // graph.ROWS))
        stored = self.run.checkpoint(key)
        if plan["layers"] is None:
            return self.ours(data, device, stored, epoch)
        layers = [Dense(**layer) for layer in plan["layers"]]
        tensors = {name.removeprefix("network."): array for name, array in stored.tensors.items()}
        return self.gathered(
            embed_dense(layers, tensors, data.x, scale=data.scale), epoch, -(-data.n // ROWS)
        )

    def gathered(self, parts: Iterator[np.ndarray], epoch: int, batches: int) -> np.ndarray:
        """All parts in one array; the pulse is told of each, and a stop is obeyed between two."""
        chunks: list[np.ndarray] = []
        for chunk in parts:
            chunks.append(chunk)
            if self.control.between_batches(epoch, len(chunks), batches, len(chunks)) == "stop":
                raise KeyboardInterrupt
        return np.concatenate(chunks)

    def ours(self, data: Dataset, device: str, stored: Any, epoch: int) -> np.ndarray:
        """A checkpoint of this lab: its method knows how to encode."""
        from models.catalog import method_entry
        from models.embed import embed
        from models.settings import make

        self.control.between_batches(epoch, 0, 1, 0)
        meta = stored.meta
        settings = make(method_entry(meta["method"]).settings, meta["settings"])
        return embed(
            meta["method"], settings, stored.tensors, data.x, scale=data.scale,
            image_shape=data.image_shape, device=device,
        )  # fmt: skip
