"""A plain PyTorch loop whose latents can be watched: python -m examples.plain_pytorch.

The one line that matters is dcviz.record(...). Open the app meanwhile: the run grows there.
"""

import torch
from sklearn.datasets import load_digits
from torch import nn

import dcviz

x, y = load_digits(return_X_y=True)
points = torch.tensor(x / 16, dtype=torch.float32)
encoder = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))
decoder = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64))
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)


def train_one_epoch() -> float:
    """One pass over the points; returns the mean loss."""
    total = 0.0
    for batch in points[torch.randperm(len(points))].split(128):
        loss = nn.functional.mse_loss(decoder(encoder(batch)), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(points)


def main(epochs: int = 10) -> None:
    """Train, recording every epoch."""
    for epoch in range(1, epochs + 1):
        loss = train_one_epoch()
        with torch.no_grad():
            z = encoder(points).numpy()
        dcviz.record("plain-pytorch", epoch, z, labels=y, losses={"reconstruction": loss})
    print("Kept as run plain-pytorch; a second training needs another name.")


if __name__ == "__main__":
    main()
