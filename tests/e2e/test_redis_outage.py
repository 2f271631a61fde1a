"""Redis is killed or frozen: the service still answers, and pays when Redis is back."""

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any, Literal

import httpx
import pytest
from tests.running import simultaneously
from tests.service import Service, order

FIRST_SECONDS = 1.5
LATER_SECONDS = 0.3
CROWD = 16


def timed(call: Callable[[], httpx.Response]) -> tuple[float, httpx.Response]:
    started = monotonic()
    answer = call()
    return monotonic() - started, answer


def at_once(
    service: Service, call: Callable[[httpx.Client], httpx.Response]
) -> list[httpx.Response]:
    """Call on many connections, to reach every web process; expect each answer within the limit."""
    with service.users(CROWD) as clients:
        answers = simultaneously([partial(timed, partial(call, client)) for client in clients])
    assert max(seconds for seconds, _ in answers) < FIRST_SECONDS
    return [answer for _, answer in answers]


def expect_all_endpoints(service: Service, recipient_id: int) -> list[int]:
    """Use every endpoint; expect right and fast answers. Return the new payouts."""

    def ask(client: httpx.Client, method: str, path: str, status: int, **options: Any) -> Any:
        seconds, answer = timed(partial(client.request, method, path, **options))
        assert (answer.status_code, seconds < LATER_SECONDS) == (status, True), (path, seconds)
        return answer.json() if answer.content else None

    user, staff = service.user, service.staff
    body = order(recipient_id)
    made = ask(user, "POST", "/api/payouts/", 201, json=body)
    replayed = ask(user, "POST", "/api/payouts/", 200, json=body)
    assert (replayed["id"], made["status"]) == (made["id"], "NEW")
    address = f"/api/payouts/{made['id']}/"
    assert ask(user, "GET", "/api/payouts/?page_size=1", 200)["results"] == [made]
    assert ask(user, "GET", address, 200) == made
    [event] = ask(user, "GET", f"{address}events/", 200)["results"]
    assert event["type"] == "payout.created"

    other = ask(user, "POST", "/api/payouts/", 201, json=order(recipient_id))
    moved = ask(staff, "PATCH", f"/api/payouts/{other['id']}/", 200, json={"status": "FAILED"})
    assert moved["status"] == "FAILED"
    assert ask(user, "GET", "/api/payouts/?page_size=1", 200)["results"] == [moved]
    ask(staff, "DELETE", f"/api/payouts/{other['id']}/", 204)
    assert ask(user, "GET", "/api/payouts/?page_size=1", 200)["results"] == [made]

    named = {"type": "INDIVIDUAL", "name": "Bob", "account_number": "B-1"}
    added = ask(staff, "POST", "/api/recipients/", 201, json=named)
    changed = ask(staff, "PATCH", f"/api/recipients/{added['id']}/", 200, json={"name": "Rob"})
    assert ask(user, "GET", f"/api/recipients/{added['id']}/", 200) == changed
    assert ask(user, "GET", "/api/recipients/?page_size=1", 200)["results"] == [changed]

    ask(user, "GET", "/health/live/", 200)
    ask(user, "GET", "/health/ready/", 200)
    health = ask(user, "GET", "/health/", 200)
    assert (health["status"], health["database"], health["redis"]) == ("degraded", True, False)
    return [made["id"]]


class TestOutage:
    @pytest.mark.parametrize("outage", ["killed", "frozen"])
    def test_delays_one_request_per_process_and_loses_nothing(
        self, service: Service, outage: Literal["killed", "frozen"]
    ) -> None:
        recipient_id = service.make_recipient()["id"]

        def read(client: httpx.Client) -> httpx.Response:
            return client.get("/api/payouts/")

        def write(client: httpx.Client) -> httpx.Response:
            return client.post("/api/payouts/", json=order(recipient_id))

        # All web processes have their connections, and pages in the cache.
        before = at_once(service, write)
        at_once(service, read)
        for answer in before:
            service.wait_for(answer.json()["id"], "COMPLETED")

        with service.outage(outage):
            for page in at_once(service, read):
                assert {row["status"] for row in page.json()["results"]} == {"COMPLETED"}
            made = at_once(service, write)
            assert {answer.status_code for answer in made} == {201}
            # Neither uses the cache. A health check makes each process notice the outage.
            at_once(service, lambda client: client.get("/health/"))
            payouts = [answer.json()["id"] for answer in made]
            payouts += expect_all_endpoints(service, recipient_id)

        assert service.health()["status"] == "healthy"
        for payout_id in payouts:
            paid = service.wait_for(payout_id, "COMPLETED")
            assert len(service.transfers(paid)) == 1


class TestHealth:
    def test_is_degraded_without_redis_and_healthy_with_it(self, service: Service) -> None:
        def status() -> str:
            return str(service.health()["status"])

        assert status() == "healthy"
        with service.outage("killed"):
            assert status() == "degraded"
        assert status() == "healthy"
