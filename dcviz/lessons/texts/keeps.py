"""Lesson 1: what an auto-encoder keeps."""

from __future__ import annotations

from dcviz.lessons.lesson import Case, Lesson, Prediction, Reading, Step, View

_RUN = "arcs-autoencoder"

KEEPS = Lesson(
    id="keeps",
    title="What an auto-encoder keeps",
    goal="Say what learning to rebuild the input does to the shape of data, and what it does not promise.",
    steps=(
        Step(
            "Before training",
            "Epoch 0 is a network of random numbers. Left the input, right where the network puts it. Follow "
            "one band by its color: {untrained} of its small triangles are turned over already. "
            "Nobody trained that fold; a ReLU layer with random weights makes it.",
            View(_RUN, 0),
        ),
        Step(
            "While it learns to rebuild",
            "Play to epoch 200. The decoder has to tell from the latent alone where a dot was in the input. "
            "Two inputs at one place cannot both be rebuilt, so the fold has to go: {learned} are left.",
            View(_RUN, 200),
        ),
        Step(
            "And then?",
            "The same loss for 200 more epochs. Say first what you expect, then move the cursor to 400.",
            View(_RUN, 200),
        ),
    ),
    prediction=Prediction(
        "The auto-encoder goes on for 200 epochs, with no clustering at all. What happens to the bands?",
        {"kept": "They stay as they are", "folded": "They slowly fold", "points": "They shrink to points"},
        ("kept",),
    ),
    observation=(
        "From epoch 200 to 400 {flip} of the triangles turned over and the shape moved by {movement} "
        "(Procrustes disparity, 0 is no change). Neighbor purity went from {purity_start} before training "
        "to {purity_end}."
    ),
    question="Why can an auto-encoder that rebuilds well not lay two bands on top of each other?",
    answer=(
        "If two different inputs had one latent, the decoder would answer the same for both, and at least "
        "one would be rebuilt badly. A small reconstruction error therefore forces the map to be nearly one "
        "to one on the data. It forces no more: the map may stretch, bend or turn the plane as it likes."
    ),
    negatives=(
        Case(
            "High purity before learning",
            "The untrained network has a purity of {purity_start}: nine of ten neighbors share their band, "
            "although nothing was learned. A random map of a plane keeps many neighbors. High purity alone "
            "is no proof of learning.",
            View(_RUN, 0),
        ),
        Case(
            "Keeping is not clustering",
            "After 200 epochs the shape is kept and k-means on the latents reaches an accuracy of {acc} "
            "only. It looks for round clusters, and these are arcs. A faithful latent space need not be an "
            "easy one.",
            View(_RUN, 200, color="cluster"),
        ),
        Case(
            "A linear network never folded",
            "The same data under a linear network: {linear} of the triangles are turned over before "
            "training. A linear map of a plane can stretch and squeeze but not fold.",
            View("arcs-dec-linear", 0),
        ),
    ),
    plan={
        10: "Steps 1 and 2, the prediction, the question aloud.",
        25: "All steps, the prediction written down, the first two negative cases, the question in pairs.",
        45: "As 25, then Train: the four arcs with 1 latent dimension instead of 2, and why that must fold.",
    },
    notes=(
        "Common mistake: to call every curved picture twisted. Bands that are bent as a whole are not "
        "folded.",
        "The colors are the place along the original band, not a label. The network never sees them.",
        "Let somebody point at the fold at epoch 0: two colors on one place.",
    ),
    claims=("untrained-folds", "reconstruction-unfolds", "reconstruction-stays"),
    terms=("reconstruction", "purity", "flipped", "movement"),
    readings={
        "untrained": Reading(_RUN, 0, "flip_input", ".0%"),
        "learned": Reading(_RUN, 200, "flip_input", ".0%"),
        "flip": Reading(_RUN, 400, "flip", ".0%"),
        "movement": Reading(_RUN, 400, "procrustes", ".4f"),
        "purity_start": Reading(_RUN, 0, "purity"),
        "purity_end": Reading(_RUN, 400, "purity"),
        "acc": Reading(_RUN, 200, "acc"),
        "linear": Reading("arcs-dec-linear", 0, "flip_input", ".0%"),
    },
)
