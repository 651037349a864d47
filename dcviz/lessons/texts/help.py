"""Lesson 6: does R-DC help?"""

from __future__ import annotations

from dcviz.lessons.lesson import Case, Lesson, Prediction, Reading, Step, View

HELP = Lesson(
    id="help",
    title="Does R-DC help?",
    goal="Judge a claim about a method by separating its parts, and by comparing at equal movement.",
    steps=(
        Step(
            "R-DC keeps the bands",
            "From the same start as DEC, R-DC ends with {rdc_flip} turned over. It also moved by only "
            "{rdc_movement} while DEC moved by {dec_movement}. Who does not move cannot fold.",
            View("arcs-dec", 400, other="arcs-rdc"),
        ),
        Step(
            "Take the decoder away",
            "R-DC has two parts: neighbor targets, and rebuilding (weight γ). Here γ = 0: the neighbors "
            "alone, for 400 epochs. Predict first, then play.",
            View("arcs-rdc-bare", 200),
        ),
        Step(
            "Real data",
            "The digits, from one pretraining. R-DC raises neighbor purity from {digits_before} to "
            "{digits_rdc}; DEC lowers it to {digits_dec}. Accuracy: {acc_before} before, {acc_rdc} and "
            "{acc_dec} after.",
            View("digits-dec", 300, other="digits-rdc", color="label", inputs=False),
        ),
    ),
    prediction=Prediction(
        "R-DC without its decoder, 400 epochs. What happens to the bands?",
        {
            "kept": "They keep their shape",
            "bent": "They are bent or squeezed",
            "folded": "They fold and cross",
        },
        ("folded",),
    ),
    observation=(
        "{bare_flip} of the triangles are turned over, {bare_crossings} crossings an edge, purity "
        "{bare_purity}, after a movement of {bare_movement}. With the decoder and the same neighbor "
        "targets: {rdc_flip}."
    ),
    question="On which axis should two methods be compared, and what do you conclude about R-DC here?",
    answer=(
        "Against movement, not against epochs: a slow method looks harmless because it has gone nowhere yet. "
        "Over eight seeds, at a movement of 0.08 the bare targets turned over 1 % and DEC 8 %; at 0.18 they "
        "turned over 14 % and DEC 43 %. So the targets are gentler than DEC's, and yet they fold. With the "
        "decoder nothing folds, in R-DC and in IDEC alike: what keeps the bands is above all the "
        "reconstruction. R-DC does no harm to these data, and on the digits it helps the neighborhoods a "
        "little. That it raises accuracy cannot be seen here."
    ),
    negatives=(
        Case(
            "No gain in accuracy",
            "On the arcs R-DC leaves k-means accuracy at {arcs_acc}, on the digits it goes from {acc_before} "
            "to {acc_rdc}. These settings are one seed each; the Benchmarks page holds the published sets.",
            View("digits-rdc", 300, color="cluster", inputs=False),
        ),
        Case(
            "Neighbors alone cost accuracy",
            "Without its decoder R-DC ends with an accuracy of {bare_acc}: dots are drawn along the bands "
            "into knots that cut them.",
            View("arcs-rdc-bare", 600, color="cluster"),
        ),
        Case(
            "Taken literally it runs away",
            "On pictures the published second phase takes its targets from clean images and trains on "
            "distorted ones. Measured on Fashion-MNIST over five seeds, accuracy then fell from .55 to .34; "
            "with targets averaged over distorted views, as is the default here, it rose from there to .58. "
            "The literal reading is a setting.",
        ),
    ),
    plan={
        10: "Steps 1 and 2, the prediction, the question.",
        25: "All steps, then the plot of damage against movement on Feature Twist.",
        45: "As 25; then groups train R-DC with γ = 0.1, 1 and 10 and place their run in that plot.",
    },
    notes=(
        "The lesson contradicts a slogan. Let the class find the contradiction from step 1: compare "
        "movements.",
        "An ablation removes one part and keeps the rest. Ask what else changed when γ became 0.",
        "One toy family and one small set of pictures: say so. Larger runs are on the Benchmarks page.",
    ),
    claims=(
        "rdc-keeps",
        "rdc-hardly-moves",
        "dec-moves",
        "idec-moves",
        "bare-targets-fold",
        "bare-targets-fold-later",
        "bare-targets-fold-less",
        "dec-folds-at-its-movement",
        "decoder-protects",
        "idec-keeps",
        "rdc-helps-digits-purity",
    ),
    terms=("rdc", "movement", "reconstruction", "purity", "twist"),
    readings={
        "rdc_flip": Reading("arcs-rdc", 400, "flip", ".0%"),
        "rdc_movement": Reading("arcs-rdc", 400, "procrustes", ".4f"),
        "dec_movement": Reading("arcs-dec", 400, "procrustes", ".2f"),
        "digits_before": Reading("digits-rdc", 200, "purity", ".3f"),
        "digits_rdc": Reading("digits-rdc", 300, "purity", ".3f"),
        "digits_dec": Reading("digits-dec", 300, "purity", ".3f"),
        "acc_before": Reading("digits-rdc", 200, "acc", ".3f"),
        "acc_rdc": Reading("digits-rdc", 300, "acc", ".3f"),
        "acc_dec": Reading("digits-dec", 300, "acc", ".3f"),
        "bare_flip": Reading("arcs-rdc-bare", 600, "flip", ".0%"),
        "bare_crossings": Reading("arcs-rdc-bare", 600, "crossings"),
        "bare_purity": Reading("arcs-rdc-bare", 600, "purity"),
        "bare_movement": Reading("arcs-rdc-bare", 600, "procrustes"),
        "bare_acc": Reading("arcs-rdc-bare", 600, "acc"),
        "arcs_acc": Reading("arcs-rdc", 400, "acc"),
    },
)
