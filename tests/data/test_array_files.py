import pickle

import numpy as np
import pytest

from dcviz.data import DataError, load


class _Trap:
    """Unpickling this writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def _npz(tmp_path, **arrays):
    np.savez(tmp_path / "mine.npz", **arrays)
    return tmp_path / "mine.npz"


@pytest.mark.parametrize(("shape", "image_shape"), [
    ((6, 5), None),
    ((6, 4, 5), (1, 4, 5)),
    ((6, 4, 5, 1), (1, 4, 5)),
    ((6, 4, 5, 3), (3, 4, 5)),
    ((6, 3, 4, 5), (3, 4, 5)),
    ((6, 7, 4, 5), (1, 7, 4, 5)),
    ((6, 7, 4, 5, 1), (1, 7, 4, 5)),
    ((6, 1, 7, 4, 5), (1, 7, 4, 5)),
])  # fmt: skip
def test_shape_tells_what_a_sample_is(tmp_path, rng, shape, image_shape):
    x = rng.integers(0, 256, shape).astype(np.uint8)
    data = load(_npz(tmp_path, x=x))
    assert data.image_shape == image_shape
    assert data.x.shape == (6, x.size // 6)
    assert data.x.dtype == np.uint8
    assert data.x.flags.c_contiguous
    assert sorted(data.x[2]) == sorted(x[2].ravel())
    assert data.scale == (1 / 255 if image_shape else 1 / x.max())


def test_color_channels_come_first(tmp_path, rng):
    x = rng.integers(0, 256, (6, 4, 5, 3)).astype(np.uint8)
    data = load(_npz(tmp_path, x=x))
    np.testing.assert_array_equal(data.x.reshape(6, 3, 4, 5)[1, 2], x[1, :, :, 2])


@pytest.mark.parametrize("dtype", ["float64", "float16", "int32", "bool"])
def test_other_numbers_become_float32(tmp_path, dtype):
    x = np.array([[0, 1], [1, 0], [1, 1]], dtype)
    data = load(_npz(tmp_path, x=x))
    assert data.x.dtype == np.float32
    assert data.scale == 1
    np.testing.assert_array_equal(data.x, x.astype(np.float32))


@pytest.mark.parametrize(("y", "names"), [
    (np.array([5, 3, 5, 9]), ("3", "5", "9")),
    (np.array([5.0, 3.0, 5.0, 9.0]), ("3", "5", "9")),
    (np.array([[5], [3], [5], [9]]), ("3", "5", "9")),
    (np.array(["cat", "ape", "cat", "dog"]), ("ape", "cat", "dog")),
    (np.array([b"cat", b"ape", b"cat", b"dog"]), ("ape", "cat", "dog")),
])  # fmt: skip
def test_labels_are_numbered_in_sorted_order(tmp_path, y, names):
    data = load(_npz(tmp_path, x=np.eye(4), y=y))
    assert data.labels.tolist() == [1, 0, 1, 2]
    assert data.labels.dtype == np.int64
    assert data.class_names == names
    assert data.clusters == 3


def test_class_names_of_the_file(tmp_path):
    names = np.array(["ape", "bee", "cat"])
    data = load(_npz(tmp_path, x=np.eye(4), y=[2, 0, 2, 0], class_names=names))
    assert data.class_names == ("ape", "cat")


def test_without_labels(tmp_path):
    path = _npz(tmp_path, x=np.eye(4), y=[0, 1, 0, 1])
    for data in (load(path, labels="none"), load(_npz(tmp_path, x=np.eye(4)))):
        assert data.labels is None
        assert data.clusters is None
        assert data.class_names == ()


def test_labels_may_be_named(tmp_path):
    path = _npz(tmp_path, x=np.eye(4), y=[0, 0, 0, 1], kind=[0, 1, 0, 1])
    assert load(path, labels="kind").labels.tolist() == [0, 1, 0, 1]
    with pytest.raises(DataError, match="no array 'sort' for the labels; it has x, y, kind"):
        load(path, labels="sort")


def test_npy_with_labels_beside_it(tmp_path):
    np.save(tmp_path / "z.npy", np.eye(4))
    np.save(tmp_path / "z_labels.npy", [1, 1, 0, 0])
    assert load(tmp_path / "z.npy").labels is None
    assert load(str(tmp_path / "z.npy"), labels="z_labels.npy").labels.tolist() == [1, 1, 0, 0]
    with pytest.raises(DataError, match=r"labels='gone.npy' must name an existing"):
        load(tmp_path / "z.npy", labels="gone.npy")


def test_flat_rows_may_be_pictures(tmp_path):
    path = _npz(tmp_path, x=np.zeros((4, 12), np.uint8))
    assert load(path, image_shape="3,2,2").image_shape == (3, 2, 2)
    assert load(path, image_shape=(3, 2, 2)).image_shape == (3, 2, 2)
    for bad, says in (("2,2", "C,H,W or"), ("1,2,2", "has 4 values, a row has 12"), ("a,b,c", "got 'a,b,c'")):
        with pytest.raises(DataError, match=says):
            load(path, image_shape=bad)


NAN = np.eye(5)
NAN[3, 2] = np.nan


@pytest.mark.parametrize(("arrays", "says"), [
    ({"x": NAN}, "1 of 5 rows .* first is nan in row 3, column 2"),
    ({"x": np.eye(3) * 1e300}, "first is 1e.300 in row 0, column 0"),
    ({"x": np.array([["a"], ["b"]])}, "real numbers, got dtype <U1"),
    ({"x": np.eye(3) * 1j}, "got dtype complex128"),
    ({"x": np.arange(5.0)}, r"shape \(5,\)"),
    ({"x": np.zeros((0, 3))}, "no values"),
    ({"x": np.zeros((2, 3, 3, 4))}, "have an alpha channel"),
    ({"x": np.zeros((2, 4, 3, 3, 5))}, r"1 or 3 channels .* got shape"),
    ({"x": np.zeros((2,) * 6)}, "samples of 5 axes are not known"),
    ({"a": np.eye(3), "b": np.eye(3)}, r"no array x among its arrays \(a, b\)"),
    ({"x": np.eye(3), "y": [0, 1]}, r"3 samples but the labels have shape \(2,\)"),
    ({"x": np.eye(3), "y": np.eye(3)}, "argmax"),
    ({"x": np.eye(3), "y": [0, 0.5, 1]}, "label 0.5 in row 1"),
    ({"x": np.eye(3), "y": [0, np.nan, 1]}, "label nan in row 1"),
    ({"x": np.array([{}, []], object)}, "holds Python objects"),
    ({"x": np.eye(2), "y": np.array(["a", None], object)}, "holds Python objects"),
])  # fmt: skip
def test_bad_arrays_are_refused_with_the_value(tmp_path, arrays, says):
    with pytest.raises(DataError, match=says):
        load(_npz(tmp_path, **arrays))


def test_nothing_is_unpickled(tmp_path):
    path, sprung = tmp_path / "trap.npy", tmp_path / "sprung"
    np.save(path, np.array([_Trap(sprung)], object), allow_pickle=True)
    with pytest.raises(DataError, match="holds Python objects, which could run code"):
        load(path)
    for name in ("trap.npy", "trap.npz"):
        (tmp_path / name).write_bytes(pickle.dumps(_Trap(sprung)))
        with pytest.raises(DataError, match="trap"):
            load(tmp_path / name)
    for name in ("trap.pkl", "trap.pt"):
        (tmp_path / name).write_bytes(pickle.dumps(_Trap(sprung)))
        with pytest.raises(DataError, match="can run code and are refused"):
            load(tmp_path / name)
    assert not sprung.exists()


def test_header_that_numpy_cannot_parse(tmp_path):
    np.save(tmp_path / "z.npy", np.eye(4))
    content = (tmp_path / "z.npy").read_bytes()
    (tmp_path / "z.npy").write_bytes(content.replace(b"(4, 4)", b"(4, 4]"))
    with pytest.raises(DataError, match="cannot be read as a"):
        load(tmp_path / "z.npy")


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_empty_and_cut_files(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"is empty \(0 bytes\)"):
        load(path)
    (np.savez if name.endswith("z") else np.save)(path, np.arange(3000.0).reshape(30, 100))
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(DataError, match=r"cannot be read as a|is truncated or damaged"):
        load(path)


def test_flipped_byte_in_npz_is_noticed(tmp_path):
    path = _npz(tmp_path, x=np.ones((50, 50)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"cannot be read as a .npz file .*CRC"):
        load(path)


def test_options_of_other_formats_are_refused(tmp_path):
    with pytest.raises(DataError, match="no option 'resize' for it; options: labels, image_shape"):
        load(_npz(tmp_path, x=np.eye(3)), resize=28)


@pytest.mark.parametrize("name", ["a.npz", "a.npy"])
def test_any_other_bytes_are_not_called_python_objects(tmp_path, name):
    (tmp_path / name).write_bytes(b"this is a letter")
    with pytest.raises(DataError, match=rf"{name} is no \.np[yz] file inside"):
        load(tmp_path / name)


def test_a_header_that_claims_more_than_there_is_takes_no_memory(tmp_path) -> None:
    path = tmp_path / "liar.npy"
    with path.open("wb") as file:
        claim = {"descr": "<f4", "fortran_order": False, "shape": (10**13, 10)}
        np.lib.format.write_array_header_1_0(file, claim)
        file.write(b"\0" * 64)
    with pytest.raises(DataError, match="400000000000000 bytes"):
        load(path)
