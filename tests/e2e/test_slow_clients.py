"""Slow requests and slow clients do not delay others."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPConnection
from threading import Event, Thread
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
from tests.problems import expect_problem
from tests.running import eventually
from tests.service import JSON, Service, order

MAX_SECONDS = 0.5
REQUESTS = 100
FIVE_MEGABYTES = b"x" * 5_000_000
BODY_LIMIT_SECONDS = 10
# Each of them is answered anonymously, by a user, or by a browser's session.
POSTS = ["/api/payouts/", "/api/bank/callbacks/", "/console/login/"]


def slowest(service: Service, *, payout_id: int, recipient_id: int) -> float:
    """Return the longest time in seconds of 100 requests, each on a new connection."""
    token = service.user.headers["Authorization"]

    def seconds(number: int) -> float:
        started = monotonic()
        with service.client(Authorization=token) as client:
            match number % 4:
                case 0:
                    answer = client.get("/health/live/")
                case 1:
                    answer = client.get(f"/api/payouts/{payout_id}/")
                case 2:
                    answer = client.get("/api/payouts/?page_size=5")
                case _:
                    answer = client.post("/api/payouts/", json=order(recipient_id))
        assert answer.is_success, answer.text
        return monotonic() - started

    return max(seconds(number) for number in range(REQUESTS))


@contextmanager
def waiting(service: Service, database_url: str, count: int) -> Iterator[None]:
    """Keep `count` requests waiting for a row that stays locked.

    Changes by staff do not wait for locks. A new payout does: its foreign key locks its recipient.
    """
    recipient_id = service.make_recipient()["id"]
    ended = Event()

    def create() -> None:
        while not ended.is_set():
            service.user.post("/api/payouts/", json=order(recipient_id))

    with psycopg.connect(database_url) as holder, ThreadPoolExecutor(count) as threads:
        holder.execute("SELECT 1 FROM payouts_recipient WHERE id = %s FOR UPDATE", [recipient_id])
        requests = [threads.submit(create) for _ in range(count)]
        try:
            eventually(lambda: count_waiting(database_url) == count)
            yield
            eventually(lambda: count_waiting(database_url) == count)
        finally:
            ended.set()
            holder.rollback()
        for request in requests:
            request.result()


def count_waiting(database_url: str) -> int:
    """Count the connections to the database that wait for a lock."""
    with psycopg.connect(database_url) as observer:
        row = observer.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def connections(service: Service, count: int) -> Iterator[list[socket.socket]]:
    address = urlsplit(service.web_url)
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                socket.create_connection((address.hostname, address.port), timeout=30)
            )
            for _ in range(count)
        ]


@contextmanager
def trickling(lines: list[socket.socket]) -> Iterator[None]:
    """Send a byte a second on each connection until the server closes it."""
    ended = Event()

    def trickle() -> None:
        while not ended.wait(1):
            for line in lines:
                try:
                    line.sendall(b" ")
                except OSError:
                    continue

    thread = Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def head(path: str, token: str, length: int = 1000) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


@pytest.fixture
def rows(service: Service) -> dict[str, int]:
    """A payout and its recipient, for `slowest`."""
    payout = service.make_payout()
    return {"payout_id": payout["id"], "recipient_id": payout["recipient_id"]}


class TestLockedRow:
    @pytest.mark.parametrize("count", [6, 12])
    def test_delays_only_the_requests_that_need_it(
        self, service: Service, rows: dict[str, int], database_url: str, count: int
    ) -> None:
        with waiting(service, database_url, count):
            assert slowest(service, **rows) < MAX_SECONDS

    def test_of_a_payout_delays_no_request(
        self, service: Service, unattended_database: None, rows: dict[str, int], database_url: str
    ) -> None:
        wanted = service.make_payout()["id"]
        with psycopg.connect(database_url) as holder:
            holder.execute("SELECT 1 FROM payouts_payout WHERE id = %s FOR UPDATE", [wanted])
            started = monotonic()
            answers = [service.move(wanted, "FAILED") for _ in range(6)]
            assert {answer.status_code for answer in answers} == {409}
            assert monotonic() - started < MAX_SECONDS
            holder.rollback()


class TestSlowClients:
    def test_that_send_their_bodies_delay_no_other(
        self, service: Service, rows: dict[str, int]
    ) -> None:
        token = service.user.headers["Authorization"]
        with connections(service, 30) as lines, trickling(lines):
            for number, line in enumerate(lines):
                line.sendall(head(POSTS[number % len(POSTS)], token))
            assert slowest(service, **rows) < MAX_SECONDS

    def test_that_send_their_headers_delay_no_other(
        self, service: Service, rows: dict[str, int]
    ) -> None:
        with connections(service, 30) as lines, trickling(lines):
            for line in lines:
                line.sendall(b"GET /api/payouts/ HTTP/1.1\r\nX-A: ")
            assert slowest(service, **rows) < MAX_SECONDS

    def test_that_do_not_read_delay_no_other(self, service: Service, rows: dict[str, int]) -> None:
        with connections(service, 30) as lines:
            for line in lines:
                line.sendall(
                    b"GET /static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
                    b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
                )
            assert slowest(service, **rows) < MAX_SECONDS
            for line in lines:
                assert line.recv(12) == b"HTTP/1.1 200"

    def test_that_are_idle_delay_no_other(self, service: Service, rows: dict[str, int]) -> None:
        with connections(service, 200):
            assert slowest(service, **rows) < MAX_SECONDS

    def test_are_refused_after_ten_seconds(self, service: Service) -> None:
        token = service.user.headers["Authorization"]
        with connections(service, len(POSTS)) as lines:
            started = monotonic()
            with trickling(lines):
                for path, line in zip(POSTS, lines, strict=True):
                    line.sendall(head(path, token))
                answers = [line.makefile("rb").read() for line in lines]
        assert BODY_LIMIT_SECONDS <= monotonic() - started < BODY_LIMIT_SECONDS + 5
        for answer in answers:
            assert answer.startswith(b"HTTP/1.1 408 ")
            assert b"connection: close" in answer.lower()
            assert b'"code":"request_timeout"' in answer

    def test_are_served_within_the_time_limit(self, service: Service, rows: dict[str, int]) -> None:
        token = service.user.headers["Authorization"]
        body = json.dumps(order(rows["recipient_id"])).encode()
        with connections(service, 1) as [line]:
            line.sendall(head("/api/payouts/", token, len(body) + 3))
            with trickling([line]):
                Event().wait(3.5)
            line.sendall(body)
            assert line.recv(12) == b"HTTP/1.1 201"


class TestLargeBody:
    @pytest.mark.parametrize("is_chunked", [False, True])
    @pytest.mark.parametrize("path", [*POSTS, "/health/live/", "/nothing/"])
    def test_is_refused_after_a_client_has_sent_all_of_it(
        self, service: Service, path: str, is_chunked: bool
    ) -> None:
        request_id = uuid4().hex
        answer = post_to_its_end(service, path, request_id, is_chunked=is_chunked)

        expect_problem(answer, 413, "too_large")
        assert answer.headers["Connection"] == "close"
        assert answer.headers["X-Request-ID"] == request_id
        [line] = eventually(partial(finished, service, request_id))
        assert line["status"] == 413

    def test_is_refused_as_an_upload_to_the_console(self, service: Service) -> None:
        with service.client() as browser:
            answer = browser.post("/console/login/", files={"file": FIVE_MEGABYTES})
        expect_problem(answer, 413, "too_large")


def post_to_its_end(
    service: Service, path: str, request_id: str, *, is_chunked: bool
) -> httpx.Response:
    """Send 5 MB before looking for an answer, which `http.client` and many others do."""
    connection = HTTPConnection(urlsplit(service.web_url).netloc, timeout=30)
    headers = {
        **JSON,
        "Authorization": service.user.headers["Authorization"],
        "X-Request-ID": request_id,
    }
    body: Any = iter([FIVE_MEGABYTES]) if is_chunked else FIVE_MEGABYTES
    try:
        connection.request("POST", path, body, headers, encode_chunked=is_chunked)
        answer = connection.getresponse()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())
    finally:
        connection.close()


def finished(service: Service, request_id: str) -> list[dict[str, Any]]:
    return [
        line
        for line in service.log_lines("web")
        if (line["event"], line.get("request_id")) == ("request.finished", request_id)
    ]
