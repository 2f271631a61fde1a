"""Serves a small WSGI application as `payouts web` serves Django, at HOST and PORT."""

import json
import sys
from collections.abc import Iterable, Iterator
from time import sleep
from wsgiref.types import StartResponse, WSGIEnvironment

from config.web.application import REFUSAL, WebApplication

THREADS = 2
MAX_BODY_BYTES = 1000
STREAM_CHUNKS = 1000
STREAM_CHUNK = b"x" * 1000


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Respond as the path says; with the environ by default, or if the request is refused."""
    match "/" if REFUSAL in environ else environ["PATH_INFO"]:
        case "/broken/":
            raise RuntimeError("This application is broken.")
        case "/empty/":
            start_response("204 No Content", [])
            return []
        case "/sleep/":
            print("/sleep/ began", file=environ["wsgi.errors"], flush=True)
            sleep(float(environ["QUERY_STRING"]))
        case "/stream/":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return _stream()
        case "/file/":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return environ["wsgi.file_wrapper"](open(__file__, "rb"))  # noqa: PTH123
    start_response("200 OK", [("Content-Type", "application/json")])
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    return [json.dumps(texts | {"body": environ["wsgi.input"].read().decode("latin-1")}).encode()]


def _stream() -> Iterator[bytes]:
    for _ in range(STREAM_CHUNKS):
        yield STREAM_CHUNK


def main() -> None:
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, Loops

    application = WebApplication(echo, threads=THREADS, max_body_bytes=MAX_BODY_BYTES)
    Granian(
        "",
        address=sys.argv[1],
        port=int(sys.argv[2]),
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        loop=Loops.uvloop,
        workers=1,
    ).serve(target_loader=lambda _target: application)


if __name__ == "__main__":
    main()
