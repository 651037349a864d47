"""What an address means: one function from an address below /dcviz/ to bytes.

The HTTP routes and the websocket fallback both ask here, so both serve the same bytes and refuse the same
addresses. Nothing here changes anything; ids and keys are looked up, never joined into a path.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dcviz.geometry.filters import Thresholds
from dcviz.runs.errors import RunError
from dcviz.viewer import hood, modules, points
from dcviz.viewer.index import as_json, index
from dcviz.viewer.scene import scene
from dcviz.viewer.tokens import Token, parse_token

if TYPE_CHECKING:
    from dcviz.runs.run import Run
    from dcviz.runs.store import RunStore

BINARY, JSON, SCRIPT = "application/octet-stream", "application/json", "text/javascript; charset=utf-8"
Query = Mapping[str, str]
MOST_NEIGHBORS = 32
"""Flags of so many neighbors fit the 32 bits of a point."""


@dataclass(frozen=True)
class Resource:
    """An answer: its bytes, what they are, and whether they may be kept forever."""

    body: bytes
    media_type: str = BINARY
    immutable: bool = True


class NotThereError(Exception):
    """The address names nothing that exists; the text is safe to show."""


class BadAddressError(Exception):
    """The address is malformed; the text says what was expected."""


def answer(store: "RunStore", path: str, query: Query) -> Resource:
    """Find what an address means.

    Args:
        store: where runs are looked up by id.
        path: address below /dcviz/, for instance `run/20260101-rdc-arcs/hood/00050`.
        query: the part behind the question mark.

    Returns:
        The bytes.

    Raises:
        NotThereError: if no such run, epoch, point or version exists.
        BadAddressError: if a part of the address cannot be read.
    """
    script = re.fullmatch(r"js/([0-9a-f]{12})/([a-z0-9]+\.js|viewer\.css)", path)
    if script:
        return _script(*script.groups())
    match = re.fullmatch(r"run/([^/]+)/([a-z_]+)(\.json)?((?:/[A-Za-z0-9._-]+){0,2})", path)
    handler = _HANDLERS.get(match[2] + (match[3] or "")) if match else None
    if match is None or handler is None:
        raise NotThereError("There is nothing at this address.")
    try:
        return handler(store.by_id(match[1]), match[4].split("/")[1:], query)
    except RunError as error:
        raise NotThereError(str(error)) from error
    except (IndexError, KeyError) as error:
        raise NotThereError(str(error.args[0] if error.args else error)) from error
    except ValueError as error:
        raise BadAddressError(str(error)) from error


def _script(digest: str, name: str) -> Resource:
    sources = modules.sources()
    if digest != modules.digest() or name not in sources:
        raise NotThereError("This version of the viewer is gone; reload the page.")
    kind = SCRIPT if name.endswith(".js") else "text/css; charset=utf-8"
    return Resource(sources[name].encode(), kind)


def _key(run: "Run", rest: list[str]) -> str:
    if len(rest) != 1:
        raise NotThereError("This address needs the key of one epoch.")
    return run.epoch(rest[0]).key


def _index(run: "Run", rest: list[str], query: Query) -> Resource:
    if rest:
        raise NotThereError("There is nothing behind a run's index.")
    token = parse_token(query.get("projection", str(Token())))
    return Resource(as_json(index(run, token)), JSON, immutable=False)


def _versioned(run: "Run", rest: list[str]) -> tuple[Token, str]:
    if len(rest) != 2:
        raise NotThereError("A frame's address is its version and the key of its epoch.")
    token = parse_token(rest[0].partition(".")[0])
    current = scene(run, token).version
    if current != rest[0]:
        raise NotThereError(f"Version {rest[0]} is gone; the present one is {current}.")
    return token, run.epoch(rest[1]).key


def _frame(run: "Run", rest: list[str], query: Query) -> Resource:
    token, key = _versioned(run, rest)
    return Resource(scene(run, token).frame(key))


def _tour(run: "Run", rest: list[str], query: Query) -> Resource:
    token, key = _versioned(run, rest)
    return Resource(scene(run, token).tour(key))


def _trust(run: "Run", rest: list[str], query: Query) -> Resource:
    token, key = _versioned(run, rest)
    return Resource(as_json(dict(scene(run, token).trust(key))), JSON)


def _hood(run: "Run", rest: list[str], query: Query) -> Resource:
    return Resource(hood.hood(run, _key(run, rest), reading=_thresholds(query).reading))


def _table(run: "Run", rest: list[str], query: Query) -> Resource:
    return Resource(hood.table(run, _key(run, rest), _thresholds(query)))


def _exact(run: "Run", rest: list[str], query: Query) -> Resource:
    return Resource(as_json(hood.exact(run, _key(run, rest), _thresholds(query))), JSON)


def _entry(run: "Run", rest: list[str], query: Query) -> Resource:
    return Resource(hood.first_core(run, _thresholds(query)), immutable=False)


def _score(run: "Run", rest: list[str], query: Query) -> Resource:
    if len(rest) != 2:
        raise NotThereError("A score's address is its name and the key of an epoch.")
    key = run.epoch(rest[1]).key
    return Resource(hood.score_channel(run, key, rest[0], _thresholds(query)))


def _points(run: "Run", rest: list[str], query: Query) -> Resource:
    return Resource(points.constants(run))


def _card(run: "Run", rest: list[str], query: Query) -> Resource:
    if len(rest) != 2:
        raise NotThereError("A card's address is the key of an epoch and a point.")
    found = points.card(run, run.epoch(rest[0]).key, int(rest[1]), _thresholds(query))
    return Resource(as_json(found), JSON)


def _sprite(run: "Run", rest: list[str], query: Query) -> Resource:
    first = run.sprites()
    if len(rest) != 1 or first is None or not re.fullmatch(r"sprite(-\d{1,3})?\.png|sprite\.json", rest[0]):
        raise NotThereError("This run has no such pictures.")
    path = first.with_name(rest[0])
    if not path.exists():
        raise NotThereError(f"There is no {rest[0]} in this run.")
    return Resource(path.read_bytes(), JSON if path.suffix == ".json" else "image/png")


def _thresholds(query: Query) -> Thresholds:
    default = Thresholds()
    m = int(query.get("M", default.M))
    if not 1 <= m <= MOST_NEIGHBORS:
        raise ValueError(f"M must lie in 1..{MOST_NEIGHBORS}, got {m}.")
    return Thresholds(
        M=m,
        lambda_ratio=float(query.get("lambda_ratio", default.lambda_ratio)),
        tau_distance=float(query.get("tau_distance", default.tau_distance)),
        reading=query.get("reading", default.reading),
    )


_HANDLERS: dict[str, Callable[["Run", list[str], Query], Resource]] = {
    "index.json": _index,
    "frame": _frame,
    "tour": _tour,
    "trust": _trust,
    "hood": _hood,
    "table": _table,
    "exact": _exact,
    "entry": _entry,
    "score": _score,
    "points": _points,
    "card": _card,
    "sprites": _sprite,
}
