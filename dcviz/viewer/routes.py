"""The viewer's addresses on the web server: read-only, for this machine's own pages."""

import hashlib
import ipaddress
import json
import os
import socket
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dcviz.runs.store import default_store
from dcviz.viewer.resources import BadAddressError, NotThereError, Resource, answer

FOREVER = "public, max-age=31536000, immutable"
_SAFE = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin"}


def serve(request: Request) -> Response:
    """Answer one GET below /dcviz/.

    A name that is not this machine's is refused (421): a foreign page whose name is made to point here would
    otherwise read runs through the visitor's browser. Addresses written as numbers cannot be made so.
    """
    if not own_host(request.headers.get("host", "")):
        return _refusal(421, "This host name is not served; set DCVIZ_HOSTS to name it.")
    try:
        found = answer(default_store(), request.path_params["path"], request.query_params)
    except NotThereError as error:
        return _refusal(404, str(error))
    except BadAddressError as error:
        return _refusal(400, str(error))
    return _respond(request, found)


def own_host(header: str) -> bool:
    """Tell whether the Host header names this machine: a number, localhost, its name, or one configured."""
    host = urlsplit(f"//{header}").hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.lower() in _own_names()
    return True


def _own_names() -> set[str]:
    names = {"localhost", socket.gethostname().lower()}
    names |= {name.strip().lower() for name in os.environ.get("DCVIZ_HOSTS", "").split(",") if name.strip()}
    try:
        from streamlit import config
    except ImportError:
        return names
    told = (config.get_option("server.address"), config.get_option("browser.serverAddress"))
    return names | {str(name).lower() for name in told if name}


def _respond(request: Request, found: Resource) -> Response:
    # Half-random bytes gain 4 % and cost 20 ms a frame: "identity" keeps the server from compressing them.
    headers = dict(_SAFE)
    if found.media_type == "application/octet-stream":
        headers["Content-Encoding"] = "identity"
    if found.immutable:
        headers["Cache-Control"] = FOREVER
    else:
        tag = '"' + hashlib.sha256(found.body).hexdigest()[:16] + '"'
        headers |= {"ETag": tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
    return Response(found.body, media_type=found.media_type, headers=headers)


def _refusal(status: int, message: str) -> Response:
    headers = {**_SAFE, "Cache-Control": "no-store"}
    body = json.dumps({"error": message[:300]})
    return Response(body, status, media_type="application/json", headers=headers)


# Streamlit puts its base path (`--server.baseUrlPath lab`) before its own addresses, not before these.
ROUTES = [
    Route("/dcviz/{path:path}", serve, methods=["GET"]),
    Route("/{base}/dcviz/{path:path}", serve, methods=["GET"]),
]
"""For `st.App(..., routes=ROUTES)`. Starlette answers HEAD like GET; every other method gets 405."""
