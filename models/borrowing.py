"""A phase of one method inside another: X of X+MNet."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, cast

from models.catalog import method_entry
from models.method import Method, Phase

OWN_MEANING = ("gamma", "alpha", "beta")
"""Letters that every paper uses for something else; the borrowed phase keeps its own defaults."""


class Guise:
    """A method as the phase of another one sees it: the same in everything but the settings."""

    def __init__(self, method: Method, settings: Any):
        self.method, self.settings = method, settings

    def __getattr__(self, name: str) -> Any:
        return getattr(self.method, name)


def borrowed_phase(method: Method, name: str, *, number: int = 1) -> Phase:
    """A phase of the method with this id, working on the networks of `method`.

    Settings that both have are taken from `method`, the others are the defaults of the borrowed one.

    Args:
        method: whose networks and data.
        name: id of the method that lends the phase.
        number: of the phase.
    """
    from models.loop import implementation

    kind = method_entry(name).settings
    names = [field.name for field in fields(kind) if field.name not in OWN_MEANING]
    shared = {each: getattr(method.settings, each) for each in names if hasattr(method.settings, each)}
    guise = cast(Any, Guise(method, kind(**shared)))
    phases: tuple[Phase, ...] = implementation(name).make_phases(guise)
    return phases[number]
