"""The short way to what is asked most: one payout, and a page of the list that is still true.

It stands before Django and decides only what needs no judgement: the token was found good a moment
ago, and the payout is there, or the page's version is that of now. All else goes on to the views,
which would have given the same answer.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from django.db import Error, close_old_connections

from payouts import bootstrap
from payouts.domain.errors import PayoutNotFoundError
from payouts.entrypoints.api.answers import encode
from payouts.entrypoints.api.auth import known_username
from payouts.entrypoints.api.middleware import milliseconds_since, request_id_of

log = structlog.get_logger("payouts")

# Where the view of the list tells of which version the page is that it gives out.
PAGE_VERSION: Final = "payouts.page_version"

_LIST: Final = "/api/payouts/"
_ONE = re.compile(r"/api/payouts/([1-9][0-9]{0,17})/", re.ASCII)
_MOST_KEPT: Final = 128
_NOT_KEPT: Final = frozenset({"Content-Length", "X-Request-ID"})


@dataclass(frozen=True, slots=True)
class _Answer:
    """A 200 of the views, but for the headers that differ each time; `version` is a page's."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    version: int | None


@dataclass(frozen=True, slots=True)
class _Question:
    """All of a request that its answer depends on, how the answer is renewed, what is logged."""

    address: tuple[str | None, ...]
    renew: Callable[[_Answer], _Answer | None]
    facts: Mapping[str, Any]


class ShortWay:
    """A WSGI application before another, to which it hands on what it does not answer."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._answers: dict[tuple[str | None, ...], _Answer] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = perf_counter()
        question = _read(environ)
        if not question:
            return self._application(environ, start_response)
        known = self._answers.get(question.address)
        username = known_username(environ["HTTP_AUTHORIZATION"].partition(" ")[2])
        answer = _renew(question, known) if known and username else None
        if not answer:
            return self._ask(question, environ, start_response)
        request_id = request_id_of(environ)
        length = str(len(answer.body))
        start_response(
            "200 OK", [*answer.headers, ("Content-Length", length), ("X-Request-ID", request_id)]
        )
        log.info(
            "request.finished",
            method="GET",
            status=200,
            duration_ms=milliseconds_since(started),
            **question.facts,
            actor=username,
            request_id=request_id,
        )
        return [answer.body]

    def _ask(
        self, question: _Question, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Hand the request on, and keep the answer if it is one that can be renewed."""
        kept: list[tuple[str, str]] = []

        def note(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            if status == "200 OK":
                kept.extend(header for header in headers if header[0] not in _NOT_KEPT)
            return start_response(status, headers, *error)

        body = self._application(environ, note)
        if kept:
            if len(self._answers) >= _MOST_KEPT:
                self._answers.clear()
            version = environ.get(PAGE_VERSION)
            self._answers[question.address] = _Answer(tuple(kept), b"".join(body), version)
        return body


def _read(environ: WSGIEnvironment) -> _Question | None:
    if environ["REQUEST_METHOD"] != "GET" or _has_body(environ):
        return None
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if path == _LIST:
        return _Question(_address(environ, query), _if_still_true, {"route": "api/payouts/"})
    if (one := _ONE.fullmatch(path)) and not query:
        payout_id = int(one[1])
        return _Question(
            _address(environ, "one payout"),
            partial(_with_payout, payout_id),
            {"route": "api/payouts/<id:payout_id>/", "payout_id": payout_id},
        )
    return None


def _has_body(environ: WSGIEnvironment) -> bool:
    return environ.get("CONTENT_LENGTH", "") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in environ


def _address(environ: WSGIEnvironment, what: str) -> tuple[str | None, ...]:
    # As they came: the views have judged whether this host may be asked for.
    scheme = environ["wsgi.url_scheme"], environ.get("HTTP_X_FORWARDED_PROTO")
    return (*scheme, environ.get("HTTP_HOST"), what)


def _renew(question: _Question, known: _Answer) -> _Answer | None:
    close_old_connections()
    with suppress(Error, PayoutNotFoundError):  # the views have answers to that
        return question.renew(known)
    return None


def _if_still_true(known: _Answer) -> _Answer | None:
    return known if known.version == bootstrap.reads().version() else None


def _with_payout(payout_id: int, known: _Answer) -> _Answer:
    return replace(known, body=encode(bootstrap.reads().one(payout_id=payout_id)))
