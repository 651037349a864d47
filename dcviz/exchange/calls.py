"""A figure as the call that makes it: what a page calls is what the lines say, so the two cannot part.

A page draws by `drawn(function, run, key, …)`. The function is called, and the call is written down as
Python with all it needs: imports, and how to open each run. Arguments are therefore plain: runs, keys, names,
numbers, settings; never arrays, which a line of Python cannot hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from dcviz.exchange.lines import opening
from dcviz.runs import Run


@dataclass(frozen=True)
class Drawing:
    """A figure and the Python that makes it again.

    Args:
        figure: a Plotly figure.
        lines: complete; they write figure.html.
    """

    figure: Any
    lines: str


@runtime_checkable
class Remade(Protocol):
    """Something that tells the call by which it is made again."""

    def call(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The function and its arguments."""


def drawn(function: Callable[..., Any], *arguments: Any, **settings: Any) -> Drawing:
    """Call a function that gives a figure, and write the call down.

    Args:
        function: of a module, with a public name.
        arguments: runs, thresholds and other frozen data classes, text, numbers, None, lists and dicts of
            these, and what tells its own call.
        settings: the same, by name.

    Raises:
        TypeError: for an argument that no line can hold.
    """
    return Drawing(function(*arguments, **settings), call_lines(function, *arguments, **settings))


def call_lines(function: Callable[..., Any], *arguments: Any, **settings: Any) -> str:
    """Python that makes this call, gives the result the name `figure` and writes it to figure.html."""
    said = _Said()
    call = said.call(function, arguments, settings)
    summary = (function.__doc__ or function.__name__).strip().splitlines()[0]
    imports = "\n".join(sorted(said.imports))
    runs = "".join(line for line in said.runs.values())
    return f"# {summary}\n{imports}\n\n{runs}figure = {call}\nfigure.write_html('figure.html')\n"


@dataclass
class _Said:
    """What a call needs, collected while its arguments are written."""

    imports: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)

    def call(
        self, function: Callable[..., Any], arguments: tuple[Any, ...], settings: Mapping[str, Any]
    ) -> str:
        """The call as an expression."""
        self.imports.add(f"from {function.__module__} import {function.__name__}")
        said = [self.value(each) for each in arguments]
        said += [f"{name}={self.value(each)}" for name, each in settings.items()]
        return f"{function.__name__}({', '.join(said)})"

    def value(self, value: Any) -> str:
        """One argument as an expression."""
        if isinstance(value, Run):
            return self.run(value)
        if isinstance(value, Remade):
            function, arguments = value.call()
            return self.call(function, arguments, {})
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not np.isfinite(value):
            return f"float({str(value)!r})"
        if value is None or isinstance(value, str | int | float):
            return repr(value)
        if isinstance(value, list | tuple):
            inside = ", ".join(self.value(each) for each in value)
            return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' * (len(value) == 1)})"
        if isinstance(value, Mapping):
            return "{" + ", ".join(f"{k!r}: {self.value(v)}" for k, v in value.items()) + "}"
        if is_dataclass(value) and not isinstance(value, type):
            told = {each.name: getattr(value, each.name) for each in fields(value)}
            return self.call(type(value), (), told)
        raise TypeError(f"a line of Python cannot hold a {type(value).__name__}; give what it is made from")

    def run(self, run: Run) -> str:
        """The name of the run, opened once."""
        who = str(run.path)
        if who not in self.names:
            self.names[who] = "run" if not self.names else f"run_{len(self.names) + 1}"
            needed, line = opening(run).split("\n\n", 1)
            self.imports.add(needed)
            self.runs[who] = line.replace("run = ", f"{self.names[who]} = ", 1)
        return self.names[who]
