"""What cannot be used is refused in words, and nothing is written: every case with its message."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dcviz.data.dataset import DataError
from dcviz.data.guard import Limits
from dcviz.exchange.intake import import_latents
from dcviz.exchange.latents import incoming


def npy(shape: str, *, kind: str = "<f4", body: bytes = b"") -> bytes:
    """A .npy file whose header may lie."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + body


def zipped(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)


def array_bytes(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def nan_in(row: int) -> np.ndarray:
    z = np.zeros((9, 2))
    z[row, 1] = np.nan
    return z


BAD_NPY = {
    "empty": (b"", "empty"),
    "not an array": (b"hello, world" * 9, "cannot be read"),
    "truncated": (array_bytes(np.eye(9))[:-8], "truncated"),
    "header alone": (array_bytes(np.eye(9))[:40], "cannot be read"),
    "lies about 10 TB": (npy("(1000000000000, 10)", body=b"\0" * 40), "truncated or damaged"),
    "negative shape": (npy("(-5, 2)", body=b"\0" * 40), "shape"),
    "objects": (npy("(1,)", kind="|O", body=b"cos\nsystem\n(S'true'\ntR."), "Python objects"),
    "text": (array_bytes(np.array([["a", "b"]] * 5)), "real numbers"),
    "complex": (array_bytes(np.ones((5, 2), complex)), "real numbers"),
    "dates": (array_bytes(np.zeros((5, 2), "M8[s]")), "real numbers"),
    "one axis": (array_bytes(np.ones(9)), "(n, d)"),
    "four axes": (array_bytes(np.ones((2, 2, 2, 2))), "(n, d)"),
    "no rows": (array_bytes(np.ones((0, 2))), "3 points"),
    "no columns": (array_bytes(np.ones((9, 0))), "3 points"),
    "two points": (array_bytes(np.ones((2, 2))), "3 points"),
    "nan": (array_bytes(nan_in(4)), "row 4"),
    "too large for float32": (array_bytes(np.full((9, 2), 1e300)), "row 0"),
    "version 9": (b"\x93NUMPY\x09\x00" + b"\0" * 80, ".npy format"),
}


@pytest.mark.parametrize("case", BAD_NPY)
def test_bad_arrays(tmp_path, store, case) -> None:
    content, words = BAD_NPY[case]
    (tmp_path / "z.npy").write_bytes(content)
    refused(tmp_path / "z.npy", store, words)


def refused(path: Path, store, words: str, **options) -> None:
    """The import ends with these words, and the store is as empty as before."""
    with pytest.raises(DataError, match=None) as caught:
        import_latents(incoming(path, **options), store)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not store.root.exists() or not list(store.root.iterdir())


def test_ten_gigabytes_against_one(tmp_path, store) -> None:
    with open(tmp_path / "z.npy", "wb") as file:
        file.truncate(10 * 2**30)
    refused(tmp_path / "z.npy", store, "10.0 GB, at most 1.0 GB")


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "npz", "npy"])
def test_the_limit_holds_for_every_format(tmp_path, store, kind) -> None:
    (tmp_path / f"z.{kind}").write_bytes(b"1,2\n" * 1000)
    refused(tmp_path / f"z.{kind}", store, "at most", limits=Limits(file_bytes=1000))


def test_zip_bomb(tmp_path, store) -> None:
    zipped(tmp_path / "z.npz", z=npy("(50000000, 1)", kind="|u1", body=bytes(50_000_000)))
    refused(tmp_path / "z.npz", store, "zip bomb")


def test_an_archive_larger_inside_than_allowed(tmp_path, store) -> None:
    zipped(tmp_path / "z.npz", z=array_bytes(np.random.default_rng(0).normal(size=(1000, 10))))
    refused(tmp_path / "z.npz", store, "unpacks to", limits=Limits(file_bytes=79_000))


def test_a_header_inside_an_archive_may_lie_too(tmp_path, store) -> None:
    zipped(tmp_path / "z.npz", z=npy("(1000000000000, 2)", body=b"\0" * 64))
    refused(tmp_path / "z.npz", store, "truncated or damaged")


@pytest.mark.parametrize("name", ["../z", "/etc/z", "a/../../z", "a\\z"])
def test_names_that_lead_out_of_an_archive(tmp_path, store, name) -> None:
    with zipfile.ZipFile(tmp_path / "z.npz", "w") as archive:
        entry = zipfile.ZipInfo("x")
        entry.filename = f"{name}.npy"
        archive.writestr(entry, array_bytes(np.eye(4)))
    refused(tmp_path / "z.npz", store, "leads out")


def test_a_link_inside_an_archive(tmp_path, store) -> None:
    with zipfile.ZipFile(tmp_path / "z.npz", "w") as archive:
        entry = zipfile.ZipInfo("z.npy")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    refused(tmp_path / "z.npz", store, "is a link")


def test_truncated_archive(tmp_path, store) -> None:
    np.savez(tmp_path / "z.npz", z=np.eye(50))
    whole = (tmp_path / "z.npz").read_bytes()
    (tmp_path / "z.npz").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "z.npz", store, "cannot be read")


def test_damaged_archive(tmp_path, store) -> None:
    np.savez(tmp_path / "z.npz", z=np.random.default_rng(0).normal(size=(50, 5)))
    whole = bytearray((tmp_path / "z.npz").read_bytes())
    whole[300] ^= 0xFF
    (tmp_path / "z.npz").write_bytes(whole)
    refused(tmp_path / "z.npz", store, "cannot be read")


def test_links_in_a_folder(tmp_path, store, folder) -> None:
    secret = tmp_path / "secret.npy"
    np.save(secret, np.eye(60, 3))
    os.symlink(secret, folder / "00003.npy")
    refused(folder, store, "is a link")


def test_a_folder_instead_of_a_file_and_a_pipe(tmp_path, store) -> None:
    (tmp_path / "00001.npy").mkdir()
    refused(tmp_path, store, "is a folder")
    os.mkfifo(tmp_path / "z.npy")
    refused(tmp_path / "z.npy", store, "device or pipe")


def test_lengths_that_differ_between_epochs(store, folder) -> None:
    np.save(folder / "00011.npy", np.eye(59, 3))
    refused(folder, store, "(59, 3), the epochs before (60, 3)")


def test_dimensions_that_differ_between_epochs(store, folder) -> None:
    np.save(folder / "00011.npy", np.eye(60, 4))
    refused(folder, store, "(60, 4), the epochs before (60, 3)")


def test_nan_in_the_last_epoch_leaves_nothing_behind(store, folder) -> None:
    z = np.eye(60, 3)
    z[17, 0] = np.inf
    np.save(folder / "00011.npy", z)
    refused(folder, store, "epoch 11: 1 of 60 rows")


def test_one_epoch_twice(store, folder) -> None:
    np.save(folder / "epoch_2.npy", np.eye(60, 3))
    refused(folder, store, "both epoch 2")


def test_labels_of_another_length(store, folder) -> None:
    np.save(folder / "labels.npy", np.arange(59))
    refused(folder, store, "60 points but 59 labels")


@pytest.mark.parametrize(
    ("labels", "words"),
    [(np.array([0.5] * 60), "whole number"), (np.zeros((60, 3)), "one label for each"),
     (np.array([object()] * 60, dtype=object), "Python objects")],
)  # fmt: skip
def test_labels_of_another_kind(store, folder, labels, words) -> None:
    np.save(folder / "labels.npy", labels, allow_pickle=True)
    refused(folder, store, words)


def test_folders_without_latents(tmp_path, store) -> None:
    (tmp_path / "nothing").mkdir()
    refused(tmp_path / "nothing", store, "00001.npy")


@pytest.mark.parametrize("ending", ["pkl", "pt", "h5", "zip", "exe", ""])
def test_endings_that_are_not_read(tmp_path, store, ending) -> None:
    path = tmp_path / (f"z.{ending}" if ending else "z")
    path.write_bytes(b"content")
    refused(path, store, "latents come as")


BAD_TABLES = {
    "text in a column": ("z0,z1\n1,2\nx,3\n4,5\n", "'x'"),
    "missing cell": ("z0,z1\n1,2\n,3\n4,5\n", "missing"),
    "header alone": ("z0,z1\n", "no rows"),
    "nan": ("z0,z1\n1,2\nnan,3\n4,5\n", "missing"),
    "infinity": ("z0,z1\n1,2\ninf,3\n4,5\n", "row 1"),
    "labels alone": ("label\na\nb\na\n", "no latent columns"),
    "half epoch": ("epoch,z0\n1,1\n1.5,2\n1,3\n", "no whole number"),
    "uneven epochs": ("epoch,z0\n1,1\n1,2\n1,3\n2,4\n2,4\n2,4\n2,4\n", "epochs before"),
    "negative epoch": ("epoch,z0\n-1,1\n-1,2\n-1,3\n", "epochs lie in"),
    "not text": (b"\xff\xfe\x00\x01" * 9, "cannot be read"),
    "two labels": ("label,class,z0\na,b,1\na,b,2\na,b,3\n", "could all be the labels"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_tables(tmp_path, store, case) -> None:
    content, words = BAD_TABLES[case]
    path = tmp_path / "z.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(path, store, words)


def test_a_parquet_file_that_unpacks_to_gigabytes(tmp_path, store) -> None:
    pd.DataFrame({"z0": np.zeros(2_000_000), "z1": np.zeros(2_000_000)}).to_parquet(tmp_path / "z.parquet")
    assert (tmp_path / "z.parquet").stat().st_size < 200_000
    refused(tmp_path / "z.parquet", store, "unpacks to 2000000 rows", limits=Limits(file_bytes=10**7))


def test_truncated_parquet(tmp_path, store) -> None:
    pd.DataFrame({"z0": np.arange(90.0)}).to_parquet(tmp_path / "z.parquet")
    whole = (tmp_path / "z.parquet").read_bytes()
    (tmp_path / "z.parquet").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "z.parquet", store, "cannot be read")


def test_clusters_of_another_length(tmp_path, store) -> None:
    np.savez(tmp_path / "z.npz", z=np.eye(9), clusters=np.arange(8))
    refused(tmp_path / "z.npz", store, "clusters have shape (1, 8)")


@pytest.mark.parametrize(("clusters", "words"), [(1, "at least 2"), (61, "must not exceed")])
def test_numbers_of_clusters_that_cannot_be(store, folder, clusters, words) -> None:
    with pytest.raises(DataError, match=words):
        import_latents(incoming(folder), store, clusters=clusters)
    assert not store.root.exists()
