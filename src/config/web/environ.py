"""Translates an RSGI request to the environ of WSGI (PEP 3333)."""

import sys
from io import BytesIO
from typing import Any
from wsgiref.types import WSGIEnvironment
from wsgiref.util import FileWrapper

from config.web.interface import Headers, Scope

# Headers that have another name in an environ, or are set from another source.
_NAMES = {"content-type": "CONTENT_TYPE", "content-length": None, "transfer-encoding": None}
_CONSTANT: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.file_wrapper": FileWrapper,
}


def environ_of(scope: Scope, body: bytes) -> WSGIEnvironment:
    server_host, server_port = _split(scope.server)
    return {
        **_CONSTANT,
        **_headers(scope),
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "PATH_INFO": _latin1(scope.path),
        "QUERY_STRING": _latin1(scope.query_string),
        "REMOTE_ADDR": _split(scope.client)[0],
        "REQUEST_METHOD": scope.method,
        "SERVER_NAME": server_host,
        "SERVER_PORT": server_port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": scope.scheme,
    }


def _headers(scope: Scope) -> dict[str, str]:
    """Name headers as CGI does; join those that were sent several times.

    A name with an underscore is left out: in an environ it would look like one with a hyphen.
    """
    environ: dict[str, str] = {}
    for name, value in _readable_items(scope.headers):
        key = _NAMES.get(name, f"HTTP_{name.upper().replace('-', '_')}")
        if key is None or "_" in name:
            continue
        if key in environ:
            # RFC 9110 joins with a comma, RFC 9113 cookies with a semicolon.
            environ[key] += ("; " if name == "cookie" else ",") + value
        else:
            environ[key] = value
    # An absolute request target names the host too.
    environ.setdefault("HTTP_HOST", scope.authority or "")
    return environ


def _readable_items(headers: Headers) -> list[tuple[str, str]]:
    """List the headers; one whose value is not ASCII has an empty value, as in granian's WSGI.

    `items` leaves such a header out, and the application would not see that it was sent.
    """
    items = headers.items()
    named = dict(items)
    if len(named) != len(headers):
        items += [(name, "") for name in headers if name not in named]
    return items


def _split(address: str) -> tuple[str, str]:
    """Split host and port; an IPv6 address stands in brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), port


def _latin1(text: str) -> str:
    """Return the bytes of UTF-8 as characters, which is how an environ holds them."""
    return text if text.isascii() else text.encode().decode("latin-1")
