"""The numbers that presets of several methods share: networks, batches, epochs. No torch here.

Kinds of data: plane (at most 3 inputs: the toys), small (at most 256: digits, tables), large (pictures).
"""

from __future__ import annotations

from models.catalog.entry import Budget

PLANE = {"network": "mlp", "latent_dim": 2, "batch_size": 64, "learning_rate": 1e-3}
LINEAR = {"network": "linear", "latent_dim": 2, "batch_size": 64, "learning_rate": 1e-2}
SMALL = {"network": "digits", "latent_dim": 10, "batch_size": 128, "learning_rate": 1e-3}
LARGE = {"network": "fc", "latent_dim": 10, "batch_size": 256, "learning_rate": 1e-4}

PLANE_FINETUNE = {"finetune_learning_rate": 1e-3, "refresh_every": 0}
LINEAR_FINETUNE = {"finetune_learning_rate": 1e-2, "refresh_every": 0}
SMALL_FINETUNE = {"finetune_learning_rate": 1e-4, "refresh_every": 0}

# 120,000 iterations are 439 epochs of 70,000 points in batches of 256; smaller sets get the same number of
# epochs, yet at least 12,000 iterations.
PRETRAIN = {
    ("quick", "plane"): 50,
    ("quick", "small"): 60,
    ("quick", "large"): Budget(10, at_least=400, at_most=1_000),
    ("standard", "plane"): 200,
    ("standard", "small"): 200,
    ("standard", "large"): Budget(80, at_least=4_000, at_most=20_000),
    ("paper", "plane"): 200,
    ("paper", "small"): 439,
    ("paper", "large"): Budget(439, at_least=12_000, at_most=120_000),
}
FINETUNE = {
    ("quick", "plane"): 50,
    ("quick", "small"): 40,
    ("quick", "large"): Budget(6, at_least=140, at_most=400),
    ("standard", "plane"): 200,
    ("standard", "small"): 100,
    ("standard", "large"): Budget(10, at_least=600, at_most=2_800),
    ("paper", "plane"): 200,
    ("paper", "small"): 100,
    ("paper", "large"): Budget(20, at_least=1_400, at_most=5_600),
}
SUMMARIES = {
    "quick": "ends in a few minutes on two CPU cores",
    "standard": "enough to see what the method does",
    "paper": "the schedule of the papers; for a GPU unless the data are small",
    "linear": "the paper's 2-D experiment: linear encoder and decoder, Adam 1e-2",
}
