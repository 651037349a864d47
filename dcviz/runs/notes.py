"""What the user says about a run: its name and tags, kept apart from what the run itself wrote."""

import os
from pathlib import Path
from typing import Any

from dcviz.runs.errors import ReadOnlyRunError, RunError
from dcviz.runs.files import read_json, write_json

LONGEST = 120


class Notes:
    """Name and tags of a run folder (notes.json), and whether they may be changed."""

    def __init__(self, path: Path, *, read_only: bool = False):
        self.path = Path(path).absolute()
        self._read_only = read_only

    @property
    def read_only(self) -> bool:
        """True for gallery runs and for folders this user cannot write."""
        return self._read_only or not os.access(self.path, os.W_OK)

    def must_be_writable(self) -> None:
        """Raise ReadOnlyRunError when the run may only be looked at."""
        if self.read_only:
            raise ReadOnlyRunError(f"run {self.path.name} is read-only: it is looked at, never changed")

    def notes(self) -> dict[str, Any]:
        """The stored notes; a missing or damaged file counts as empty."""
        try:
            notes = read_json(self.path / "notes.json")
        except RunError:
            return {}
        return notes if isinstance(notes, dict) else {}

    @property
    def spec(self) -> dict[str, Any]:
        """What the run was asked to do."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The user's name for the run, or what it is: "rdc on arcs, seed 0"."""
        given = self.notes().get("name") or self.spec.get("name")
        if given:
            return str(given)
        spec = self.spec
        if "method" not in spec:
            return self.path.name
        return f"{spec['method']} on {Path(str(spec['dataset'])).name}, seed {spec.get('seed', 0)}"

    @property
    def tags(self) -> tuple[str, ...]:
        """The user's tags."""
        return tuple(str(tag) for tag in self.notes().get("tags") or ())

    def rename(self, name: str) -> None:
        """Give the run another name (its id and folder stay); an empty name brings the first one back.

        Raises:
            RunError: if the name is longer than 120 characters or more than one line.
        """
        self._write(name=_line(name))

    def set_tags(self, tags: tuple[str, ...] | list[str]) -> None:
        """Replace the tags; each one line of at most 120 characters."""
        self._write(tags=[tag for tag in map(_line, tags) if tag])

    def _write(self, **changed: Any) -> None:
        self.must_be_writable()
        write_json(self.path / "notes.json", {**self.notes(), **changed})


def _line(text: str) -> str:
    text = text.strip()
    if len(text) > LONGEST or not text.isprintable():
        raise RunError(
            f"a name or tag is one printable line of at most {LONGEST} characters, got {len(text)}"
        )
    return text
