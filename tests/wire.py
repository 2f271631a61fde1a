"""Raw HTTP requests, which ordinary clients would correct or refuse to send."""

from collections.abc import Sequence
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx

Headers = Sequence[tuple[str, str | bytes]]


def send(
    url: str, method: str, target: str, headers: Headers = (), body: bytes = b""
) -> httpx.Response:
    """Send exactly this; add Host and Content-Length if `headers` have none."""
    given = {name.lower() for name, _ in headers}
    connection = HTTPConnection(urlsplit(url).netloc, timeout=15)
    try:
        connection.putrequest(method, target, skip_host="host" in given, skip_accept_encoding=True)
        if body and not given & {"content-length", "transfer-encoding"}:
            connection.putheader("Content-Length", str(len(body)))
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
    finally:
        connection.close()
