"""The routes over HTTP: read-only, for this machine's names, cached as long as the bytes are true."""

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette

from dcviz.viewer import modules
from dcviz.viewer.routes import ROUTES, own_host


@dataclass
class Answer:
    """What came back over ASGI."""

    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self):
        return json.loads(self.content)


def ask(address: str, *, method: str = "GET", **headers: str) -> Answer:
    """Send one request through the routes, as the server would."""
    path, _, query = address.partition("?")
    sent = {"host": "127.0.0.1:8501", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http", "method": method, "path": unquote(path), "raw_path": path.encode(),
        "query_string": query.encode(), "root_path": "", "scheme": "http", "http_version": "1.1",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "server": ("127.0.0.1", 8501), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    messages = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        messages.append(message)

    # On a thread of its own: a browser test before this one may have left its loop running on this thread.
    with ThreadPoolExecutor(max_workers=1) as apart:
        apart.submit(asyncio.run, Starlette(routes=ROUTES)(scope, receive, send)).result()
    found = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Answer(messages[0]["status"], found, body)


pytestmark = pytest.mark.usefixtures("served")


def test_frames_are_immutable_and_uncompressed():
    version = ask("/dcviz/run/flat/index.json").json()["version"]
    found = ask(f"/dcviz/run/flat/frame/{version}/00002")
    assert found.status_code == 200
    assert "immutable" in found.headers["cache-control"]
    assert found.headers["content-encoding"] == "identity"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.content[:4] == b"DCVF"


def test_below_a_base_path_the_same_is_served_and_refused():
    here, below = ask("/dcviz/run/flat/index.json"), ask("/lab/dcviz/run/flat/index.json")
    assert (below.status_code, below.content) == (200, here.content)
    assert ask("/lab/dcviz/run/flat/index.json", host="evil.example").status_code == 421
    assert ask("/lab/dcviz/run/../../etc/index.json").status_code == 404


def test_the_index_is_asked_for_again_and_answered_briefly_if_unchanged():
    found = ask("/dcviz/run/flat/index.json")
    assert found.headers["cache-control"] == "no-cache"
    again = ask("/dcviz/run/flat/index.json", if_none_match=found.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_reading_is_answered(method):
    assert ask("/dcviz/run/flat/index.json", method=method).status_code == 405


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""])
def test_foreign_hosts_are_refused(host):
    found = ask("/dcviz/run/flat/index.json", host=host)
    assert found.status_code == 421
    assert "epochs" not in found.text


def test_own_hosts_are_known(monkeypatch):
    assert all(own_host(host) for host in ("127.0.0.1:8501", "localhost", "[::1]:8501", "10.0.0.7"))
    assert not own_host("lab.example:8501")
    monkeypatch.setenv("DCVIZ_HOSTS", "lab.example, other.example")
    assert own_host("lab.example:8501")


def test_refusals_are_json_and_not_kept():
    found = ask("/dcviz/run/<script>/index.json")
    assert found.status_code == 404
    assert found.headers["content-type"] == "application/json"
    assert found.headers["cache-control"] == "no-store"
    assert ask("/dcviz/run/flat/index.json?projection=x").status_code == 400


def test_escaped_slashes_cannot_leave_the_store():
    for path in ("/dcviz/run/..%2f..%2fetc/index.json", "/dcviz/run/flat/hood/..%2f..%2frun.json"):
        assert ask(path).status_code in {400, 404}


def test_every_module_is_served_under_the_digest():
    for name in modules.sources():
        found = ask(f"/dcviz/js/{modules.digest()}/{name}")
        assert found.status_code == 200, name
        kind = "text/javascript" if name.endswith(".js") else "text/css"
        assert found.headers["content-type"].startswith(kind)
        assert "immutable" in found.headers["cache-control"]


def test_modules_import_only_each_other_and_nothing_from_elsewhere():
    for name, text in modules.sources().items():
        if name.endswith(".js"):
            for source in re.findall(r'(?m)^import [^;]*?"([^"]+)";', text):
                assert source.startswith("./"), f"{name} imports {source}"
                assert source[2:] in modules.sources()
        assert "https://" not in text, name
