"""A Lightning callback that records latents after every epoch: python -m examples.lightning_callback."""

import lightning
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import dcviz


class RecordLatents(lightning.Callback):
    """Hand the latents of all points to the lab after every epoch."""

    def __init__(self, run: str, x: torch.Tensor, labels=None):
        self.run, self.x, self.labels = run, x, labels

    def on_train_epoch_end(self, trainer, module) -> None:
        """Record, on the first process alone."""
        if trainer.is_global_zero:
            with torch.no_grad():
                z = module.encode(self.x.to(module.device)).cpu().numpy()
            losses = {name: float(value) for name, value in trainer.callback_metrics.items()}
            dcviz.record(self.run, trainer.current_epoch + 1, z, labels=self.labels, losses=losses)


class Autoencoder(lightning.LightningModule):
    """64-32-4 and back."""

    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 4))
        self.up = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 64))

    def encode(self, x):
        """Latents of points."""
        return self.down(x)

    def training_step(self, batch, index):
        """Rebuild the points."""
        loss = nn.functional.mse_loss(self.up(self.down(batch[0])), batch[0])
        self.log("reconstruction", loss, on_epoch=True, on_step=False)
        return loss

    def configure_optimizers(self):
        """Adam."""
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def main(epochs: int = 5, checkpoint: str = "") -> None:
    """Train, recording every epoch; keep Lightning's own checkpoint where a name is given."""
    x, y = load_digits(return_X_y=True)
    points = torch.tensor(x / 16, dtype=torch.float32)
    trainer = lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, callbacks=[RecordLatents("lightning", points, labels=y)],
    )  # fmt: skip
    trainer.fit(Autoencoder(), DataLoader(TensorDataset(points), batch_size=128, shuffle=True))
    if checkpoint:
        trainer.save_checkpoint(checkpoint)


if __name__ == "__main__":
    main()
