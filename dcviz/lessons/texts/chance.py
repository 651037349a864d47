"""Lesson 5: randomness and drift."""

from __future__ import annotations

from dcviz.lessons.lesson import Case, Lesson, Prediction, Reading, Step, View

CHANCE = Lesson(
    id="chance",
    title="Randomness and drift",
    goal="Tell what a picture owes to its seed from what it owes to the method.",
    steps=(
        Step(
            "Two seeds",
            "The same data and method, other weights at the start. Put both at epoch 200: each kept the "
            "bands, but turned and stretched in its own way.",
            View("arcs-dec", 200, other="arcs-dec-seed-1"),
        ),
        Step(
            "Across the switch",
            "Move both to epoch 400. They fold in different places.",
            View("arcs-dec", 400, other="arcs-dec-seed-1"),
        ),
        Step(
            "Drift",
            "Watch one run from 0 to 200: much of what moves is the whole picture turning or growing. That "
            "is drift; no measure of twist here counts it, because turning, mirroring, shifting and scaling "
            "all points together harms nothing.",
            View("arcs-dec", 20),
        ),
    ),
    prediction=Prediction(
        "Two seeds of DEC on the same arcs. What is alike in the end?",
        {
            "both": "The picture and the amount of folding",
            "amount": "The amount of folding, not the picture",
            "picture": "The picture, not the amount",
            "none": "Neither",
        },
        ("amount",),
    ),
    observation=(
        "Turned over: {flip_0} under seed 0 and {flip_1} under seed 1. Crossings an edge: {cross_0} and "
        "{cross_1}. Purity: {purity_0} and {purity_1}. Where it folds differs, that it folds does not."
    ),
    question="A paper shows one picture of a twisted latent space. What would you ask for?",
    answer=(
        "The same measure over several seeds, with its spread; the same start for both methods; and a case "
        "in which nothing twists. One picture shows that a thing can happen, not how often."
    ),
    negatives=(
        Case(
            "The same seed twice",
            "Seed 0 again gives the same weights to the last bit on a processor. All runs on the arcs here "
            "share their first 200 epochs that way, which is why they can be compared.",
            View("arcs-dec", 200, other="arcs-rdc"),
        ),
        Case(
            "A bad start",
            "Before training, seed 0 has {start_0} of the triangles turned over, seed 1 {start_1}. A switch "
            "at epoch 0 would freeze that: the switch-moment table shows it in its first row.",
            View("arcs-dec", 0, other="arcs-dec-seed-1"),
        ),
        Case(
            "K-means draws lots as well",
            "The same latents, other first centers: accuracy may change though no point moved. Geometry "
            "shows the band over seeds of k-means.",
        ),
    ),
    plan={
        10: "Steps 1 and 2 and the prediction.",
        25: "All steps, then the switch-moment table with its three seeds.",
        45: "As 25; then each group trains one seed of its own and writes its flipped share on the board.",
    },
    notes=(
        "Ask before step 3: is a latent space that was turned by 90 degrees worse?",
        "The board of shares from a whole class is an honest error bar. Keep the odd one.",
        "PCA axes may flip their sign between epochs; the viewer keeps one basis for the whole run.",
    ),
    claims=("seeds-agree-on-folding", "seeds-differ-in-picture", "turning-is-no-twist"),
    terms=("seed", "movement", "flipped", "acc"),
    readings={
        "flip_0": Reading("arcs-dec", 400, "flip", ".0%"),
        "flip_1": Reading("arcs-dec-seed-1", 400, "flip", ".0%"),
        "cross_0": Reading("arcs-dec", 400, "crossings"),
        "cross_1": Reading("arcs-dec-seed-1", 400, "crossings"),
        "purity_0": Reading("arcs-dec", 400, "purity"),
        "purity_1": Reading("arcs-dec-seed-1", 400, "purity"),
        "start_0": Reading("arcs-dec", 0, "flip_input", ".0%"),
        "start_1": Reading("arcs-dec-seed-1", 0, "flip_input", ".0%"),
    },
)
