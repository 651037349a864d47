"""Every reader of the user's files against every kind of bad file: one table, so that no cell is missing.

A cell holds what makes the file, and words of the message it must be refused with; or why there is no such
file. A refusal is one line, leaves every file as it was, and writes nothing.
"""

from pathlib import Path

import numpy as np
import pytest
from bad_files import (
    CONFIG,
    EPOCHS,
    GOOD,
    KINDS,
    NAN,
    NO_ARCHIVE,
    NO_NAMES,
    arrays,
    huge,
    link_entry,
    lying,
    npy,
    npz,
    parquet,
    picture,
    put,
    tables,
    the_torch,
    torch_file,
    weights,
    within,
    zipped,
)
from safetensors.numpy import save

from dcviz.data.dataset import DataError
from dcviz.data.own import read
from dcviz.engine.inspect.weights import read_weights
from dcviz.exchange.intake import import_latents
from dcviz.exchange.latents import incoming
from dcviz.runs import RunStore
from dcviz.runs.errors import RunError
from dcviz.runs.export import import_run

TABLE: dict[str, dict] = {
    "latents .npy": arrays(".npy", "z", matching=(put(npy(np.ones((2, 2)))), "3 points")),
    "latents .npz": arrays(
        ".npz",
        "z",
        matching=(
            put(npz(z=GOOD, labels=np.arange(39))),
            "there are 40 samples but the labels have shape (39,)",
        ),
    ),
    "latents .csv": tables(
        ".csv", matching=(put(b"epoch,z0\n" + b"1,1\n1,2\n1,4\n2,3\n" * 3), "epochs before")
    ),
    "latents .parquet": tables(
        ".parquet", matching=(put(parquet(epoch=[1, 1, 1, 2] * 3, z0=[1.0, 2, 3, 4] * 3)), "epochs before")
    ),
    "latents folder": {
        "truncated": (within(*EPOCHS, ("00002.npy", npy(GOOD)[:-9])), "truncated"),
        "10 GB": (within(*EPOCHS, big="00002.npy"), "10.0 GB"),
        "lying header": (within(("00001.npy", lying("(1000000000000, 2)"))), "truncated or damaged"),
        "wrong dtype": (within(("00001.npy", npy(np.array([["a"]] * 9)))), "real numbers"),
        "NaN": (within(*EPOCHS, ("00002.npy", npy(NAN))), "epoch 2"),
        "mismatched lengths": (within(*EPOCHS, ("00002.npy", npy(GOOD[:9]))), "epochs before"),
        "zip bomb": NO_ARCHIVE,
        "..": NO_NAMES,
        "link": (within(*EPOCHS, links={"00002.npy": "/etc/hostname"}), "is a link"),
    },
    "projector": {
        "truncated": (
            within(
                ("projector_config.pbtxt", b'embeddings { tensor_path: "'),
            ),
            "",
        ),
        "10 GB": (
            within(("projector_config.pbtxt", CONFIG % b"z.tsv"), ("m.tsv", b"a\n"), big="z.tsv"),
            "10.0 GB",
        ),
        "lying header": (within(("projector_config.pbtxt", b"embeddings {}")), ""),
        "wrong dtype": (
            within(
                ("projector_config.pbtxt", CONFIG % b"z.tsv"),
                ("m.tsv", b"a\nb\nc\n"),
                ("z.tsv", b"a\tb\nc\td\ne\tf\n"),
            ),
            "",
        ),
        "NaN": (
            within(
                ("projector_config.pbtxt", CONFIG % b"z.tsv"),
                ("m.tsv", b"a\nb\nc\n"),
                ("z.tsv", b"1\t2\nnan\t3\n4\t5\n"),
            ),
            "row 1|missing",
        ),
        "mismatched lengths": (
            within(
                ("projector_config.pbtxt", CONFIG % b"z.tsv"),
                ("m.tsv", b"a\nb\n"),
                ("z.tsv", b"1\t2\n3\t3\n4\t5\n"),
            ),
            "3 points but 2 labels",
        ),
        "zip bomb": NO_ARCHIVE,
        "..": (within(("projector_config.pbtxt", CONFIG % b"../z.tsv")), "leads out"),
        "link": (
            within(
                ("projector_config.pbtxt", CONFIG % b"z.tsv"),
                ("m.tsv", b"a\n"),
                links={"z.tsv": "/etc/hostname"},
            ),
            "is a link",
        ),
    },
    "run .zip": {
        "truncated": (put(zipped(**{"r/run.json": b"{}"})[:-20]), "cannot be imported"),
        "10 GB": (huge, "cannot be imported"),
        "lying header": (put(zipped(**{"r/run.json": b"no json"})), "no usable run"),
        "wrong dtype": (
            put(zipped(**{"r/run.json": b"{}", "r/latents/00001.pkl": b"x"})),
            "no file of a run folder",
        ),
        "NaN": "numbers of a run are read when they are shown, and said there (tests/test_faults.py)",
        "mismatched lengths": "a run's arrays are read when they are shown, and said there",
        "zip bomb": (
            put(lambda: zipped(**{"r/run.json": b"{}", "r/latents/00001.npy": bytes(60_000_000)})),
            "swells",
        ),
        "..": (put(zipped(**{"r/../../run.json": b"{}"})), "no file of a run folder"),
        "link": (put(link_entry("r/run.json")), "is a link"),
    },
    "weights .safetensors": weights(".safetensors", lambda: save({"w": GOOD})),
    "weights .pt": weights(".pt", lambda: torch_file({"w": the_torch().eye(90)})),
    "weights .pth": weights(".pth", lambda: torch_file({"w": the_torch().eye(90)})),
    "data .npy": arrays(".npy", "x", matching=(put(npy(np.ones(9))), "shape")),
    "data .npz": arrays(
        ".npz", "x", matching=(put(npz(x=GOOD, y=np.arange(39))), "40 samples but the labels")
    ),
    "data .csv": tables(".csv", matching=(put(b"a,b\n1,2\n3,4,5\n"), "cannot be read")),
    "data .parquet": tables(".parquet", matching="columns of a .parquet have one length"),
    "data folder": {
        "truncated": (within(("a.png", picture(40)[:45])), "cannot be read"),
        "10 GB": "a picture of that size is refused by its dimensions, as a bomb",
        "lying header": (within(("a.png", b"hello" * 9)), "cannot be read"),
        "wrong dtype": "pictures are bytes; other modes are named (tests/data/test_folders.py)",
        "NaN": "pictures are bytes",
        "mismatched lengths": (within(("a.png", picture()), ("b.png", picture(5))), "one size"),
        "zip bomb": (within(("a.png", picture(14_000))), "cannot be read"),
        "..": NO_NAMES,
        "link": (within(("b.png", picture()), links={"a.png": "/etc/hostname"}), "is a link"),
    },
}
CELLS = [(reader, kind) for reader in TABLE for kind in KINDS if isinstance(TABLE[reader][kind], tuple)]


def ask(reader: str, path: Path, store: RunStore) -> None:
    what = reader.split()[0]
    if what == "run":
        import_run(path, store)
    elif what == "weights":
        read_weights(path)
    elif what == "data":
        read(path)
    else:
        import_latents(incoming(path), store)


def everything(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_size for path in folder.rglob("*")}


@pytest.mark.parametrize(("reader", "kind"), CELLS)
def test_it_is_refused_in_words_and_nothing_is_written(tmp_path, store, reader, kind) -> None:
    make, words = TABLE[reader][kind]
    ending = reader.split()[1] if "." in reader else ""
    path = tmp_path / f"given{ending}"
    make(path)
    before = everything(tmp_path)
    with pytest.raises((DataError, RunError)) as told:
        ask(reader, path, store)
    said = str(told.value)
    assert any(each in said for each in words.split("|")), said
    assert "\n" not in said
    assert len(said) < 600
    (tmp_path / "runs").rmdir() if (tmp_path / "runs").exists() else None  # empty, or this fails
    assert everything(tmp_path) == before


def test_no_cell_is_missing() -> None:
    for reader, cells in TABLE.items():
        assert set(cells) == set(KINDS), reader
        for kind, cell in cells.items():
            assert isinstance(cell, tuple) or len(cell) > 10, (reader, kind)
    assert len(CELLS) > 100
