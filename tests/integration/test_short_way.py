"""The short way before Django gives the answers of the way through it."""

import json
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth import get_user_model
from knox.models import get_token_model
from payouts.entrypoints.api.short_way import ShortWay
from tests.running import http_client
from tests.service import Service, order

from config.wsgi import TokenHandler
from payouts.adapters.database.models import Recipient

# What differs from answer to answer, whichever way it went.
OWN = {"date", "x-request-id"}
QUERIES = [
    *("", "page_size=2", "status=NEW", "currency=USD&page_size=1", "recipient_id=4000000"),
    *("created_after=2026-01-01T00:00:00%2B02:00", "needs_review=false", "idempotency_key=%21" * 8),
    *("status=", "page_size=0", "page_size=1&page_size=1", "unheard=of", "cursor=x", "status=%00"),
    *("created_after=%ff", "currency=%D0%B3"),
]


# What is wrong with an order, or with its headers.
REFUSED: list[tuple[dict[str, Any] | str, dict[str, str]]] = [
    ({"idempotency_key": None}, {}),
    ({"idempotency_key": "another-key"}, {"Idempotency-Key": "one-more-key"}),
    ({"idempotency_key": "short"}, {}),
    ({"recipient_id": 4000000}, {}),
    ({"recipient_id": "1"}, {}),
    ({"amount": "1e3"}, {}),
    ({"amount": "0.00"}, {}),
    ({"currency": "XTS"}, {}),
    ({"currency": "JPY", "amount": "10"}, {}),
    ({"unheard": "of"}, {}),
    ('{"amount": "1.00", "amount": "2.00"}', {}),
    ('{"amount": NaN}', {}),
    ('{"amount": "\\u0000"}', {}),
    ("[" * 50_000, {}),
    ("[]", {}),
    ("", {}),
    ({}, {"Content-Type": "application/json; charset=latin-1"}),
    ({}, {"Content-Type": "text/plain"}),
    ({}, {"Content-Encoding": "gzip"}),
    ({"amount": "1" * 70_000}, {}),
]


@pytest.fixture(scope="module")
def payouts(asked_service: Service) -> list[int]:
    return [asked_service.make_payout()["id"] for _ in range(5)]


@pytest.fixture(scope="module")
def long_way(asked_service: Service) -> Iterator[httpx.Client]:
    """A web whose views count requests, so that all of them have to get there."""
    token = {"Authorization": asked_service.user.headers["Authorization"]}
    with (
        asked_service.another_web(PAYOUTS_RATE_LIMIT="1000000/day", WEB_WORKERS="1") as url,
        http_client(base_url=url, headers=token) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def short_way(asked_service: Service) -> Iterator[httpx.Client]:
    token = {"Authorization": asked_service.user.headers["Authorization"]}
    with (
        asked_service.another_web(WEB_WORKERS="1") as url,
        http_client(base_url=url, headers=token) as client,
    ):
        for path in ("/api/payouts/", f"/api/payouts/{asked_service.make_payout()['id']}/"):
            client.get(path)  # the headers of an answer are learned from the views
        yield client


@pytest.fixture(scope="module")
def both_ways(short_way: httpx.Client, long_way: httpx.Client) -> tuple[httpx.Client, httpx.Client]:
    return short_way, long_way


@pytest.fixture(scope="module")
def payable(asked_service: Service) -> int:
    return int(asked_service.make_recipient()["id"])


def told(client: httpx.Client, path: str) -> tuple[int, dict[str, str], str]:
    """Return all of an answer that does not depend on the server's port."""
    return told_of(client, client.get(path))


def told_of(client: httpx.Client, answer: httpx.Response) -> tuple[int, dict[str, str], str]:
    headers = {name: text for name, text in answer.headers.items() if name not in OWN}
    return answer.status_code, headers, answer.text.replace(str(client.base_url), "http://here/")


class TestShortWay:
    @pytest.mark.parametrize("query", QUERIES)
    def test_gives_the_same_page(
        self,
        payouts: list[int],
        short_way: httpx.Client,
        long_way: httpx.Client,
        query: str,
    ) -> None:
        path = f"/api/payouts/?{query}"
        expected = told(long_way, path)
        # Read anew, then known.
        assert [told(short_way, path), told(short_way, path)] == [expected, expected]

    def test_gives_the_same_pages_along_the_links(
        self, payouts: list[int], short_way: httpx.Client, long_way: httpx.Client
    ) -> None:
        path: str | None = "/api/payouts/?page_size=2"
        for _ in payouts[::2]:
            assert path
            assert told(short_way, path) == told(long_way, path)
            answer = short_way.get(path).json()
            path = answer["next"] and str(answer["next"]).removeprefix(str(short_way.base_url))

    def test_gives_the_same_payout(
        self, payouts: list[int], short_way: httpx.Client, long_way: httpx.Client
    ) -> None:
        for path in (f"/api/payouts/{payouts[0]}/", "/api/payouts/4000000/", "/api/payouts/1x/"):
            assert told(short_way, path) == told(long_way, path)

    def test_ends_where_a_payout_is_deleted(
        self, asked_service: Service, short_way: httpx.Client
    ) -> None:
        payout = asked_service.make_payout()
        asked_service.wait_for(payout["id"], "COMPLETED")
        path = f"/api/payouts/{payout['id']}/"
        assert short_way.get(path).status_code == 200
        assert asked_service.staff.delete(path).status_code == 204
        assert short_way.get(path).status_code == 404

    def test_logs_what_the_long_way_logs(
        self,
        asked_service: Service,
        payouts: list[int],
        short_way: httpx.Client,
        long_way: httpx.Client,
    ) -> None:
        own = {"request_id", "duration_ms"}
        lines = []
        for client in (short_way, long_way):
            answer = client.get(f"/api/payouts/{payouts[0]}/")
            name = f"web-{client.base_url.port}"
            [line] = [
                line
                for line in asked_service.log_lines(name)
                if line.get("request_id") == answer.headers["X-Request-ID"]
            ]
            assert datetime.fromisoformat(line.pop("at")).tzinfo
            lines.append({name: fact for name, fact in line.items() if name not in own})
        assert lines[0] == lines[1]
        assert lines[0]["actor"]

    def test_is_closed_to_who_is_not_known(
        self, payouts: list[int], short_way: httpx.Client
    ) -> None:
        for path in ("/api/payouts/", f"/api/payouts/{payouts[0]}/"):
            for header in ("Bearer nobody", "Bearer", "Basic eA==", "Bearer a b"):
                answer = short_way.get(path, headers={"Authorization": header})
                assert answer.status_code == 401


def posted(
    client: httpx.Client, body: dict[str, Any] | str, headers: dict[str, str]
) -> tuple[int, dict[str, str], str]:
    content = body if isinstance(body, str) else json.dumps(body)
    plain = {"Content-Type": "application/json"}
    answer = client.post("/api/payouts/", content=content, headers=plain | headers)
    return told_of(client, answer)


class TestShortWayOfAPayout:
    def test_is_the_long_way_for_the_same_key(
        self, asked_service: Service, short_way: httpx.Client, long_way: httpx.Client
    ) -> None:
        body = order(asked_service.make_recipient()["id"])
        status, headers, made = posted(short_way, body, {})
        payout_id = json.loads(made)["id"]
        assert (status, headers["location"]) == (201, f"/api/payouts/{payout_id}/")
        asked_service.wait_for(payout_id, "COMPLETED")
        replays = [posted(client, body, {}) for client in (short_way, long_way, short_way)]
        assert replays[0] == replays[1] == replays[2]
        status, headers, replayed = replays[0]
        assert (status, headers["idempotent-replayed"]) == (200, "true")
        assert json.loads(replayed)["id"] == payout_id

    def test_answers_as_the_long_way_does_to_a_new_payout(
        self, payable: int, short_way: httpx.Client, long_way: httpx.Client
    ) -> None:
        answers = [posted(client, order(payable), {}) for client in (short_way, long_way)]
        assert [status for status, *_ in answers] == [201, 201]
        own = dict.fromkeys(("location", "content-length"))
        short_headers, long_headers = (headers for _, headers, _ in answers)
        assert short_headers.keys() >= own.keys()
        assert short_headers | own == long_headers | own
        bodies = [json.loads(body) for *_, body in answers]
        differing = {name for name in bodies[0] if bodies[0][name] != bodies[1][name]}
        assert differing == {"id", "reference", "created_at", "updated_at"}

    @pytest.mark.parametrize(("changes", "headers"), REFUSED, ids=range(len(REFUSED)))
    def test_refuses_what_the_long_way_refuses(
        self,
        payable: int,
        both_ways: tuple[httpx.Client, httpx.Client],
        changes: dict[str, Any] | str,
        headers: dict[str, str],
    ) -> None:
        short_way, long_way = both_ways
        body = changes if isinstance(changes, str) else order(payable) | changes
        expected = posted(long_way, body, headers)
        assert 400 <= expected[0] < 500
        assert [posted(short_way, body, headers) for _ in range(2)] == [expected, expected]

    def test_logs_under_the_id_of_the_request(
        self, asked_service: Service, short_way: httpx.Client
    ) -> None:
        body = order(asked_service.make_recipient()["id"])
        for _ in range(2):  # the token is known to the second one at the latest
            body["idempotency_key"] = uuid4().hex
            answer = short_way.post("/api/payouts/", json=body)
        of_request = [
            line
            for line in asked_service.log_lines(f"web-{short_way.base_url.port}")
            if line.get("request_id") == answer.headers["X-Request-ID"]
        ]
        assert [line["event"] for line in of_request] == ["payout.created", "request.finished"]
        assert {line["actor"] for line in of_request} == {"ursula"}


class Counted(TokenHandler):
    """Django, and how often it was needed."""

    requests = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.requests += 1
        return super().__call__(environ, start_response)


class TestShortWayItself:
    def test_needs_django_for_the_first_of_each_address(self, database: None) -> None:
        user = get_user_model().objects.create_user("ursula")
        _, token = get_token_model().objects.create(user=user)
        recipient = Recipient.objects.create(type="BUSINESS", name="Ann Ltd", account_number="1")
        django = Counted()
        short_way = ShortWay(django)

        def ask(method: str, path: str, body: bytes = b"") -> Any:
            environ = {
                "REQUEST_METHOD": method,
                "PATH_INFO": path,
                "QUERY_STRING": "",
                "SCRIPT_NAME": "",
                "SERVER_NAME": "localhost",
                "SERVER_PORT": "80",
                "HTTP_HOST": "localhost",
                "HTTP_AUTHORIZATION": f"Bearer {token}",
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(body)) if body else "",
                "wsgi.url_scheme": "http",
                "wsgi.input": BytesIO(body),
            }
            answer = short_way(environ, lambda *_: None)
            return json.loads(b"".join(answer))

        made = [
            ask("POST", "/api/payouts/", json.dumps(order(recipient.pk)).encode()) for _ in range(3)
        ]
        pages = [ask("GET", "/api/payouts/") for _ in range(3)]
        one = [ask("GET", f"/api/payouts/{made[0]['id']}/") for _ in range(3)]
        assert django.requests == 2  # the list's address, and a payout's
        assert pages[2]["results"] == made[::-1]
        assert one[2] == made[0]
