"""Lesson 4: the twist."""

from __future__ import annotations

from dcviz.lessons.lesson import Case, Lesson, Prediction, Reading, Step, View

TWIST = Lesson(
    id="twist",
    title="The twist",
    goal="See a latent space fold when clustering begins, measure it, and tell a fold from a turn.",
    steps=(
        Step(
            "Up to the switch",
            "Play to the flag at epoch 200. The network rebuilds its input, and the bands look as at the "
            "left.",
            View("arcs-dec", 190),
        ),
        Step(
            "Across the switch",
            "Predict, then play on slowly. DEC pulls every dot to the center it already leans to and no "
            "longer rebuilds. After 20 epochs nothing is folded; after 60, {dec_60} of the triangles are.",
            View("arcs-dec", 200),
        ),
        Step(
            "The same start, three losses",
            "All three continue the same 200 epochs. IDEC clusters too but keeps rebuilding: {idec} are "
            "turned over. R-DC pulls to neighbors and rebuilds: {rdc}.",
            View("arcs-idec", 400, other="arcs-rdc"),
        ),
    ),
    prediction=Prediction(
        "DEC takes over at epoch 200. What happens to the bands?",
        {
            "kept": "They keep their shape",
            "bent": "They are bent or squeezed",
            "folded": "They fold and cross",
        },
        ("folded",),
    ),
    observation=(
        "200 epochs later {dec} of the small triangles are turned over and there are {crossings} crossings "
        "an edge. Accuracy went from {acc_before} up to {acc_after}; neighbor purity from {purity_before} "
        "down to {purity_after}."
    ),
    question="Accuracy rose while the bands were folded. Was that an improvement?",
    answer=(
        "Accuracy counts how many points carry the label of their cluster. A band may be folded or cut and "
        "still end up mostly inside one cluster. Whoever needs the groups alone may be content; whoever "
        "reads neighborhoods, paths or distances from the latent space is misled: one in twelve neighbors "
        "is now from another band. So show purity and folds beside accuracy."
    ),
    negatives=(
        Case(
            "A linear network cannot fold",
            "The paper's own setting: {linear} turned over. It presses the plane onto a line instead, and "
            "purity falls from {linear_before} to {linear_after}: flat and merged, but not twisted.",
            View("arcs-dec-linear", 400),
        ),
        Case(
            "Straight blobs far apart",
            "Purity and accuracy stay at {blobs_purity} and {blobs_acc}: no group is harmed. Inside each bar "
            "{blobs_flip} of the tiny triangles turn over nevertheless, because DEC squeezes it to a point. "
            "A count of folds does not know which folds matter.",
            View("blobs-dec", 400),
        ),
        Case(
            "Only rebuilding",
            "The auto-encoder alone, over the same 200 epochs: {ae} turned over.",
            View("arcs-autoencoder", 400),
        ),
    ),
    plan={
        10: "Steps 1 and 2 with a show of hands for the prediction, the observation, the question.",
        25: "All steps, predictions written down and exported, the linear network, the question in pairs.",
        45: "As 25; then the switch-moment table: who finds the largest weight that does not fold?",
    },
    notes=(
        "A triangle that keeps its corners but changes its sense of rotation was turned over. Do it with a "
        "paper triangle: turning in the plane never does it, only lifting it.",
        "The mirror image of everything is no fold: if most triangles turn, the others are counted.",
        "What the papers show is a flattening under a linear network. The folding is seen with one ReLU "
        "layer.",
    ),
    claims=(
        "dec-spares-the-start",
        "dec-folds",
        "dec-crosses",
        "dec-turns",
        "rdc-keeps",
        "rdc-does-not-cross",
        "rdc-does-not-turn",
        "idec-keeps",
        "linear-flattens",
        "linear-never-folds",
        "linear-merges",
        "dec-loses-purity",
        "blobs-keep-groups",
        "blobs-move-little",
    ),
    terms=("twist", "flipped", "crossings", "rotation", "switch", "acc", "purity"),
    readings={
        "dec_60": Reading("arcs-dec", 260, "flip", ".0%"),
        "dec": Reading("arcs-dec", 400, "flip", ".0%"),
        "crossings": Reading("arcs-dec", 400, "crossings"),
        "idec": Reading("arcs-idec", 400, "flip", ".0%"),
        "rdc": Reading("arcs-rdc", 400, "flip", ".0%"),
        "acc_before": Reading("arcs-dec", 200, "acc"),
        "acc_after": Reading("arcs-dec", 400, "acc"),
        "purity_before": Reading("arcs-dec", 200, "purity"),
        "purity_after": Reading("arcs-dec", 400, "purity"),
        "linear": Reading("arcs-dec-linear", 400, "flip", ".0%"),
        "linear_before": Reading("arcs-dec-linear", 200, "purity"),
        "linear_after": Reading("arcs-dec-linear", 400, "purity"),
        "blobs_purity": Reading("blobs-dec", 400, "purity"),
        "blobs_acc": Reading("blobs-dec", 400, "acc"),
        "blobs_flip": Reading("blobs-dec", 400, "flip", ".0%"),
        "ae": Reading("arcs-autoencoder", 400, "flip", ".0%"),
    },
)
