"""Lesson 2: core and border."""

from __future__ import annotations

from dcviz.lessons.lesson import Case, Lesson, Prediction, Reading, Step, View

_RUN = "arcs-rdc"

CORE_BORDER = Lesson(
    id="core-border",
    title="Core and border",
    goal="Work both filters of R-DC for one point by hand, and say what the first one really measures.",
    steps=(
        Step(
            "The first filter",
            "A point is core where its neighbors are about equally far: r = D₁ / D_M above λ. Core dots are "
            "filled, border dots are rings. Drag λ and watch dots cross over. With λ = 0.5 and M = 5 the "
            "share is {share}.",
            View(_RUN, 200, color="split", thresholds=True),
        ),
        Step(
            "What the law says",
            "Where points lie evenly in m dimensions, a share (1 − λᵐ)ᴹ⁻¹ is core, whatever the density. For "
            "m = 2, λ = 0.5, M = 5 that is 0.32. Compare with the share of step 1, then make λ larger.",
            View(_RUN, 200, color="split", thresholds=True),
        ),
        Step(
            "More dimensions",
            "The digits live in about {digits_id} dimensions. There, with λ = 0.6, {digits_share} are core. "
            "The same threshold, another dimension: the share is a statement about dimension.",
            View("digits-rdc", 200, color="split", inputs=False, thresholds=True),
        ),
    ),
    prediction=Prediction(
        "Two clusters, one a hundred times as spread out as the other. Which has the larger share of core "
        "points?",
        {"dense": "The dense one", "wide": "The wide one", "same": "Neither"},
        ("same",),
    ),
    observation=(
        "The number r is a ratio of two distances, so the unit drops out. On the arcs {share} are core and "
        "the law says {law}; on the digits {digits_share}, and the law says {digits_law} at their dimension."
    ),
    question="The paper calls core points those in dense regions. What would a test of density have to use?",
    answer=(
        "A distance itself, such as D_M below a bound, which changes with scale. A ratio of distances cannot "
        "see density. It tells how evenly the neighbors are placed, which depends on the local dimension: "
        "the same statistic is the heart of the TwoNN estimator."
    ),
    negatives=(
        Case(
            "M too large",
            "Set M to 15 and λ to 0.6: for m = 2 the law leaves (1 − 0.36)¹⁴, less than 0.2 %. Almost every "
            "point is border, R-DC has nothing to pull, and what remains is plain reconstruction.",
            View(_RUN, 200, color="split", thresholds=True),
        ),
        Case(
            "Core points are not purer",
            "On the digits the neighbors of core points share their class in {core_purity} of cases, those "
            "of border points in {border_purity}. The first filter does not select the safer points here.",
            View("digits-rdc", 200, color="purity", inputs=False, thresholds=True),
        ),
        Case(
            "A second filter that filters nothing",
            "With τ = 0.6 the share of reliable neighbors on the arcs is {reliable}: all distances are "
            "smaller than τ. It is a length in latent units, so it has to be set for each latent space.",
            View(_RUN, 200, color="split", thresholds=True),
        ),
    ),
    plan={
        10: "Step 1 with one dot worked out on the board: five distances, the ratio, core or border.",
        25: "All steps, the prediction, the first two negative cases.",
        45: "As 25; then Explore: find λ so that half of the points are core, and predict it from the law "
        "first.",
    },
    notes=(
        "Click a dot in Explore: its neighbors, their distances and the ratio are written out.",
        "Do the law as a derivation with an advanced class: each of M − 1 neighbors, placed evenly in the "
        "ball of radius D_M, lies farther than λ D_M with probability 1 − λᵐ.",
        "Say it aloud: labels are used for the purity shown, never for the split.",
    ),
    claims=("law-of-core", "ratio-has-no-unit", "large-m-leaves-no-core"),
    terms=("core", "reliable", "law", "purity", "id"),
    readings={
        "share": Reading(_RUN, 200, "core_share"),
        "law": Reading(_RUN, 200, "core_share_law"),
        "reliable": Reading(_RUN, 200, "reliable", ".0%"),
        "digits_id": Reading("digits-rdc", 200, "id", ".0f"),
        "digits_share": Reading("digits-rdc", 200, "core_share"),
        "digits_law": Reading("digits-rdc", 200, "core_share_law"),
        "core_purity": Reading("digits-rdc", 200, "purity_core", ".1%"),
        "border_purity": Reading("digits-rdc", 200, "purity_border", ".1%"),
    },
)
