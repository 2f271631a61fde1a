"""The OpenAPI schema and the page to try it."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import schemathesis
from tests.answers import MESSAGE_DATA_FIELDS
from tests.message_schema import body_validator, to_body
from tests.service import Service
from tests.unit.samples import a_message

from payouts.domain.client_events import CLIENT_EVENT_TYPES, ClientEventType
from payouts.domain.history import EventType

ASSETS = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)["']""")
# Its signature stands in for a token, and it has no rate limit.
CALLBACKS = "/api/bank/callbacks/"
ENDPOINTS = {
    ("GET", "/api/payouts/"),
    ("POST", "/api/payouts/"),
    ("GET", "/api/payouts/{id}/"),
    ("PATCH", "/api/payouts/{id}/"),
    ("DELETE", "/api/payouts/{id}/"),
    ("GET", "/api/payouts/{id}/events/"),
    ("POST", "/api/payouts/{id}/resolve/"),
    ("GET", "/api/events/"),
    ("POST", CALLBACKS),
    ("GET", "/api/webhooks/"),
    ("POST", "/api/webhooks/"),
    ("GET", "/api/webhooks/{id}/"),
    ("PATCH", "/api/webhooks/{id}/"),
    ("DELETE", "/api/webhooks/{id}/"),
    ("POST", "/api/webhooks/{id}/rotate-secret/"),
    ("POST", "/api/webhooks/{id}/test/"),
    ("POST", "/api/webhooks/{id}/replay/"),
    ("GET", "/api/webhooks/{id}/deliveries/"),
    ("POST", "/api/webhooks/{id}/deliveries/{id}/resend/"),
    ("GET", "/api/recipients/"),
    ("POST", "/api/recipients/"),
    ("GET", "/api/recipients/{id}/"),
    ("PATCH", "/api/recipients/{id}/"),
}


@pytest.fixture(scope="module")
def schema(asked_service: Service) -> httpx.Response:
    with asked_service.client() as anyone:
        return anyone.get("/api/schema/")


class TestSchema:
    def test_is_valid_open_api_3_in_json(self, schema: httpx.Response) -> None:
        assert schema.status_code == 200
        assert schema.headers["Content-Type"] == "application/vnd.oai.openapi+json"
        assert schema.json()["openapi"].startswith("3.1.")
        schemathesis.openapi.from_dict(schema.json()).validate()

    def test_lists_every_endpoint_and_no_other(self, schema: httpx.Response) -> None:
        described = {
            (method.upper(), re.sub(r"\{\w+\}", "{id}", path))
            for path, item in schema.json()["paths"].items()
            for method in item
        }
        assert described == ENDPOINTS

    def test_describes_errors_as_problems(self, schema: httpx.Response) -> None:
        for path, item in schema.json()["paths"].items():
            for operation in item.values():
                errors = {
                    status: list(answer["content"])
                    for status, answer in operation["responses"].items()
                    if status >= "400"
                }
                assert {"401", "503"} <= set(errors)
                assert ("429" in errors) is (path != CALLBACKS)
                assert all(kinds == ["application/problem+json"] for kinds in errors.values())

    def test_says_that_a_callback_needs_a_signature(self, schema: httpx.Response) -> None:
        operation = schema.json()["paths"][CALLBACKS]["post"]
        assert "signature" in operation["responses"]["401"]["description"]
        assert operation.get("security", []) in ([], [{}])

    def test_suits_generators_of_clients(self, schema: httpx.Response) -> None:
        document = schema.json()
        assert document["servers"] == [{"url": "/", "description": "This installation."}]
        assert "NullEnum" not in str(document)
        for name, shape in integers(document):
            if name.endswith("id") or name == "sequence":
                assert shape.get("format") == "int64", name
        statuses = document["components"]["schemas"]["EventView"]["properties"]["from_status"]
        assert statuses == {
            "oneOf": [{"$ref": "#/components/schemas/PayoutStatus"}, {"type": "null"}]
        }
        assert "nullable" not in str(document), "OpenAPI 3.1 knows null as a type"

    def test_describes_the_headers_of_responses(self, schema: httpx.Response) -> None:
        paths = schema.json()["paths"]
        for item in paths.values():
            for operation in item.values():
                for response in operation["responses"].values():
                    assert "X-Request-ID" in response["headers"]
                if limited := operation["responses"].get("429"):
                    assert "Retry-After" in limited["headers"]
                assert "WWW-Authenticate" in operation["responses"]["401"]["headers"]
        for path in ("/api/payouts/", "/api/recipients/"):
            responses = paths[path]["post"]["responses"]
            assert "Location" in responses["201"]["headers"]
            assert "Idempotent-Replayed" in responses["200"]["headers"]
        changes = paths["/api/payouts/{payout_id}/"]["patch"]["responses"]
        assert "Retry-After" in changes["409"]["headers"]


class TestWebhooks:
    def test_lists_every_message_and_no_other(self, schema: httpx.Response) -> None:
        assert set(schema.json()["webhooks"]) == {*ClientEventType, "webhook.test"}

    def test_says_how_a_message_is_verified(self, schema: httpx.Response) -> None:
        for item in schema.json()["webhooks"].values():
            headers = {each["name"] for each in item["post"]["parameters"]}
            assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}

    @pytest.mark.parametrize("event", CLIENT_EVENT_TYPES)
    @pytest.mark.parametrize("described", ClientEventType)
    def test_accepts_the_messages_of_a_type_and_no_others(
        self, schema: httpx.Response, event: EventType, described: ClientEventType
    ) -> None:
        message = a_message(event)
        validator = body_validator(schema.json(), described)
        assert validator.is_valid(to_body(message)) is (message.type is described)

    @pytest.mark.parametrize("member", MESSAGE_DATA_FIELDS)
    def test_requires_every_member(self, schema: httpx.Response, member: str) -> None:
        body = to_body(a_message(EventType.CREATED))
        del body["data"][member]
        assert not body_validator(schema.json(), "payout.created").is_valid(body)

    @pytest.mark.parametrize(
        ("member", "value"),
        [("sequence", "7"), ("status", "OPEN"), ("amount", 10), ("failure_code", 1)],
    )
    def test_refuses_other_kinds_of_values(
        self, schema: httpx.Response, member: str, value: Any
    ) -> None:
        body = to_body(a_message(EventType.CREATED))
        body["data"][member] = value
        assert not body_validator(schema.json(), "payout.created").is_valid(body)


def integers(document: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Find the schemas of all integers, with the name of their field or parameter."""
    if isinstance(document, list):
        for inner in document:
            yield from integers(inner, name)
    if isinstance(document, dict):
        if "integer" in (document.get("type") or ()):
            yield name, document
        for key, inner in document.items():
            yield from integers(inner, str(document.get("name")) if key == "schema" else key)


class TestDocsPage:
    def test_has_no_asset_from_another_host(self, asked_service: Service) -> None:
        with asked_service.client() as anyone:
            page = anyone.get("/api/docs/")
            assert page.headers["Content-Type"].startswith("text/html")
            assets = ASSETS.findall(page.text)
            assert any(asset.endswith(".js") for asset in assets)
            assert any(asset.endswith(".css") for asset in assets)
            own_host = urlsplit(asked_service.web_url).netloc
            for asset in assets:
                address = urljoin(str(page.url), asset)
                assert urlsplit(address).netloc == own_host
                assert anyone.get(address).status_code == 200, asset
            # Nor does what the page does itself lead elsewhere.
            assert not re.findall(r"https?://(?!127\.0\.0\.1)[\w.]+", page.text)
            script = anyone.get(next(asset for asset in assets if asset.endswith("?script=")))
            assert not re.findall(r"https?://(?!127\.0\.0\.1)[\w.]+", script.text)
            assert "/api/schema/" in script.text
