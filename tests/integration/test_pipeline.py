"""The steps of every API request, on every endpoint."""

import json
from typing import ClassVar

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.settings import api_settings
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.throttling import BaseThrottle
from tests.endpoints import ENDPOINTS, GUARDED, Access, Endpoint
from tests.users import make_token, make_user

from payouts.entrypoints.api.parser import MAX_BODY_BYTES
from payouts.entrypoints.api.pipeline import ApiView
from payouts.entrypoints.api.responses import json_response

pytestmark = pytest.mark.usefixtures("database")

WITH_BODY = [each for each in ENDPOINTS if each.has_body]
BODIES: dict[str, tuple[bytes, str, int, str]] = {
    "not JSON": (b"{", "application/json", 400, "malformed_body"),
    "an array": (b"[]", "application/json", 400, "malformed_body"),
    "a name twice": (b'{"a": 1, "a": 1}', "application/json", 400, "malformed_body"),
    "NaN": (b'{"a": NaN}', "application/json", 400, "malformed_body"),
    "NUL": (b'{"a": "\\u0000"}', "application/json", 400, "malformed_body"),
    "half a surrogate pair": (b'{"a": "\\ud800"}', "application/json", 400, "malformed_body"),
    "not UTF-8": (b'{"a": "\xff"}', "application/json", 400, "malformed_body"),
    "a form": (b"a=1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    "UTF-16": (b"{}", "application/json; charset=utf-16", 415, "unsupported_media_type"),
    "too large": (b" " * MAX_BODY_BYTES + b"{}", "application/json", 413, "too_large"),
}


def name_of(value: object) -> str | None:
    return f"{value.method} {value.route}" if isinstance(value, Endpoint) else None


@pytest.fixture
def staff(database: None) -> Client:
    return Client(headers=make_token(make_user("stefan", "administrator"))[1])


class TestBody:
    @pytest.mark.parametrize("endpoint", WITH_BODY, ids=name_of)
    @pytest.mark.parametrize("kind", BODIES)
    def test_is_parsed_strictly_by_every_endpoint(
        self, staff: Client, endpoint: Endpoint, kind: str
    ) -> None:
        body, media_type, status, code = BODIES[kind]
        if endpoint.access is Access.SIGNED and code == "malformed_body":
            status, code = 401, "signature_invalid"
        response = staff.generic(endpoint.method, endpoint.path, body, content_type=media_type)
        assert (response.status_code, json.loads(response.content)["code"]) == (status, code)

    @pytest.mark.parametrize(
        "endpoint", [each for each in WITH_BODY if each.access is not Access.SIGNED], ids=name_of
    )
    def test_with_an_unknown_field_is_refused_by_every_endpoint(
        self, staff: Client, endpoint: Endpoint
    ) -> None:
        response = staff.generic(
            endpoint.method, endpoint.path, b'{"nothing": 1}', content_type="application/json"
        )
        errors = json.loads(response.content)["errors"]
        assert response.status_code == 400
        assert ("nothing", "unknown_field") in {(e["field"], e["code"]) for e in errors}


class Refuse(BaseThrottle):
    def allow_request(self, request: object, view: object) -> bool:
        return False


class TestThrottle:
    @pytest.mark.parametrize("endpoint", GUARDED, ids=name_of)
    def test_stops_every_endpoint_before_the_body_is_parsed(
        self, staff: Client, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ApiView, "throttle_classes", [Refuse])
        response = staff.generic(
            endpoint.method, endpoint.path, b"{", content_type="application/json"
        )
        assert response.status_code == 429


class IgnoresTheBody(ApiView):
    """A view that relies on the pipeline alone."""

    authentication_classes: ClassVar = []
    permission_classes: ClassVar = [AllowAny]

    def post(self, request: object) -> HttpResponse:
        return json_response({})


class ForOperators(ApiView):
    permissions: ClassVar = {"GET": "payouts.view_payout", "POST": "payouts.change_payout"}
    parameter_permissions: ClassVar = {"all": "payouts.change_payout"}

    def get(self, request: object) -> HttpResponse:
        return json_response({})

    post = get


class NamesNoPermission(ForOperators):
    permissions: ClassVar = {}


class TestApiView:
    def test_parses_the_body_even_if_the_handler_ignores_it(self) -> None:
        request = APIRequestFactory().generic("POST", "/", b"{", content_type="application/json")
        assert IgnoresTheBody.as_view()(request).status_code == 400

    @pytest.mark.parametrize(
        ("role", "method", "path", "status"),
        [
            ("viewer", "GET", "/", 200),
            ("viewer", "HEAD", "/", 200),
            ("viewer", "POST", "/", 403),
            ("viewer", "GET", "/?all", 403),
            ("viewer", "PUT", "/", 405),
            ("operator", "POST", "/?all=true", 200),
        ],
    )
    def test_enforces_the_permissions_that_it_names(
        self, role: str, method: str, path: str, status: int
    ) -> None:
        request = APIRequestFactory().generic(method, path, b"{}", content_type="application/json")
        force_authenticate(request, make_user("ursula", role))
        assert ForOperators.as_view()(request).status_code == status

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_serves_no_method_without_a_permission(self, method: str) -> None:
        request = APIRequestFactory().generic(method, "/", b"{}", content_type="application/json")
        force_authenticate(request, make_user("ursula", "administrator"))
        with pytest.raises(ImproperlyConfigured):
            NamesNoPermission.as_view()(request)

    def test_reads_token_user_and_permissions_in_one_query(self, staff: Client) -> None:
        with CaptureQueriesContext(connection) as queries:
            staff.delete("/api/payouts/1/")
        tables = [each["sql"] for each in queries if "auth_" in each["sql"]]
        assert len(tables) == 1

    def test_has_the_permission_class_that_the_settings_name(self) -> None:
        permissions: list[type[BasePermission]] = api_settings.DEFAULT_PERMISSION_CLASSES
        assert [each.__name__ for each in permissions] == ["RolePermission"]
        assert ApiView.permission_classes == permissions
