"""FINCH: first neighbors, on the inputs or on the latents of an auto-encoder."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalog.budgets import single_phase, standard_presets
from models.catalog.entry import Extra, MethodEntry, Panel, TrainingSettings
from models.settings import setting


@dataclass(frozen=True)
class FinchSettings(TrainingSettings):
    """Settings of FINCH; the network is an auto-encoder whose latents show the clusters."""

    features: str = setting(
        "input",
        choices=("input", "latents"),
        help="What is clustered: the inputs (once, nothing is learned), or the latents of each snapshot.",
    )
    metric: str = setting("cosine", choices=("cosine", "euclidean"), help="What first neighbors go by.")
    level: int = setting(
        0,
        0,
        100,
        "Round whose partition is taken, 1 the finest; 0: exactly K clusters, or the coarsest.",
    )


FINCH = MethodEntry(
    id="finch",
    title="FINCH",
    paper="Sarfraz, Sharma and Stiefelhagen, Efficient parameter-free clustering using first neighbors",
    year=2019,
    phases=("reconstruction",),
    settings=FinchSettings,
    presets=single_phase(standard_presets()),
    implementation="models.methods.finch:Finch",
    summary="Joins each point with its first neighbor, then the groups with theirs; not a deep method.",
    panels=(
        Panel(
            "bars",
            "Clusters a round",
            ("levels",),
            "How many clusters each round of joining leaves.",
            r"i \sim j \iff j = \kappa_i \ \text{or}\ i = \kappa_j\ \text{or}\ \kappa_i = \kappa_j",
            "kappa_i: first neighbor of i, by the metric chosen. Rounds go from the finest to the coarsest.",
            "which round is right: nothing in the data says so.",
            ("metric", "features", "level"),
        ),
    ),
    extras={
        "levels": Extra("array", "clusters a round", "From the finest partition to the coarsest."),
        "partitions": Extra("points", "cluster in each round", "One column a round."),
    },
)
