"""Headers of every response."""

import re

import pytest
from tests.problems import expect_problem
from tests.service import Service
from tests.wire import send

API = "GET, POST, HEAD, OPTIONS"
DETAIL = "GET, PATCH, DELETE, HEAD, OPTIONS"
ALLOWED = {
    "/api/payouts/": API,
    "/api/payouts/1/": DETAIL,
    "/api/payouts/1/events/": "GET, HEAD, OPTIONS",
    "/api/recipients/": API,
    "/api/recipients/1/": "GET, PATCH, HEAD, OPTIONS",
    "/api/schema/": "GET, HEAD",
    "/api/docs/": "GET, HEAD",
    "/health/": "GET, HEAD",
    "/health/live/": "GET, HEAD",
    "/health/ready/": "GET, HEAD",
}
WRONG_METHODS = [
    (method, path)
    for path, allowed in ALLOWED.items()
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")
    if method not in allowed
]


class TestWrongMethod:
    @pytest.mark.parametrize(("method", "path"), WRONG_METHODS)
    def test_gets_the_allowed_methods(self, asked_service: Service, method: str, path: str) -> None:
        answer = asked_service.staff.request(method, path)
        expect_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"] == ALLOWED[path]


class TestOtherMethods:
    @pytest.mark.parametrize("path", sorted(ALLOWED))
    def test_head_is_a_get_without_a_body(self, service: Service, path: str) -> None:
        payout_id = service.make_payout()["id"]
        recipient_id = service.payout(payout_id)["recipient_id"]
        path = path.replace("recipients/1", f"recipients/{recipient_id}")
        path = path.replace("payouts/1", f"payouts/{payout_id}")

        got, head = service.user.get(path), service.user.head(path)

        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == got.headers["Content-Type"]

    def test_options_lists_the_allowed_methods(self, asked_service: Service) -> None:
        answer = asked_service.user.request("OPTIONS", "/api/payouts/")
        assert (answer.status_code, answer.headers["Allow"]) == (200, API)

    def test_a_method_in_a_header_is_ignored(self, service: Service) -> None:
        payout = service.make_payout()
        answer = service.staff.post(
            f"/api/payouts/{payout['id']}/", headers={"X-HTTP-Method-Override": "DELETE"}
        )
        expect_problem(answer, 405, "method_not_allowed")


class TestRequestId:
    @pytest.mark.parametrize("given", ["abc", "0" * 128, "7f/x+Y=.:_-", "../../x"])
    def test_is_the_clients_own_if_it_is_valid(self, asked_service: Service, given: str) -> None:
        answer = asked_service.user.get("/api/payouts/", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] == given

    @pytest.mark.parametrize(
        "given", [b"", b"0" * 129, b"a b", b"a\tb", b"<script>", b'"x"', b"a;b", "é".encode()]
    )
    def test_is_generated_if_the_clients_own_is_invalid(
        self, asked_service: Service, given: bytes
    ) -> None:
        answer = send(
            asked_service.web_url, "GET", "/health/live/", headers=[("X-Request-ID", given)]
        )
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])

    def test_is_on_errors_of_every_kind(self, asked_service: Service) -> None:
        sent = {"X-Request-ID": "mine"}
        with asked_service.client(**sent) as anonymous:
            for answer in (
                anonymous.get("/nothing/"),
                anonymous.get("/api/payouts/"),
                anonymous.put("/health/"),
                anonymous.get("/api/schema/", headers={"Host": "elsewhere.example"}),
            ):
                assert answer.is_client_error
                assert answer.headers["X-Request-ID"] == "mine"


class TestSecurity:
    @pytest.mark.parametrize("path", ["/api/payouts/", "/api/schema/", "/health/", "/nothing/"])
    def test_lets_browsers_load_nothing(self, asked_service: Service, path: str) -> None:
        policy = asked_service.user.get(path).headers["Content-Security-Policy"]
        assert policy == (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    @pytest.mark.parametrize("path", ["/api/docs/", "/console/login/"])
    def test_lets_pages_load_own_assets_only(self, asked_service: Service, path: str) -> None:
        with asked_service.client() as anyone:
            page = anyone.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert ("unsafe-eval" in policy) == path.startswith("/console/")
        # The policy would stop them.
        assert re.findall(r"<script(?![^>]*(?:src=|application/json))", page.text) == []
        assert re.findall(r"<[^>]*\son[a-z]+=", page.text) == []

    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/api/payouts/"), ("GET", "/api/payouts/1/"), ("POST", "/api/bank/callbacks/")],
    )
    def test_keeps_responses_out_of_caches(
        self, asked_service: Service, method: str, path: str
    ) -> None:
        response = asked_service.user.request(method, path)
        assert response.headers["Cache-Control"] == "no-store"

    def test_lets_swagger_keep_no_token(self, asked_service: Service) -> None:
        with asked_service.client() as anyone:
            page = anyone.get("/api/docs/")
            [script] = re.findall(r'src="([^"]*script[^"]*)"', page.text.replace("&amp;", "&"))
            settings = anyone.get(script)
        assert settings.headers["Content-Type"].startswith("application/javascript")
        assert '"persistAuthorization": false' in settings.text


class TestFormat:
    @pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*;q=0", "nonsense"])
    def test_is_json_for_every_accept_header(self, asked_service: Service, accept: str) -> None:
        headers = {"Accept": accept}
        answer = asked_service.user.get("/api/payouts/", headers=headers)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        missing = asked_service.user.get("/api/payouts/999999999/", headers=headers)
        expect_problem(missing, 404, "payout_not_found")
