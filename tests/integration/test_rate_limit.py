"""The limit of a user's requests, which a deployment may set."""

from collections.abc import Iterator

import pytest
from tests.endpoints import GUARDED
from tests.problems import expect_problem
from tests.running import eventually, http_client
from tests.service import Service

LIMIT = 5


@pytest.fixture(scope="module")
def limited_web(asked_service: Service) -> Iterator[str]:
    with asked_service.another_web(PAYOUTS_RATE_LIMIT=f"{LIMIT}/min", WEB_WORKERS="1") as url:
        yield url


class TestRateLimit:
    def test_applies_to_every_endpoint_and_sends_retry_after(
        self, service: Service, limited_web: str
    ) -> None:
        token = {"Authorization": service.staff.headers["Authorization"]}
        with http_client(base_url=limited_web, headers=token) as client:
            answers = [client.get("/api/recipients/") for _ in range(LIMIT + 1)]
            assert [answer.status_code for answer in answers[:-1]] == [200] * LIMIT
            expect_problem(answers[-1], 429, "too_many_requests")
            assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
            for endpoint in GUARDED:
                refused = client.request(endpoint.method, endpoint.path)
                assert refused.status_code == 429, endpoint
            assert client.get("/health/").status_code == 200

    def test_counts_each_user_separately(self, service: Service, limited_web: str) -> None:
        for name in ("user", "staff"):
            token = {"Authorization": getattr(service, name).headers["Authorization"]}
            with http_client(base_url=limited_web, headers=token) as client:
                answers = [client.get("/api/recipients/") for _ in range(LIMIT + 1)]
            assert [answer.status_code for answer in answers] == [200] * LIMIT + [429]

    def test_allows_all_requests_without_redis(self, service: Service, limited_web: str) -> None:
        token = {"Authorization": service.user.headers["Authorization"]}
        with http_client(base_url=limited_web, headers=token) as client:
            with service.outage("killed"):
                answers = [client.get("/api/recipients/") for _ in range(3 * LIMIT)]
                assert {answer.status_code for answer in answers} == {200}
            eventually(lambda: client.get("/api/recipients/").status_code == 429)
