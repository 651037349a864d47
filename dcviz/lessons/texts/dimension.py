"""Lesson 3: ID, LID and curvature."""

from __future__ import annotations

from dcviz.lessons.lesson import Case, Lesson, Prediction, Reading, Step, View

DIMENSION = Lesson(
    id="dimension",
    title="ID, LID and curvature",
    goal="Read the three numbers of a latent space, with their scale and their blind spots.",
    steps=(
        Step(
            "Intrinsic dimension",
            "TwoNN asks how much farther the second neighbor is than the first. On the digits, ten latent "
            "coordinates hold points of about {digits_id} dimensions.",
            View("digits-rdc", 200, color="local_id", inputs=False),
            page="geometry",
        ),
        Step(
            "Linear dimension",
            "LID counts the straight axes that are needed for 90 % of the variance of a cluster: "
            "{digits_lid} here. A curved sheet needs more axes than it has dimensions; the surplus LID − ID "
            "is called curvature: {digits_curvature}.",
            View("digits-rdc", 200, color="cluster", inputs=False),
            page="geometry",
        ),
        Step(
            "After the switch",
            "Move to epoch 300: {digits_curvature_end}. R-DC flattened the clusters by this measure. Now the "
            "arcs: DEC ends at {dec_curvature}, R-DC at {rdc_curvature}, although only DEC folded.",
            View("arcs-dec", 400, other="arcs-rdc"),
            page="geometry",
        ),
    ),
    prediction=Prediction(
        "Each of the four arcs is a bent line with a little noise. Which dimension will TwoNN find?",
        {"1": "About 1", "1.5": "About 1.5", "2": "About 2"},
        ("2",),
    ),
    observation=(
        "ID = {id_low} to {id_high} (95 %), about 2. The nearest neighbors are closer than the noise is "
        "wide, and on that scale a noisy line fills the plane. On Geometry, ID over scale falls towards 1 as "
        "the scale grows beyond the noise."
    ),
    question="In a 2-D latent space, can FT = LID − ID as in R-DC's code show a twist?",
    answer=(
        "Hardly. Its LID is an index from zero, so in two dimensions it is 0 or 1, while ID stays near 2: FT "
        "is stuck near −1. Even shuffling all points leaves it there, because it looks at the present cloud "
        "only and never asks which point came from where. A twist is a statement about a map, so a measure "
        "of it must compare two states."
    ),
    negatives=(
        Case(
            "A fold that ID does not see",
            "DEC turned over {dec_flip} of the triangles. Its ID is {dec_id}, R-DC's {rdc_id}. No alarm.",
            View("arcs-dec", 400, other="arcs-rdc"),
        ),
        Case(
            "Curvature below zero",
            "On the digits DEC ends with LID − ID = {dec_digits_curvature}. No sheet is less curved than "
            "flat: the two estimators err in different directions, and the difference carries both errors.",
            View("digits-dec", 300, color="cluster", inputs=False),
        ),
        Case(
            "Too few points",
            "Below 20 points a cluster has no ID here but a reason why not. With 20 points in a "
            "cube, whose dimension is 3, nine of ten estimates lie between 1.7 and 4.2.",
        ),
    ),
    plan={
        10: "Step 1, the prediction, the observation.",
        25: "All steps and the question; the first negative case on the projector.",
        45: "As 25; then Geometry: ID over scale for noise 0.02, 0.06 and 0.2 of arcs trained on the spot.",
    },
    notes=(
        "Always read ID with its interval and its n: half the points give another value.",
        "LID here counts components at 90 %; the paper's code takes an index at 99.99 %. Geometry names "
        "which.",
        "The word curvature is the paper's. It is a difference of two dimensions, not a second derivative.",
    ),
    claims=("noise-fills-the-plane", "ft-is-blind", "rdc-flattens-digits"),
    terms=("id", "lid", "curvature", "ft"),
    readings={
        "digits_id": Reading("digits-rdc", 200, "id", ".1f"),
        "digits_lid": Reading("digits-rdc", 200, "lid", ".1f"),
        "digits_curvature": Reading("digits-rdc", 200, "curvature", "+.1f"),
        "digits_curvature_end": Reading("digits-rdc", 300, "curvature", "+.1f"),
        "dec_digits_curvature": Reading("digits-dec", 300, "curvature", "+.1f"),
        "dec_curvature": Reading("arcs-dec", 400, "curvature", "+.2f"),
        "rdc_curvature": Reading("arcs-rdc", 400, "curvature", "+.2f"),
        "dec_flip": Reading("arcs-dec", 400, "flip", ".0%"),
        "dec_id": Reading("arcs-dec", 400, "id"),
        "rdc_id": Reading("arcs-rdc", 400, "id"),
        "id_low": Reading("arcs-rdc", 200, "id_low", ".1f"),
        "id_high": Reading("arcs-rdc", 200, "id_high", ".1f"),
    },
)
