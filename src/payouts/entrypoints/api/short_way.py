"""The short way to what is asked most: one payout, and a page of the list.

It stands before Django and answers where no judgement is needed: the token was found good a moment
ago, the host was served before, the payout is there, the parameters can be read. All else goes on
to the views, whose answer would have been the same.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIHandler
from django.db import Error, close_old_connections
from rest_framework.exceptions import ValidationError

from payouts import bootstrap
from payouts.application.read_payouts import RenderedPage
from payouts.domain.errors import PayoutNotFoundError
from payouts.entrypoints.api.answers import encode
from payouts.entrypoints.api.auth import known_username
from payouts.entrypoints.api.middleware import milliseconds_since, request_id_of
from payouts.entrypoints.api.pagination import address_of
from payouts.entrypoints.api.wanted_page import WantedPage

log = structlog.get_logger("payouts")

_LIST: Final = "/api/payouts/"
_ONE = re.compile(r"/api/payouts/([1-9][0-9]{0,17})/", re.ASCII)
_MOST_KEPT: Final = 128
_NOT_KEPT: Final = frozenset({"Content-Length", "X-Request-ID"})
# What the views have answers to.
_FOR_THE_VIEWS = (Error, PayoutNotFoundError, SuspiciousOperation, ValidationError)

type Headers = list[tuple[str, str]]
type Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    wanted: WantedPage
    page: RenderedPage


class ShortWay:
    """A WSGI application before Django's, to which it hands on what it does not answer."""

    def __init__(self, django: WSGIHandler) -> None:
        self._django = django
        # By where they were sent to, the headers of a 200 that the views gave.
        self._headers: dict[Key, Headers] = {}
        self._pages: dict[Key, _Kept] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = perf_counter()
        facts = _facts(environ)
        if facts is None:
            return self._django(environ, start_response)
        place = (
            environ["wsgi.url_scheme"],
            environ.get("HTTP_X_FORWARDED_PROTO"),
            environ.get("HTTP_HOST"),
            facts["route"],
        )
        headers = self._headers.get(place)
        username = known_username(environ["HTTP_AUTHORIZATION"].partition(" ")[2])
        body = self._body(environ, place, facts) if headers and username else None
        if body is None or headers is None:
            return self._hand_on(environ, start_response, place)
        request_id = request_id_of(environ)
        own = [("Content-Length", str(len(body))), ("X-Request-ID", request_id)]
        start_response("200 OK", [*headers, *own])
        log.info(
            "request.finished",
            method="GET",
            status=200,
            duration_ms=milliseconds_since(started),
            **facts,
            actor=username,
            request_id=request_id,
        )
        return [body]

    def _body(self, environ: WSGIEnvironment, place: Key, facts: Mapping[str, Any]) -> bytes | None:
        close_old_connections()
        try:
            if payout_id := facts.get("payout_id"):
                return encode(bootstrap.reads().one(payout_id=payout_id))
            return self._page(environ, (*place, environ["QUERY_STRING"])).body
        except _FOR_THE_VIEWS:
            return None

    def _page(self, environ: WSGIEnvironment, key: Key) -> RenderedPage:
        """Return the page; who asked for it before need not be understood again."""
        kept = self._pages.get(key)
        if kept:
            wanted, page = kept.wanted, kept.wanted.rendered(kept.page)
        else:
            request = self._django.request_class(environ)
            wanted = WantedPage.read(request.GET, address=address_of(request))
            page = wanted.rendered_once()
        if not kept or page is not kept.page:
            _keep(self._pages, key, _Kept(wanted, page))
        return page

    def _hand_on(
        self, environ: WSGIEnvironment, start_response: StartResponse, place: Key
    ) -> Iterable[bytes]:
        def note(status: str, headers: Headers, *error: Any) -> Any:
            if status == "200 OK":
                kept = [header for header in headers if header[0] not in _NOT_KEPT]
                _keep(self._headers, place, kept)
            return start_response(status, headers, *error)

        return self._django(environ, note)


def _facts(environ: WSGIEnvironment) -> Mapping[str, Any] | None:
    """Tell what is asked for, as the log will; None if there is no short way to it."""
    if environ["REQUEST_METHOD"] != "GET" or _has_body(environ):
        return None
    if environ["PATH_INFO"] == _LIST:
        return {"route": "api/payouts/"}
    if one := _ONE.fullmatch(environ["PATH_INFO"]):
        return {"route": "api/payouts/<id:payout_id>/", "payout_id": int(one[1])}
    return None


def _has_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in environ


def _keep[Value](known: dict[Key, Value], key: Key, value: Value) -> None:
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[key] = value
