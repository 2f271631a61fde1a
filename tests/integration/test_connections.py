"""One connection for many requests, as clients with a pool of them have it."""

import httpx
import pytest
from tests.service import Service


class TestConnection:
    @pytest.mark.parametrize(("body_bytes", "status"), [(60_000, 401), (2_000_000, 413)])
    def test_serves_the_next_request_after_a_refused_body(
        self, service: Service, body_bytes: int, status: int
    ) -> None:
        body = b'{"name": "' + b"x" * body_bytes + b'"}'
        with httpx.Client(base_url=service.web_url) as stranger:
            answers = [
                stranger.post(
                    "/api/payouts/", content=body, headers={"Content-Type": "application/json"}
                )
                for _ in range(40)
            ]
        assert {answer.status_code for answer in answers} == {status}
