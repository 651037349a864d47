"""Checkpoints as other programs leave them."""

import subprocess
import sys
from pathlib import Path

import pytest

from dcviz.runs import RunStore

FOREIGN = Path(__file__).parent / "foreign"

# A training script as anyone writes it: its own module, its own names, everything in one dict.
SCRIPT = """
import sys, torch
from torch import nn

class Squeeze(nn.Module):
    def __init__(self, wide, narrow):
        super().__init__()
        self.fc_in = nn.Linear(64, wide)
        self.bn = nn.BatchNorm1d(wide)
        self.fc_mid = nn.Linear(wide, narrow)
        self.to_code = nn.Linear(narrow, 10)
        self.back = nn.ModuleList([nn.Linear(10, narrow), nn.Linear(narrow, wide), nn.Linear(wide, 64)])

    def encode(self, x):
        x = torch.tanh(self.bn(self.fc_in(x)))
        return self.to_code(torch.tanh(self.fc_mid(x)))

    def forward(self, x):
        x = self.encode(x)
        for layer in self.back[:-1]:
            x = torch.tanh(layer(x))
        return self.back[-1](x)

torch.manual_seed(0)
net = Squeeze(24, 16)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
x = torch.rand(256, 64)
for epoch in range(3):
    loss = ((net(x) - x) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
net.eval()
torch.save({"epoch": 3, "model_state_dict": net.state_dict(), "optimizer_state_dict": optimizer.state_dict(),
            "loss": loss}, sys.argv[1])
probe = torch.linspace(0, 1, 20 * 64).reshape(20, 64)
torch.save({"x": probe, "z": net.encode(probe).detach()}, sys.argv[2])
"""


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint of a plain script, and points with the latents that script gives them."""
    place = tmp_path_factory.mktemp("foreign")
    weights, probe = place / "last.pth", place / "probe.pt"
    subprocess.run([sys.executable, "-c", SCRIPT, str(weights), str(probe)], check=True)
    return weights, probe


@pytest.fixture
def lightning_checkpoint() -> Path:
    """Written by lightning 2.6 (Trainer.save_checkpoint): two epochs of examples/lightning_callback.py."""
    return FOREIGN / "lightning.ckpt"


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")
