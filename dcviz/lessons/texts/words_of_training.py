"""Words of the glossary about training."""

from __future__ import annotations

from dcviz.lessons.term import Term

RDC, DEC_PAPER = "R-DC, arXiv:2503.03733", "Xie, Girshick and Farhadi 2016"

TERMS = (
    Term(
        "reconstruction",
        "Reconstruction",
        "How far what the decoder rebuilds lies from the input. Small means that the latent still tells "
        "where a point was.",
        r"L = \frac{1}{nD}\sum_i \lVert x_i - g(f(x_i)) \rVert^2",
        "f: encoder, g: decoder, D: values a point.",
        "square of the input's unit",
        "Hinton and Salakhutdinov 2006",
        "train",
        "An input goes through a narrow code and comes back.",
    ),
    Term(
        "switch",
        "Pretraining, fine-tuning, switch",
        "First the network learns to rebuild (self-supervision). At the switch the goal changes to clusters "
        "(pseudo-supervision: labels it made up itself).",
        r"L_{t \le s} = L_{\text{rec}},\qquad L_{t > s} = L_{\text{cluster}} + \gamma L_{\text{rec}}",
        "s: the switch; γ: weight of rebuilding, 0 in DEC.",
        "epochs",
        RDC,
        "twist",
        "A line of epochs in two colors with a flag between them.",
    ),
    Term(
        "acc",
        "Accuracy (ACC), NMI, ARI",
        "How well clusters match true labels. ACC names each cluster by the best one-to-one matching "
        "(Hungarian method) and counts hits; beside it stands the share of the largest class.",
        r"\mathrm{ACC} = \max_\pi \frac1n \#\{i : y_i = \pi(c_i)\}",
        "π: matching of clusters to labels.",
        "share, 0 to 1",
        "Kuhn 1955; Hubert and Arabie 1985",
        "geometry",
        "Two rows of colors joined by lines, one to one.",
    ),
    Term(
        "seed",
        "Seed",
        "The number from which all chance is drawn: weights, order, augmentation. The same seed gives the "
        "same training, to the last bit on a processor.",
        r"\theta_0, \pi_1, \pi_2, \ldots \sim \text{seed}",
        "θ: first weights, π: orders of points.",
        "a number without meaning",
        "this lab",
        "train",
        "A die, and two different curves from it.",
    ),
    Term(
        "dec",
        "DEC",
        "Pulls each point toward the center it already leans to and no longer rebuilds the input.",
        r"L = \mathrm{KL}(P \Vert Q),\quad p_{ij} \propto q_{ij}^2 / \textstyle\sum_i q_{ij}",
        "q: soft assignments (Student's t), p: the same, sharpened.",
        "nats",
        DEC_PAPER,
        "twist",
        "Points with arrows to the nearest of two centers.",
    ),
    Term(
        "rdc",
        "R-DC",
        "Pulls each core point toward the centroid of its reliable neighbors, and keeps rebuilding.",
        r"L = \lVert f(x_i) - c_i \rVert^2 + \gamma \lVert g(f(x_i)) - g(c_i) \rVert^2",
        "c: centroid of reliable neighbors (a constant); border points rebuild their input.",
        "square of the latents' unit",
        RDC + ", Eq. 11-14",
        "twist",
        "A point with an arrow to the middle of its near neighbors.",
    ),
)
