"""scikit-learn: an auto-encoder of MLPRegressor, recorded every pass: python -m examples.scikit_learn."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPRegressor

import dcviz


def encode(model: MLPRegressor, x: np.ndarray) -> np.ndarray:
    """Latents: the first two layers, ReLU between them (what MLPRegressor computes inside)."""
    hidden = np.maximum(x @ model.coefs_[0] + model.intercepts_[0], 0)
    return hidden @ model.coefs_[1] + model.intercepts_[1]


def main(epochs: int = 10) -> None:
    """Train, recording every pass."""
    x, y = load_digits(return_X_y=True)
    x = x / 16
    model = MLPRegressor(hidden_layer_sizes=(64, 8, 64), random_state=0)
    for epoch in range(1, epochs + 1):
        model.partial_fit(x, x)
        dcviz.record("scikit-learn", epoch, encode(model, x), labels=y, losses={"squared error": model.loss_})
    print("Kept as run scikit-learn; a second training needs another name.")


if __name__ == "__main__":
    main()
