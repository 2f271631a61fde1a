"""The short way for what is asked most: a new payout, one payout, and a page of the list.

It stands before Django and answers where no judgement is needed: the token was found good a moment
ago, the host was served before, nothing is wrong with the request. All else goes on to the views,
whose answer would have been the same. What was begun here may be begun there again: reads change
nothing, and a payout is made once for its key.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from time import perf_counter
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections

from payouts import bootstrap
from payouts.application.read_payouts import RenderedPage
from payouts.entrypoints.api.accepted import PAYOUTS, accept_payout
from payouts.entrypoints.api.answers import Rendered, encode
from payouts.entrypoints.api.auth import known_username
from payouts.entrypoints.api.middleware import milliseconds_since, request_id_of
from payouts.entrypoints.api.pagination import address_of
from payouts.entrypoints.api.parser import MAX_BODY_BYTES, parse_object
from payouts.entrypoints.api.wanted_page import WantedPage

log = structlog.get_logger("payouts")

_ONE = re.compile(rf"{PAYOUTS}([1-9][0-9]{{0,17}})/", re.ASCII)
_MOST_KEPT: Final = 128
# Of one answer only; what the views put to all others is the same for each of an address.
_NOT_KEPT: Final = frozenset({"Content-Length", "X-Request-ID", "Location", "Idempotent-Replayed"})
_TO_LEARN_FROM: Final = frozenset({"200 OK", "201 Created"})

type Headers = list[tuple[str, str]]
type Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page, and whether it was another one when it was asked for before."""

    wanted: WantedPage
    page: RenderedPage
    has_changed: bool


class ShortWay:
    """A WSGI application before Django's, to which it hands on what it does not answer."""

    def __init__(self, django: WSGIHandler) -> None:
        self._django = django
        # By where they were sent to, the headers of a good answer that the views gave.
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
        if not (headers and username):
            return self._hand_on(environ, start_response, place)
        # Written down, so that the views, if they have to answer, call the request the same.
        request_id = environ["HTTP_X_REQUEST_ID"] = request_id_of(environ)
        answer = self._answer(environ, place, facts, username)
        if not answer:
            return self._hand_on(environ, start_response, place)
        own = [("Content-Length", str(len(answer.body))), ("X-Request-ID", request_id)]
        status = answer.status
        start_response(f"{status.value} {status.phrase}", [*headers, *answer.headers.items(), *own])
        log.info(
            "request.finished",
            method=environ["REQUEST_METHOD"],
            status=status.value,
            duration_ms=milliseconds_since(started),
            **facts,
            actor=username,
            request_id=request_id,
        )
        return [answer.body]

    def _answer(
        self, environ: WSGIEnvironment, place: Key, facts: Mapping[str, Any], username: str
    ) -> Rendered | None:
        close_old_connections()
        try:
            if environ["REQUEST_METHOD"] == "POST":
                return _accept(environ, username)
            if payout_id := facts.get("payout_id"):
                return Rendered(encode(bootstrap.reads().one(payout_id=payout_id)))
            return Rendered(self._page(environ, (*place, environ["QUERY_STRING"])).body)
        except Exception:  # whatever it is, the views have an answer to it
            return None

    def _page(self, environ: WSGIEnvironment, key: Key) -> RenderedPage:
        """Return the page; who asked for it before need not be understood again.

        A page that had changed when it was asked for last will have changed again: then it is read
        at once, instead of asking first whether it has.
        """
        if kept := self._pages.get(key):
            wanted = kept.wanted
            page = wanted.renewed(None if kept.has_changed else kept.page)
            has_changed = page.version != kept.page.version
        else:
            request = self._django.request_class(environ)
            wanted = WantedPage.read(request.GET, address=address_of(request))
            page, has_changed = wanted.renewed(), False
        _keep(self._pages, key, _Kept(wanted, page, has_changed))
        return page

    def _hand_on(
        self, environ: WSGIEnvironment, start_response: StartResponse, place: Key
    ) -> Iterable[bytes]:
        def note(status: str, headers: Headers, *error: Any) -> Any:
            if status in _TO_LEARN_FROM:
                kept = [header for header in headers if header[0] not in _NOT_KEPT]
                _keep(self._headers, place, kept)
            return start_response(status, headers, *error)

        return self._django(environ, note)


def _facts(environ: WSGIEnvironment) -> Mapping[str, Any] | None:
    """Tell what is asked for, as the log will; None if there is no short way to it."""
    path = environ["PATH_INFO"]
    match environ["REQUEST_METHOD"]:
        case "POST" if path == PAYOUTS and _has_plain_body(environ):
            return {"route": "api/payouts/"}
        case "GET" if not _has_body(environ):
            if path == PAYOUTS:
                return {"route": "api/payouts/"}
            if one := _ONE.fullmatch(path):
                return {"route": "api/payouts/<id:payout_id>/", "payout_id": int(one[1])}
    return None


def _has_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in environ


def _has_plain_body(environ: WSGIEnvironment) -> bool:
    length = environ.get("CONTENT_LENGTH", "")
    return (
        environ.get("CONTENT_TYPE") == "application/json"
        and "HTTP_CONTENT_ENCODING" not in environ
        and "HTTP_TRANSFER_ENCODING" not in environ
        and length.isdecimal()
        and int(length) <= MAX_BODY_BYTES
    )


def _accept(environ: WSGIEnvironment, username: str) -> Rendered:
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = BytesIO(body)  # the views may have to read it too
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=environ["HTTP_X_REQUEST_ID"], actor=username)
    key = environ.get("HTTP_IDEMPOTENCY_KEY")
    return accept_payout(parse_object(body), key_in_header=key, actor=username)


def _keep[Value](known: dict[Key, Value], key: Key, value: Value) -> None:
    if len(known) >= _MOST_KEPT:
        known.clear()
    known[key] = value
