"""One connection for many requests, as clients with a pool of them have it."""

import httpx
import pytest
from tests.service import Service


class TestConnection:
    @pytest.mark.parametrize("body_bytes", [60_000, 2_000_000])
    def test_serves_on_after_a_body_that_nobody_wanted(
        self, service: Service, body_bytes: int
    ) -> None:
        body = b'{"name": "' + b"x" * body_bytes + b'"}'
        with httpx.Client(base_url=service.web_url) as stranger:
            answers = [
                stranger.post(
                    "/api/payouts/", content=body, headers={"Content-Type": "application/json"}
                )
                for _ in range(40)
            ]
        assert {answer.status_code for answer in answers} == {401}
