"""Bringing in and embedding: refused while read-only, safe with any file name, whole or not at all."""

import io
from pathlib import Path

import numpy as np
import pytest

from dcviz.data.dataset import DataError
from dcviz.runs import default_store
from dcviz.ui import exchange_actions, mode


class Upload(io.BytesIO):
    """What Streamlit hands over."""

    def __init__(self, name: str, content: bytes):
        super().__init__(content)
        self.name = name


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


ACTIONS = {
    "bring_in": lambda: exchange_actions.bring_in(Path("/etc/passwd")),
    "read_upload": lambda: exchange_actions.read_upload(Upload("w.pt", b"x")),
    "embed": lambda: exchange_actions.embed(lambda: pytest.fail("made a run")),
}


def test_no_action_is_forgotten() -> None:
    import inspect

    public = {
        name
        for name, value in vars(exchange_actions).items()
        if inspect.isfunction(value) and value.__module__ == exchange_actions.__name__ and name[0] != "_"
    }
    assert public - {"together", "copy"} == set(ACTIONS)


@pytest.mark.parametrize("name", list(ACTIONS))
def test_each_refuses_while_read_only(monkeypatch, name) -> None:
    monkeypatch.setenv("DCVIZ_MODE", "read-only")
    with pytest.raises(mode.RefusedError, match="read-only"):
        ACTIONS[name]()


@pytest.fixture
def solo(tmp_path, monkeypatch):
    monkeypatch.setenv("DCVIZ_MODE", "solo")
    monkeypatch.setenv("DCVIZ_RUNS", str(tmp_path / "runs"))


def own_runs() -> list:
    return [run for run in default_store().list() if not run.read_only]


def test_several_uploads_are_the_epochs_of_one_run(solo) -> None:
    rng = np.random.default_rng(0)
    files = [Upload(f"{epoch:05d}.npy", npy(rng.normal(size=(30, 2)))) for epoch in (1, 5)]
    run = exchange_actions.bring_in([*files, Upload("labels.npy", npy(np.arange(30) % 3))], name="two epochs")
    assert [epoch.key for epoch in run.epochs()] == ["00001", "00005"]
    assert run.spec["clusters"] == 3
    assert run.name == "two epochs"


@pytest.mark.parametrize(
    ("files", "called"),
    [
        (("mnist2_ep9.npy", "mnist2_ep10.npy", "labels.npy"), "mnist2_ep, imported"),
        (("00009.npy", "00010.npy"), "00009 to 00010, imported"),
        (("a9.npy", "../b10.npy"), "a9 to b10, imported"),
    ],
)
def test_several_uploads_without_a_name_are_called_by_their_own(solo, files, called) -> None:
    made = [npy(np.arange(30) % 3 if "labels" in name else np.eye(30)) for name in files]
    run = exchange_actions.bring_in([Upload(*each) for each in zip(files, made, strict=True)])
    assert run.name == called


@pytest.mark.parametrize(("shape", "epochs"), [((30, 2), ["00000"]), ((2, 30, 2), ["00000", "00001"])])
@pytest.mark.parametrize(("labels", "said"), [("labels.npy", None), ("classes.npy", "classes.npy")])
def test_one_array_and_its_labels_come_in_together(solo, shape, epochs, labels, said) -> None:
    z = Upload("latents.npy", npy(np.random.default_rng(0).normal(size=shape)))
    run = exchange_actions.bring_in([z, Upload(labels, npy(np.arange(30) % 3))], labels=said)
    assert [epoch.key for epoch in run.epochs()] == epochs
    assert run.labels().tolist() == (np.arange(30) % 3).tolist()
    assert run.spec["dataset"] == "latents"


def test_two_arrays_without_numbers_are_refused_by_name(solo) -> None:
    files = [Upload(name, npy(np.eye(5))) for name in ("before.npy", "after.npy")]
    with pytest.raises(DataError, match=r"after\.npy, before\.npy"):
        exchange_actions.bring_in(files)


def test_names_of_uploads_lead_nowhere(solo, tmp_path) -> None:
    evil = Upload("../../../evil.npy", npy(np.eye(5)))
    run = exchange_actions.bring_in([evil])
    assert run.spec["dataset"] == "evil"
    assert not list(tmp_path.parent.glob("**/evil.npy"))


def test_what_cannot_be_used_leaves_nothing(solo) -> None:
    for content in (b"", b"no array", npy(np.full((9, 2), np.nan))):
        with pytest.raises(DataError):
            exchange_actions.bring_in([Upload("z.npy", content)])
    with pytest.raises(DataError, match="two files are named"):
        exchange_actions.bring_in([Upload("z.npy", npy(np.eye(5))), Upload("z.npy", npy(np.eye(5)))])
    assert not own_runs()


def test_a_run_as_zip_comes_in_here_too(solo, tmp_path, tiny_store) -> None:
    from dcviz.runs.export import export_run

    file = export_run(tiny_store.list()[0], tmp_path / "r.zip")
    run = exchange_actions.bring_in([Upload("r.zip", file.read_bytes())])
    assert len(run.epochs()) == 5


def test_an_uploaded_checkpoint_is_read(solo) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **{"fc.weight": np.eye(3)})
    assert list(exchange_actions.read_upload(Upload("w.npz", buffer.getvalue())).tensors) == ["fc.weight"]
