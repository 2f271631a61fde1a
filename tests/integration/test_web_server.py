"""The web server: how it translates requests, and the responses of an application."""

import json
import socket
import struct
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from tests import echo_server
from tests.running import Process, answers, eventually, free_port, http_client, simultaneously
from tests.wire import Headers, send

from config.web.threads import QUEUE_LIMIT


@contextmanager
def serve(host: str, log: Path) -> Iterator[tuple[str, Process]]:
    port = free_port()
    command = [sys.executable, "-m", "tests.echo_server", host, str(port)]
    process = Process.start(command, log=log, environment={"PYTHONPATH": "src:."})
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    try:
        eventually(partial(answers, url))
        yield url, process
    finally:
        process.stop()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve("127.0.0.1", tmp_path_factory.mktemp("echo") / "echo.log") as (address, _):
        yield address


def connect(url: str) -> socket.socket:
    parts = httpx.URL(url)
    return socket.create_connection((parts.host, parts.port or 80), timeout=15)


def environ(
    url: str, target: str = "/", headers: Headers = (), body: bytes = b"", method: str = "POST"
) -> dict[str, Any]:
    """Return the environ that the application got."""
    return dict(json.loads(send(url, method, target, headers, body).content))


class TestEnviron:
    def test_has_the_path_decoded_once_and_the_query_as_it_was_sent(self, url: str) -> None:
        got = environ(url, "/a%20b/%2541/%C3%A9/?q=%41%20&r=%C3%A9")
        assert got["PATH_INFO"].encode("latin-1").decode() == "/a b/%41/é/"
        assert got["QUERY_STRING"] == "q=%41%20&r=%C3%A9"
        assert got["SCRIPT_NAME"] == ""

    def test_joins_headers_that_were_sent_twice(self, url: str) -> None:
        got = environ(url, "/", [("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1"), ("Cookie", "b=2")])
        assert (got["HTTP_X_A"], got["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")

    def test_omits_a_header_that_looks_like_another(self, url: str) -> None:
        got = environ(url, "/", [("X_Forwarded_Proto", "https"), ("Content_Length", "7")], b"abc")
        assert "HTTP_X_FORWARDED_PROTO" not in got
        assert got["CONTENT_LENGTH"] == "3"

    def test_contains_a_header_whose_value_is_not_ascii(self, url: str) -> None:
        got = environ(url, "/", [("X-A", b"\xe9"), ("X-B", "b")])
        assert (got["HTTP_X_A"], got["HTTP_X_B"]) == ("", "b")

    def test_has_the_address_of_the_connection_and_not_a_claimed_one(self, url: str) -> None:
        got = environ(url, "/", [("X-Forwarded-For", "192.0.2.1"), ("Remote-Addr", "192.0.2.1")])
        assert got["REMOTE_ADDR"] == "127.0.0.1"
        assert got["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"

    def test_has_an_ipv6_address_without_brackets(self, tmp_path: Path) -> None:
        with serve("::1", tmp_path / "echo.log") as (url, _):
            got = environ(url)
            assert (got["REMOTE_ADDR"], got["SERVER_NAME"]) == ("::1", "::1")
            assert url.endswith(f":{got['SERVER_PORT']}")

    def test_has_the_host_of_an_absolute_target(self, url: str) -> None:
        with connect(url) as line:
            line.sendall(b"GET http://there.example/ HTTP/1.0\r\n\r\n")
            assert b'"HTTP_HOST": "there.example"' in line.makefile("rb").read()


class TestBody:
    def test_is_read_before_the_application_runs(self, url: str) -> None:
        got = environ(url, "/", [("Content-Type", "text/plain")], b"\x00\xff")
        assert (got["body"], got["CONTENT_LENGTH"]) == ("\x00\xff", "2")
        assert got["CONTENT_TYPE"] == "text/plain"

    def test_in_chunks_gets_a_length(self, url: str) -> None:
        chunks = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        got = environ(url, "/", [("Transfer-Encoding", "chunked")], chunks)
        assert (got["body"], got["CONTENT_LENGTH"]) == ("abcde", "5")
        assert "HTTP_TRANSFER_ENCODING" not in got

    def test_may_be_as_long_as_the_limit(self, url: str) -> None:
        for size, refusal in ((1000, None), (1001, "too_large"), (16_000_000, "too_large")):
            body = b"x" * size
            chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)
            for headers, sent in (([], body), ([("Transfer-Encoding", "chunked")], chunks)):
                assert environ(url, "/", headers, sent).get("payouts.refusal") == refusal

    def test_that_ends_too_early_is_refused(self, url: str) -> None:
        for rest in (
            b"Content-Length: 5\r\n\r\nabc",
            b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        ):
            with connect(url) as line:
                line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + rest)
                line.shutdown(socket.SHUT_WR)
                assert b'"payouts.refusal": "incomplete"' in line.makefile("rb").read()

    def test_that_is_too_large_gets_no_100_continue(self, url: str) -> None:
        with connect(url) as line:
            line.sendall(
                b"POST / HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n"
            )
            answer = line.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b'"payouts.refusal": "too_large"' in answer


class TestAnswer:
    def test_of_several_chunks_arrives_completely(self, url: str) -> None:
        with http_client(base_url=url) as client:
            whole = echo_server.STREAM_CHUNK * echo_server.STREAM_CHUNKS
            assert client.get("/stream/").content == whole

    def test_from_a_file_arrives_completely(self, url: str) -> None:
        with http_client(base_url=url) as client:
            assert client.get("/file/").content == Path(echo_server.__file__).read_bytes()

    def test_to_head_has_no_body(self, url: str) -> None:
        with http_client(base_url=url) as client:
            for path in ("/", "/stream/", "/file/"):
                assert (client.head(path).status_code, client.head(path).content) == (200, b"")

    def test_without_content_leaves_the_connection_open(self, url: str) -> None:
        with http_client(base_url=url) as client:
            assert [client.get("/empty/").status_code for _ in range(3)] == [204] * 3

    def test_of_an_application_that_raises_is_a_500(self, url: str) -> None:
        with http_client(base_url=url) as client:
            assert client.get("/broken/").status_code == 500
            assert client.get("/").status_code == 200


class TestThreads:
    def test_that_are_all_busy_do_not_delay_health_checks(self, url: str) -> None:
        def ask(path: str) -> tuple[str, float]:
            started = monotonic()
            with http_client(base_url=url) as client:
                assert client.get(path).status_code == 200
            return path, monotonic() - started

        busy = ["/sleep/?1"] * echo_server.THREADS * 2
        seconds = dict(simultaneously([partial(ask, path) for path in (*busy, "/health/live/")]))
        assert seconds["/sleep/?1"] > 1
        assert seconds["/health/live/"] < 0.5

    def test_refuse_a_request_that_waited_too_long(self, url: str) -> None:
        def ask(seconds: float) -> str | None:
            refusal: str | None = environ(url, f"/sleep/?{seconds}", method="GET").get(
                "payouts.refusal"
            )
            return refusal

        crowd = echo_server.THREADS * 3
        refusals = simultaneously([partial(ask, 1.5)] * crowd)
        assert refusals.count(None) == echo_server.THREADS * 2
        assert refusals.count("overloaded") == echo_server.THREADS

    def test_refuse_at_once_when_too_many_wait(self, url: str) -> None:
        def ask(_number: int) -> tuple[bool, float]:
            started = monotonic()
            refused = "payouts.refusal" in environ(url, "/sleep/?1", method="GET")
            return refused, monotonic() - started

        crowd = echo_server.THREADS + QUEUE_LIMIT + 10
        answered = simultaneously([partial(ask, number) for number in range(crowd)])
        assert sum(refused and seconds < 1 for refused, seconds in answered) >= 10


class TestServer:
    def test_finishes_requests_in_progress_when_it_is_stopped(self, tmp_path: Path) -> None:
        log = tmp_path / "echo.log"
        with serve("127.0.0.1", log) as (url, process), ThreadPoolExecutor(1) as threads:
            answer = threads.submit(send, url, "GET", "/sleep/?1")
            eventually(lambda: "/sleep/ began" in log.read_text())
            process.stop()
            assert answer.result().status_code == 200
        assert process.child.returncode == 0

    def test_survives_clients_that_disconnect(self, tmp_path: Path) -> None:
        log = tmp_path / "echo.log"
        beginnings = [
            b"GET /sleep/?0.1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /stream/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /file/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: local",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\nabc",
            b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
        ]
        with serve("127.0.0.1", log) as (url, _process):
            for beginning in beginnings * 20:
                with connect(url) as line:
                    line.sendall(beginning)
                    # The connection ends with a reset, as after a crash of the client.
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            eventually(partial(answers, url))
        printed = log.read_text()
        assert "Unexpected exit" not in printed
        assert "request.failed" not in printed
