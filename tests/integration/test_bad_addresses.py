"""Addresses where nothing is, and hosts that we are not."""

import pytest
from tests.problems import expect_problem
from tests.service import Service
from tests.wire import send

# Sent as they stand here; a client would mend some of them first.
NOWHERE = [
    *("/nothing", "/api", "/api/", "/api/v1/payouts/", "/favicon.ico", "/.env", "/static/no.js"),
    # The slash at the end is part of the address.
    *("/api/payouts", "/api/payouts/1", "/api/payouts/1/events", "/api/recipients", "/health"),
    *("/api/recipients/1", "/api/schema", "/api/docs", "/health/live", "/health/ready", "/console"),
    *("//api/payouts/", "/api//payouts/", "/api/payouts//", "/api/payouts/1//", "/API/PAYOUTS/"),
    *("/api/payouts/../payouts/", "/api/./payouts/", "/api/payouts/%2e%2e/"),
    *("/api/payouts/;a=1/", "/api/payouts/1;/", "/api/payouts/1.json", "/api/payouts/1/event/"),
    # Ids are written as we write them.
    *(f"/api/payouts/{text}/" for text in ("0", "-1", "+1", "1.0", "1e3", "007", "0x1", "1_0")),
    *(f"/api/payouts/{text}/" for text in ("abc", "null", "NaN", "*", "%20", "1%20", "1,2", "'1'")),
    *(f"/api/payouts/{text}/" for text in ("%00", "1%00", "%0A", "1%0A", "%D9%A1", "%EF%BC%91")),
    *(f"/api/payouts/{text}/" for text in ("%FF", "%C3%28", "%", "%zz", "%ED%A0%80")),
    *(f"/api/payouts/{number}/" for number in (2**63, 2**64, 10**30)),
    f"/api/payouts/{'9' * 5000}/",
    *("/api/payouts/0/events/", "/api/payouts/007/events/", f"/api/payouts/{2**64}/events/"),
    *("/api/recipients/0/", "/api/recipients/-1/", f"/api/recipients/{2**64}/"),
    "/static/../../etc/passwd",
    "/static/%2e%2e/%2e%2e/etc/passwd",
]


class TestAddress:
    @pytest.mark.parametrize("target", NOWHERE)
    def test_where_nothing_is_answers_404(self, asked_service: Service, target: str) -> None:
        token = ("Authorization", asked_service.staff.headers["Authorization"])
        for method in ("GET", "DELETE"):
            answer = send(asked_service.web_url, method, target, headers=[token])
            expect_problem(answer, 404, "not_found")

    def test_without_its_slash_does_not_turn_a_post_into_a_get(
        self, asked_service: Service
    ) -> None:
        answer = asked_service.user.post("/api/payouts", json={})
        expect_problem(answer, 404, "not_found")

    def test_shows_nothing_of_what_was_asked_for(self, asked_service: Service) -> None:
        answer = asked_service.user.get("/api/<script>alert(1)</script>/")
        assert "script" not in answer.text

    def test_may_be_absolute_and_may_be_escaped(self, asked_service: Service) -> None:
        token = ("Authorization", asked_service.user.headers["Authorization"])
        for target in (
            f"{asked_service.web_url}/api/payouts/",
            "/api/pay%6Futs/",
            "/api%2Fpayouts/",
        ):
            answer = send(asked_service.web_url, "GET", target, headers=[token])
            assert answer.status_code == 200

    def test_that_is_an_asterisk_is_nothing(self, asked_service: Service) -> None:
        expect_problem(send(asked_service.web_url, "OPTIONS", "*"), 404, "not_found")


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            *("", "elsewhere.example", "localhost.elsewhere.example", "127.0.0.2", "a b", "[::2]"),
            *("127.0.0.1@elsewhere.example", "127.0.0.1:80:80", "127.0.0.1/..", "é".encode()),
            *("127.0.0.1,elsewhere.example", "*", ".", "localhost:eighty"),
        ],
    )
    @pytest.mark.parametrize("path", ["/api/payouts/", "/health/"])
    def test_of_elsewhere_is_refused(
        self, asked_service: Service, path: str, host: str | bytes
    ) -> None:
        token = ("Authorization", asked_service.user.headers["Authorization"])
        answer = send(asked_service.web_url, "GET", path, headers=[("Host", host), token])
        expect_problem(answer, 400, "bad_request")

    def test_is_not_taken_from_a_header_that_anybody_can_send(self, asked_service: Service) -> None:
        for _ in range(2):
            asked_service.make_recipient()
        answer = asked_service.user.get(
            "/api/recipients/?page_size=1",
            headers={
                "X-Forwarded-Host": "elsewhere.example",
                "Forwarded": "host=elsewhere.example",
            },
        )
        assert answer.json()["next"].startswith(f"{asked_service.web_url}/api/recipients/?")
