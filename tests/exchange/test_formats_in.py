"""Every format gives the same latents, epochs, labels and clusters."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dcviz.exchange.latents import incoming


def write(path: Path, kind: str, z: np.ndarray, names: np.ndarray) -> tuple[Path, str | None]:
    """Save three epochs (or, where a format holds one, the first) under the usual names of a format."""
    if kind == "npy":
        np.save(path / "z.npy", z)
        np.save(path / "y.npy", names)
        return path / "z.npy", "y.npy"
    if kind == "npz":
        np.savez(path / "z.npz", z=z, y=names)
        return path / "z.npz", None
    if kind == "compressed npz":
        np.savez_compressed(path / "z.npz", latents=z.astype(np.float64), labels=names)
        return path / "z.npz", None
    frames = [
        pd.DataFrame({"epoch": epoch, "label": names, **{f"z{i}": z[epoch][:, i] for i in range(3)}})
        for epoch in range(3)
    ]
    table = pd.concat(frames)
    if kind == "parquet":
        table.to_parquet(path / "z.parquet")
        return path / "z.parquet", None
    table.to_csv(path / f"z.{kind}", sep={"csv": ",", "tsv": "\t"}[kind], index=False)
    return path / f"z.{kind}", None


@pytest.mark.parametrize("kind", ["npy", "npz", "compressed npz", "csv", "tsv", "parquet"])
def test_every_format_holds_the_same(tmp_path, latents, names, kind) -> None:
    path, labels = write(tmp_path, kind, latents, names)
    found = incoming(path, labels=labels)
    assert found.epochs == (0, 1, 2)
    assert found.class_names == ("ant", "bee", "cat")
    np.testing.assert_array_equal(found.labels, np.arange(60) % 3)
    for epoch in found.epochs:
        z = found.checked_latents(epoch)
        assert z.dtype == np.float32
        np.testing.assert_allclose(z, latents[epoch], rtol=1e-6)


def test_a_folder_takes_its_epochs_from_the_names(folder) -> None:
    np.save(folder / "notes-without-number.npy", np.zeros(3))
    found = incoming(folder)
    assert found.epochs == (1, 2, 10)
    assert found.class_names == ("ant", "bee", "cat")


@pytest.mark.parametrize("name", ["epoch_7.npy", "latents-7.npy", "7.npy", "run2_epoch0007.npy"])
def test_the_last_number_of_a_name_is_the_epoch(tmp_path, name) -> None:
    np.save(tmp_path / name, np.eye(4))
    assert incoming(tmp_path).epochs == (7,)


def test_labels_can_be_left_out(folder) -> None:
    assert incoming(folder, labels="none").labels is None


@pytest.mark.parametrize(("name", "text"), [("y.txt", "a\nb\na\nb\n"), ("y.csv", "label\na\nb\na\nb\n")])
def test_labels_in_a_file_of_their_own(tmp_path, name, text) -> None:
    np.save(tmp_path / "z.npy", np.eye(4))
    (tmp_path / name).write_text(text)
    np.testing.assert_array_equal(incoming(tmp_path / "z.npy", labels=name).labels, [0, 1, 0, 1])


def test_clusters_come_along_and_noise_stays_noise(tmp_path) -> None:
    np.savez(tmp_path / "a.npz", z=np.eye(5), clusters=np.array([7, -1, 7, 9, 9]))
    np.testing.assert_array_equal(incoming(tmp_path / "a.npz").checked_clusters(0, 5), [0, -1, 0, 1, 1])


def test_columns_that_are_neither_latents_nor_known_are_named(tmp_path) -> None:
    frame = pd.DataFrame(np.eye(4), columns=[f"z{i}" for i in range(4)]).assign(id=range(4), file="a.png")
    frame.to_csv(tmp_path / "z.csv", index=False)
    found = incoming(tmp_path / "z.csv")
    assert found.checked_latents(0).shape == (4, 4)
    assert found.note.endswith("of its columns id, file were left out")


def test_a_table_without_z_names_takes_every_other_column(tmp_path) -> None:
    pd.DataFrame({"a": [1.0, 2, 3], "b": [3.0, 2, 1], "class": list("xyx")}).to_csv(tmp_path / "t.csv")
    found = incoming(tmp_path / "t.csv")
    np.testing.assert_array_equal(found.checked_latents(0), [[1, 3], [2, 2], [3, 1]])
    assert found.class_names == ("x", "y")


@pytest.mark.parametrize("kind", [np.float16, np.float64, np.int32, np.uint8, bool])
def test_numbers_of_any_kind_become_float32(tmp_path, kind) -> None:
    np.save(tmp_path / "z.npy", np.eye(4).astype(kind))
    z = incoming(tmp_path / "z.npy").checked_latents(0)
    assert z.dtype == np.float32
    np.testing.assert_array_equal(z, np.eye(4))
