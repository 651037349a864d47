"""What the catalog says of a method: its settings, phases and presets. No torch here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.settings import SettingError, setting

OPTIMIZERS = ("adam", "sgd", "nesterov")
CLUSTERS = "clusters"
"""A preset's latent_dim that stands for the number of clusters."""


@dataclass(frozen=True)
class TrainingSettings:
    """What every method can be told; each method's own class adds to it."""

    network: str = setting(
        "auto",
        choices=("auto", "fc", "mlp", "linear", "digits"),
        help="Hidden layers: fc 500-500-2000, digits 128-64, mlp 64, linear none; auto goes by input size.",
    )
    latent_dim: int = setting(10, 1, 1024, "Number of latent dimensions d.")
    clusters: int = setting(10, 0, 10_000, "Number of clusters K; 0 if unknown (scores then use DBSCAN).")
    batch_size: int = setting(256, 1, 1_000_000, "Points in a batch.")
    pretrain_epochs: int = setting(20, 0, 1_000_000, "Epochs of the first phase.")
    learning_rate: float = setting(1e-4, 1e-8, 10.0, "Step size of the first phase.")
    optimizer: str = setting(
        "adam", choices=OPTIMIZERS, help="Optimizer of the first phase; sgd and nesterov have momentum .9."
    )
    augment: str = setting(
        "auto",
        choices=("auto", "on", "off"),
        help="Shift by up to 10 % and turn by up to 10 degrees, pictures only; auto: on for pictures.",
    )
    precision: str = setting(
        "tf32", choices=("tf32", "float32"), help="Arithmetic of matrix products on a CUDA device."
    )

    def __post_init__(self) -> None:
        if self.clusters == 1:
            raise SettingError(
                "clusters must be 0 (unknown) or at least 2, got 1: one cluster is no clustering."
            )


@dataclass(frozen=True)
class TwoPhaseSettings(TrainingSettings):
    """Settings of methods that pretrain a network, then fine-tune it for clustering."""

    finetune_epochs: int = setting(20, 0, 1_000_000, "Epochs of the second phase.")
    finetune_learning_rate: float = setting(1e-4, 1e-8, 10.0, "Step size of the second phase.")
    finetune_optimizer: str = setting("adam", choices=OPTIMIZERS, help="Optimizer of the second phase.")
    refresh_every: int = setting(
        140, 0, 1_000_000, "Iterations between two looks at the whole set; 0: once an epoch."
    )


@dataclass(frozen=True)
class AdversarialSettings(TwoPhaseSettings):
    """Settings of methods that pretrain with adversarial interpolation (ACAI)."""

    interpolation: str = setting(
        "auto",
        choices=("auto", "on", "off"),
        help="Pretrain with adversarial interpolation (ACAI); auto: on, except for plane data.",
    )
    adversarial_weight: float = setting(0.5, 0.0, 100.0, "Weight of fooling the critic in pretraining.")
    alpha_range: str = setting(
        "folded", choices=("folded", "full"), help="Mixing share alpha in [0, 1/2] or in [0, 1]."
    )
    beta: float = setting(
        0.2, -1.0, 1.0, "Share of the input in the critic's calibration mix; -1: drawn anew each time."
    )
    critic: str = setting(
        "regress",
        choices=("regress", "broadcast", "untrained"),
        help="The critic regresses alpha, or only its mean as the released code says, or stays as it began: "
        "that code freezes it before it compiles its loss.",
    )


@dataclass(frozen=True)
class Budget:
    """A number of epochs that keeps the number of iterations within bounds, whatever the set's size."""

    epochs: int
    at_least: int = 0
    at_most: int = 10**9

    def resolve(self, batches: int) -> int:
        """Epochs of `batches` iterations each that fit the bounds (rounded up, at least one)."""
        iterations = min(max(self.epochs * batches, self.at_least), self.at_most)
        return max(1, math.ceil(iterations / batches))


@dataclass(frozen=True)
class Preset:
    """A named choice of settings; `values[kind]` for data kinds plane, small and large."""

    summary: str
    values: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Extra:
    """Something that only one method can show.

    Args:
        kind: "number" (one a snapshot), "points" (n, ...) or "array".
        title: what to call it, with its unit.
        caption: what it says, with the formula.
        columns: numbers a point where the kind is "points"; or the setting that holds it.
        phases: those that have it; empty: all.
    """

    kind: str
    title: str
    caption: str
    columns: int | str = 1
    phases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One figure made of extras or losses; pages draw it by its kind alone.

    Args:
        kind: one of the kinds that dcviz.ui.method_panels knows.
        title: heading above the figure.
        of: names of the extras (or losses) drawn, in the order the kind asks for.
        drawn: what is drawn, one plain sentence.
        formula: LaTeX; $name stands for the present value of a number or a setting.
        symbols: what each symbol is, with its unit.
        not_shown: one thing a reader may take from it by mistake.
        settings: names of the settings that it rests on.
        cut: number that is marked on the axis of the values.
    """

    kind: str
    title: str
    of: tuple[str, ...]
    drawn: str
    formula: str
    symbols: str
    not_shown: str
    settings: tuple[str, ...] = ()
    cut: str | None = None


@dataclass(frozen=True)
class MethodEntry:
    """One row of METHODS.

    `picture_network` is what network=auto means for pictures, where that is not a fully connected one.
    `extras` describes what the snapshots of this method carry beside the usual, `panels` how it is
    shown; numbers that no panel draws are drawn as curves over the epochs. `passes` says how often
    a phase sends each point through the networks in an iteration: a number, or the setting that holds it.
    `of_features` names the data sets whose `data_presets` are for their ResNet-50 features, not for pixels.
    `other` names variants that must not bear the title: setting -> value -> what such a training is called.
    """

    id: str
    title: str
    paper: str
    year: int
    phases: tuple[str, ...]
    settings: type[TrainingSettings]
    presets: Mapping[str, Preset]
    implementation: str
    summary: str
    needs_clusters: bool = False
    data_presets: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    picture_network: str | None = None
    max_points: int | None = None
    extras: Mapping[str, Extra] = field(default_factory=dict)
    panels: tuple[Panel, ...] = ()
    passes: Mapping[str, int | str] = field(default_factory=dict)
    of_features: tuple[str, ...] = ()
    other: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)

    def presets_on(self, kind: str) -> tuple[str, ...]:
        """Names of the presets that have values for data of this kind: plane, small or large."""
        return tuple(name for name, preset in self.presets.items() if kind in preset.values)
