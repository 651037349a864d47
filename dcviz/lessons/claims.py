"""CLAIMS: every numeric sentence of the lessons, with the bound that its test holds it to.

The bounds leave a margin around what was measured over eight seeds (benchmarks/results/twist.csv, made by
`python -m benchmarks.twist`). A claim that needs no training names the test that checks it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One sentence that a test holds.

    Attributes:
        id: key in CLAIMS.
        text: the sentence, with its bound.
        arm: row group of the twist table; "" where no training is needed.
        score: column of the table.
        at_least: lower bound for every seed.
        at_most: upper bound for every seed.
        epoch: epochs after the switch.
        movement: instead of an epoch: where the run has moved this far, between measured epochs.
        test: "file::function" for claims without an arm.
    """

    id: str
    text: str
    arm: str = ""
    score: str = ""
    at_least: float | None = None
    at_most: float | None = None
    epoch: int = 200
    movement: float | None = None
    test: str = ""


_LAWS = "tests/lessons/test_laws.py::"
_GALLERY = "tests/lessons/test_gallery.py::"

_TRAINED = (
    Claim("dec-folds", "200 epochs of DEC turn over more than 25 % of the triangles.",
          "dec", "flip", at_least=0.25),
    Claim("dec-crosses", "DEC makes more than 0.1 crossings an edge.", "dec", "crossings", at_least=0.1),
    Claim("dec-turns", "Under DEC neighborhoods turn unequally: rotation dispersion above 0.5.",
          "dec", "rotation", at_least=0.5),
    Claim("dec-loses-purity", "DEC lowers the purity of ten neighbors below 0.95.",
          "dec", "purity", at_most=0.95),
    Claim("dec-spares-the-start", "20 epochs after the switch DEC has turned over at most 10 %.",
          "dec", "flip", at_most=0.1, epoch=20),
    Claim("rdc-keeps", "R-DC turns over at most 2 % of the triangles.", "rdc", "flip", at_most=0.02),
    Claim("rdc-does-not-cross", "R-DC makes at most 0.02 crossings an edge.",
          "rdc", "crossings", at_most=0.02),
    Claim("rdc-does-not-turn", "Under R-DC rotation dispersion stays below 0.01.",
          "rdc", "rotation", at_most=0.01),
    Claim("rdc-hardly-moves", "R-DC with its default weight moves by at most 0.005.",
          "rdc", "movement", at_most=0.005),
    Claim("dec-moves", "DEC moves by more than 0.15.", "dec", "movement", at_least=0.15),
    Claim("idec-keeps", "IDEC clusters as well, but rebuilds: it turns over at most 5 %.",
          "idec", "flip", at_most=0.05),
    Claim("idec-moves", "IDEC moves by more than 0.05.", "idec", "movement", at_least=0.05),
    Claim("linear-never-folds", "A linear network turns nothing over.",
          "dec linear", "flip", at_most=0.0),
    Claim("linear-flattens", "It flattens: the condition number of the encoder exceeds 100.",
          "dec linear", "condition", at_least=100.0),
    Claim("linear-merges", "And it merges: purity falls below 0.8.", "dec linear", "purity", at_most=0.8),
    Claim("blobs-keep-groups", "On straight blobs no group is harmed: purity stays above 0.99.",
          "dec blobs", "purity", at_least=0.99),
    Claim("blobs-move-little", "The blobs move by at most 0.12.", "dec blobs", "movement", at_most=0.12),
    Claim("bare-targets-fold", "Neighbor targets without reconstruction fold in the end: over 20 % after "
          "500 epochs.", "rdc gamma 0", "flip", at_least=0.2, epoch=500),
    Claim("decoder-protects", "The same targets with a decoder of weight 0.1: at most 6 % after 500 epochs.",
          "rdc gamma 0.1", "flip", at_most=0.06, epoch=500),
    Claim("bare-targets-fold-later", "At a movement of 0.08 R-DC's bare targets have folded at most 5 %.",
          "rdc gamma 0", "flip", at_most=0.05, movement=0.08),
    Claim("bare-targets-fold-less", "At DEC's movement of 0.18 they have folded at most 30 %,",
          "rdc gamma 0", "flip", at_most=0.3, movement=0.18),
    Claim("dec-folds-at-its-movement", "while DEC has folded at least 25 % there.",
          "dec", "flip", at_least=0.25, movement=0.18),
)  # fmt: skip
_SHOWN = (
    Claim("untrained-folds", "An untrained network folds the plane: over 10 % against the input.",
          test=_GALLERY + "test_untrained_networks_fold_and_reconstruction_unfolds"),
    Claim("reconstruction-unfolds", "200 epochs of reconstruction leave at most 2 % of that.",
          test=_GALLERY + "test_untrained_networks_fold_and_reconstruction_unfolds"),
    Claim("reconstruction-stays", "Reconstruction alone turns over at most 1 % in 200 more epochs.",
          test=_GALLERY + "test_the_auto_encoder_alone_folds_nothing"),
    Claim("law-of-core", "The core share of uniform points follows (1 - lambda^m)^(M-1) within 0.03.",
          test=_LAWS + "test_core_share_follows_the_law_whatever_the_density"),
    Claim("ratio-has-no-unit", "A hundred times larger, the same points are core.",
          test=_LAWS + "test_core_share_follows_the_law_whatever_the_density"),
    Claim("large-m-leaves-no-core", "With M = 15 and lambda = 0.6 less than 3 % of the arcs are core.",
          test=_LAWS + "test_a_large_m_leaves_no_core"),
    Claim("noise-fills-the-plane", "TwoNN finds 1.7 to 2.3 dimensions in the noisy arcs.",
          test=_LAWS + "test_noise_fills_the_plane_on_the_small_scale"),
    Claim("ft-is-blind", "Shuffling all points leaves ID and LID of the cloud unchanged.",
          test=_LAWS + "test_dimension_cannot_see_which_point_came_from_where"),
    Claim("rdc-flattens-digits", "On the digits LID - ID falls under R-DC.",
          test=_GALLERY + "test_digits_of_one_pretraining"),
    Claim("rdc-helps-digits-purity", "On the digits purity rises under R-DC and falls under DEC.",
          test=_GALLERY + "test_digits_of_one_pretraining"),
    Claim("seeds-agree-on-folding", "Two seeds of DEC both fold over 25 %.",
          test=_GALLERY + "test_two_seeds_fold_as_much_but_elsewhere"),
    Claim("seeds-differ-in-picture", "But different ones: of those turned over under either, fewer than "
          "40 % are under both.",
          test=_GALLERY + "test_two_seeds_fold_as_much_but_elsewhere"),
    Claim("turning-is-no-twist", "Turning, mirroring, scaling and shifting all points scores 0.",
          test=_LAWS + "test_turning_everything_is_no_twist"),
)  # fmt: skip

CLAIMS: dict[str, Claim] = {claim.id: claim for claim in (*_TRAINED, *_SHOWN)}
