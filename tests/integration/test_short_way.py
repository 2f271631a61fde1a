"""The short way before Django gives the answers of the way through it."""

from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest
from tests.running import http_client
from tests.service import Service

# What differs from answer to answer, whichever way it went.
OWN = {"date", "x-request-id"}
QUERIES = [
    *("", "page_size=2", "status=NEW", "currency=USD&page_size=1", "recipient_id=4000000"),
    *("created_after=2026-01-01T00:00:00%2B02:00", "needs_review=false", "idempotency_key=%21" * 8),
    *("status=", "page_size=0", "page_size=1&page_size=1", "unheard=of", "cursor=x", "status=%00"),
    *("created_after=%ff", "currency=%D0%B3"),
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


def told(client: httpx.Client, path: str) -> tuple[int, dict[str, str], str]:
    """Return all of an answer that does not depend on the server's port."""
    answer = client.get(path)
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
