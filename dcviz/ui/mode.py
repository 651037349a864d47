"""Who may change things: everybody on their own machine, nobody on an open address.

On 127.0.0.1 the app is the user's own ("solo"). On any other address it is read-only, so that a class or
a network can look and nobody can train, delete, import, upload or name a path of the server; whoever runs
the app there for themselves says so with DCVIZ_MODE=solo. Behind a proxy every visitor looks like this
machine: set DCVIZ_MODE=read-only there. DCVIZ_MODE=class is the same for a class that looks on from one
laptop; only the words in the header differ. The refusal sits in each action (dcviz.ui.actions), not in the
buttons alone.
"""

from __future__ import annotations

import ipaddress
import os

import streamlit as st

SOLO, READ_ONLY, CLASS = "solo", "read-only", "class"
SAID = {
    READ_ONLY: "This address is open to others, so nothing can be trained, changed or deleted here.",
    CLASS: "A class looks on here: everything can be played, predicted and measured, nothing trained, "
    "changed or deleted. Predictions stay with each visitor, who can take them home as a table.",
}
"""What the header says of a mode in which nothing may be changed."""


class RefusedError(PermissionError):
    """An action that changes something was asked for while the app is read-only."""


def mode() -> str:
    """Tell whether actions are allowed here.

    Returns:
        SOLO, READ_ONLY or CLASS. DCVIZ_MODE decides if it is set; a value it does not know means read-only.
        Otherwise the app is solo only if both the server's address and the visitor's are this machine.
    """
    said = os.environ.get("DCVIZ_MODE", "").strip().lower()
    if said:
        return said if said in (SOLO, CLASS) else READ_ONLY
    visitor = st.context.ip_address  # no text for a visitor from this machine
    remote = isinstance(visitor, str) and not is_loopback(visitor)
    own = is_loopback(st.config.get_option("server.address"))
    return SOLO if own and not remote else READ_ONLY


def is_loopback(address: str | None) -> bool:
    """Tell whether only this machine can reach an address; no address means all of them."""
    if not address:
        return False
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def may_change() -> bool:
    """True if actions are allowed; pages gray out their buttons with it."""
    return mode() == SOLO


def refuse_unless_solo(action: str) -> None:
    """Raise RefusedError if the app is read-only.

    Args:
        action: what was asked for, such as "delete a run".
    """
    if not may_change():
        raise RefusedError(
            f"This lab is read-only here, so it does not {action}. Open it on 127.0.0.1, "
            "or start it with DCVIZ_MODE=solo if everybody who can reach it may change it."
        )
