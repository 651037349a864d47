"""The fallback without routes: the same answers, carried by the component's data over the websocket."""

import json
import struct
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from dcviz.runs.store import default_store
from dcviz.viewer.resources import BadAddressError, NotThereError, answer

MOST = 64
"""Answers in one message at most; the browser asks again for the rest."""


def payload(data: dict[str, Any], want: Any) -> bytes:
    """Pack the options and the answers the browser asked for into one byte string.

    Args:
        data: what the HTTP form of the component gets as JSON.
        want: list of addresses (with query) below /dcviz/, as the browser sent it; anything else is nothing.

    Returns:
        u32 length of the head, the head (JSON: data and the list of parts), then the parts.
    """
    parts = []
    for address in want[:MOST] if isinstance(want, list) else []:
        status, body, kind = _ask(str(address))
        parts.append(({"address": str(address), "status": status, "type": kind}, body))
    return pack(data, parts)


def pack(data: dict[str, Any], parts: Sequence[tuple[dict[str, Any], bytes]]) -> bytes:
    """Join what the component is told and the answers that go along, each a note about it and its bytes."""
    listed, offset = [], 0
    for entry, body in parts:
        listed.append({**entry, "offset": offset, "length": len(body)})
        offset += len(body)
    head = json.dumps({**data, "parts": listed}).encode()
    return b"".join([struct.pack("<I", len(head)), head, *(body for _, body in parts)])


def _ask(address: str) -> tuple[int, bytes, str]:
    path, _, query = address.partition("?")
    try:
        found = answer(default_store(), path, dict(parse_qsl(query)))
    except NotThereError as error:
        return 404, str(error).encode(), "text/plain"
    except BadAddressError as error:
        return 400, str(error).encode(), "text/plain"
    return 200, found.body, found.media_type
