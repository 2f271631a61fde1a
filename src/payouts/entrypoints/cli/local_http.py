"""HTTP to what runs on this machine; no proxy of the environment comes in between."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpcore

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Client:
    """Calls one service with one token."""

    base_url: str
    token: str

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the decoded answer; raise UnexpectedAnswerError unless it is a success."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        status, text = _exchange(method, f"{self.base_url}{path}", headers, content)
        if not HTTPStatus(status).is_success:
            raise UnexpectedAnswerError(f"{method} {path} was answered {status}: {text.decode()}")
        return json.loads(text)


class UnexpectedAnswerError(Exception):
    """The service answered, but not with what was asked for; or it did not answer."""


def answers_ok(url: str) -> bool:
    try:
        status, _ = _exchange("GET", url, {}, None)
    except UnexpectedAnswerError:
        return False
    return status == HTTPStatus.OK


def _exchange(
    method: str, url: str, headers: dict[str, str], content: bytes | None
) -> tuple[int, bytes]:
    limits = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT_SECONDS)
    try:
        response = httpcore.request(
            method,
            url,
            headers=list(headers.items()),
            content=content,
            extensions={"timeout": limits},
        )
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise UnexpectedAnswerError(f"{method} {url} was not answered: {error!r}") from error
    return response.status, response.content
