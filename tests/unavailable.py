"""What clients and probes see when the database cannot serve."""

import httpx
from tests.problems import expect_problem


def expect_unavailable(answer: httpx.Response) -> None:
    expect_problem(answer, 503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def expect_unhealthy(client: httpx.Client, reason: str) -> None:
    health = client.get("/health/")
    assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
    assert (health.json()["database"], health.json()["database_state"]) == (False, reason)
    ready = client.get("/health/ready/")
    assert (ready.status_code, ready.json()["database_state"]) == (503, reason)
    assert client.get("/health/live/").status_code == 200
