"""Files that are no weights, or worse: refused in words, nothing run, nothing written, the app goes on."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from dcviz.data.dataset import DataError
from dcviz.data.guard import Limits
from dcviz.engine.inspect.sandbox import plain_tensors
from dcviz.engine.inspect.weights import read_weights

ROOT = Path(__file__).parents[2]


class Evil:
    """Unpickling this would make a file."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


def refused(path: Path, words: str, **options) -> None:
    with pytest.raises(DataError) as caught:
        read_weights(path, **options)
    assert words in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("old", [False, True])
def test_nothing_in_a_file_is_ever_run(tmp_path, old) -> None:
    import torch

    mark = tmp_path / "it-ran"
    torch.save({"state_dict": Evil(mark)}, tmp_path / "e.pt", _use_new_zipfile_serialization=not old)
    refused(tmp_path / "e.pt", "posix.system, which can run code")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Evil(mark)))
    refused(tmp_path / "plain.pt", "plain.pt")
    assert not mark.exists()


def test_a_pickled_module_is_refused_with_the_way_to_its_weights(tmp_path) -> None:
    import torch

    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pt")
    refused(tmp_path / "module.pt", "torch.nn.modules.linear.Linear")
    refused(tmp_path / "module.pt", "torch.save(model.state_dict(), 'weights.pt')")


def test_torchscript(tmp_path) -> None:
    import torch

    torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)).save(str(tmp_path / "s.pt"))
    refused(tmp_path / "s.pt", "TorchScript")


def test_a_view_of_one_number_as_ten_billion(tmp_path) -> None:
    import torch

    torch.save({"w": torch.zeros(1).expand(10**10)}, tmp_path / "w.pt")
    assert (tmp_path / "w.pt").stat().st_size < 10_000
    refused(tmp_path / "w.pt", "more memory")


def test_a_zip_bomb_that_calls_itself_weights(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b/data.pkl", b"")
        archive.writestr("b/data/0", bytes(60_000_000))
    refused(tmp_path / "b.pt", "zip bomb")


@pytest.mark.parametrize("name", ["../../b", "/etc/b"])
def test_names_that_lead_out(tmp_path, name) -> None:
    with zipfile.ZipFile(tmp_path / "b.pt", "w") as archive:
        archive.writestr(name, b"x")
    refused(tmp_path / "b.pt", "leads out")


@pytest.mark.parametrize("ending", ["pt", "safetensors", "npz"])
def test_ten_gigabytes_against_one(tmp_path, ending) -> None:
    with open(tmp_path / f"w.{ending}", "wb") as file:
        file.truncate(10 * 2**30)
    refused(tmp_path / f"w.{ending}", "10.0 GB, at most 1.0 GB")


@pytest.mark.parametrize("ending", ["pt", "safetensors", "npz"])
@pytest.mark.parametrize("content", [b"", b"hello" * 40, b"PK\x03\x04" + bytes(60)])
def test_what_is_no_checkpoint(tmp_path, ending, content) -> None:
    (tmp_path / f"w.{ending}").write_bytes(content)
    with pytest.raises(DataError):
        read_weights(tmp_path / f"w.{ending}")


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_files(tmp_path, foreign, share) -> None:
    whole = foreign[0].read_bytes()
    (tmp_path / "t.pth").write_bytes(whole[: int(len(whole) * share)])
    refused(tmp_path / "t.pth", "t.pth cannot be read")
    whole = save({"w": np.eye(50, dtype=np.float32)})
    (tmp_path / "t.safetensors").write_bytes(whole[: int(len(whole) * share)])
    refused(tmp_path / "t.safetensors", "cannot be read")


@pytest.mark.parametrize(
    "header",
    [b"{}", b'{"w":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,8]}}', b"not json",
     b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4000]}}', b"[" * 5000],
)  # fmt: skip
def test_safetensors_headers_that_lie(tmp_path, header) -> None:
    (tmp_path / "w.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(DataError):
        read_weights(tmp_path / "w.safetensors")


def test_a_header_of_exabytes(tmp_path) -> None:
    (tmp_path / "w.safetensors").write_bytes((2**62).to_bytes(8, "little") + b"{}")
    refused(tmp_path / "w.safetensors", "cannot be read")


def test_optimizer_state_alone(tmp_path) -> None:
    import torch

    torch.save({"optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}}}, tmp_path / "o.pt")
    refused(tmp_path / "o.pt", "no weights beside 1 tensors of an optimizer")


@pytest.mark.parametrize("ending", ["h5", "pkl", "pb", ""])
def test_endings_that_are_not_read(tmp_path, ending) -> None:
    path = tmp_path / (f"w.{ending}" if ending else "w")
    path.write_bytes(b"content")
    refused(path, "weights come as")


def test_a_child_that_takes_too_long_is_ended(tmp_path, foreign) -> None:
    with pytest.raises(DataError, match="within 0"), plain_tensors(foreign[0], Limits(), seconds=0.05):
        pytest.fail("nothing to read")


FUZZ = """
import io, random, sys, zipfile
import torch
from dcviz.engine.inspect import child
child.limit(child.resource.RLIMIT_AS, child.mapped_bytes() + 2**31)
random.seed(0)
whole = [open(path, "rb").read() for path in sys.argv[1:]]
read = refused = 0
for turn in range(150):
    data = bytearray(whole[turn % len(whole)])
    for _ in range(random.randint(1, 6)):
        place = random.randrange(min(len(data), 4000 if turn % 2 else len(data)))
        if random.random() < 0.8:
            data[place] = random.randrange(256)
        else:
            del data[place : place + random.randint(1, 30)]
    open("fuzzed.pt", "wb").write(data)
    try:
        found = child.Findings(torch, 2**26)
        found.walk(child.load(torch, "fuzzed.pt"), "", 0)
        read += 1
    except Exception:
        refused += 1
print(read, refused)
"""


def test_damaged_torch_files_end_in_exceptions_never_in_a_crash(tmp_path, foreign) -> None:
    import torch

    torch.save(
        {"w": torch.eye(3), "n": [1, "two", 3.0]}, tmp_path / "old.pt", _use_new_zipfile_serialization=False
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", FUZZ, str(foreign[0]), str(tmp_path / "old.pt")],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1500:]
    read, refused_ = map(int, done.stdout.split())
    assert read + refused_ == 150
    assert refused_ > 20


def test_damaged_safetensors_are_read_or_refused(tmp_path) -> None:
    buffer = io.BytesIO(save({"a.weight": np.eye(4, dtype=np.float32), "a.bias": np.zeros(4, np.float16)}))
    whole, rng = buffer.getvalue(), np.random.default_rng(0)
    read = 0
    for _ in range(200):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), rng.integers(1, 4)):
            data[place] = rng.integers(0, 256)
        (tmp_path / "f.safetensors").write_bytes(data)
        try:
            read += bool(read_weights(tmp_path / "f.safetensors").tensors)
        except DataError:
            continue
    assert 0 < read < 200


def test_nobody_is_advised_to_run_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "bad.pt").write_bytes(b"\x80\x04gibberish")
    with pytest.raises(DataError, match="no torch file") as told:
        read_weights(tmp_path / "bad.pt")
    assert "weights_only" not in str(told.value)
