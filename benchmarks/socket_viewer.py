"""A visitor without a browser: it speaks Streamlit's WebSocket protocol and fetches what the viewer fetches.

A browser asks for a rerun with the values of all widgets, then receives messages until the script has
finished. So does this visitor; it draws nothing, which is what lets one process stand for a whole class.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

# An early end is not the end: the script asked to be run again and will be.
DONE = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
LARGEST = 2**26


class VisitError(RuntimeError):
    """The page showed an exception or did not compile."""


@dataclass
class SocketViewer:
    """One visit: a socket, the widgets last seen, and what the visitor set them to.

    Attributes:
        host: "127.0.0.1:8501".
        name: part of the messages of errors.
        patience: seconds until a rerun without an end is an error.
    """

    host: str
    name: str
    patience: float = 60.0
    widgets: dict[str, str] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    knocking: dict[str, float] = field(default_factory=dict)
    page: str = ""
    query: str = ""
    socket: Any = None

    async def connect(self) -> None:
        """Open the socket, as the page does once it is loaded."""
        self.socket = await websockets.connect(
            f"ws://{self.host}/_stcore/stream",
            subprotocols=[websockets.Subprotocol("streamlit")],
            origin=websockets.Origin(f"http://{self.host}"),
            max_size=LARGEST,
            ping_interval=None,  # no browser sends any; the server's are answered
        )

    async def close(self) -> None:
        """Leave."""
        if self.socket is not None:
            await self.socket.close()

    async def visit(self, page: str, query: str = "") -> float:
        """Go to a page by its address; what was set on the page before is gone, as in a browser.

        Args:
            page: part of the address, "" for the first page.
            query: behind the question mark.

        Returns:
            Seconds until the script had finished.
        """
        self.page, self.query = page, query
        self.widgets, self.states, self.knocking = {}, {}, {}
        return await self.rerun()

    async def choose(self, key: str, number: int) -> float:
        """Press one of the choices of a segmented control, counted from 0; returns seconds."""
        state = WidgetState(id=self._widget(key))
        state.string_array_value.data.append(self.choices[key][number])
        return await self._set(key, state)

    async def select(self, key: str, number: int) -> float:
        """Select an entry of a list, counted from 0; returns seconds."""
        state = WidgetState(id=self._widget(key), string_value=self.choices[key][number])
        return await self._set(key, state)

    async def tell(self, key: str, value: dict[str, Any]) -> float:
        """Send the state of a component, as the viewer does when the hand is taken off; returns seconds."""
        return await self._set(key, WidgetState(id=self._widget(key), json_value=json.dumps(value)))

    async def press(self, key: str) -> float:
        """Press a button; returns seconds."""
        seconds = await self._set(key, WidgetState(id=self._widget(key), trigger_value=True))
        self.states.pop(key, None)
        return seconds

    def _widget(self, key: str) -> str:
        if key not in self.widgets:
            raise VisitError(f"{self.name}: no {key} on /{self.page}; there are {', '.join(self.widgets)}")
        return self.widgets[key]

    async def _set(self, key: str, state: WidgetState) -> float:
        self.states[key] = state
        return await self.rerun()

    async def rerun(self, fragment: str = "") -> float:
        """Ask for a run of the page, or of one fragment of it, and wait for its end; returns seconds."""
        message = BackMsg()
        wish = message.rerun_script
        wish.page_script_hash, wish.query_string = self.pages.get(self.page, ""), self.query
        wish.page_name, wish.fragment_id = self.page, fragment
        wish.is_auto_rerun = bool(fragment)
        wish.widget_states.widgets.extend(self.states.values())
        wish.context_info.url = f"http://{self.host}/{self.page}"
        wish.context_info.timezone, wish.context_info.locale = "UTC", "en-US"
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        try:
            await asyncio.wait_for(self._until_done(), self.patience)
        except TimeoutError:
            raise VisitError(f"{self.name}: no end within {self.patience:.0f} s on /{self.page}") from None
        return time.perf_counter() - start

    async def knock(self) -> None:
        """Run the fragments that asked to be run again by themselves, once."""
        for fragment in list(self.knocking):
            await self.rerun(fragment)

    async def _until_done(self) -> None:
        asked: dict[str, float] = {}
        while True:
            message = ForwardMsg.FromString(await self.socket.recv())
            kind = message.WhichOneof("type")
            if kind == "new_session":
                asked = {}
            elif kind == "script_finished":
                if message.script_finished in DONE:
                    whole = message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
                    self.knocking = asked if whole else {**self.knocking, **asked}
                    return
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    raise VisitError(f"{self.name}: /{self.page} did not compile")
            elif kind == "delta":
                self._note(message)
            elif kind == "navigation":
                self.pages = {
                    each.url_pathname: each.page_script_hash for each in message.navigation.app_pages
                }
            elif kind == "auto_rerun":
                asked[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string

    def _note(self, message: ForwardMsg) -> None:
        """Remember a widget by its key; an exception on the page is an error of the visit."""
        if message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise VisitError(f"{self.name}: /{self.page}: {element.exception.message}")
        identity = str(getattr(getattr(element, kind or "", None), "id", ""))
        if identity.startswith("$$ID-"):
            key = identity.split("-", 2)[2]
            self.widgets[key] = identity
            if kind == "button_group":
                self.choices[key] = [option.content for option in element.button_group.options]
            elif kind == "selectbox":
                self.choices[key] = list(element.selectbox.options)
