"""HTTP to processes on this machine. Proxies in the environment are not used."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_SECONDS = 5.0
_open = build_opener(ProxyHandler({})).open


class UnexpectedResponseError(Exception):
    """There was no response, or not a success."""


@dataclass(frozen=True, slots=True)
class Client:
    """Calls one service with one token."""

    base_url: str
    token: str

    def get(self, path: str) -> Any:
        return self._call(Request(f"{self.base_url}{path}"))  # noqa: S310  our own http address

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        content = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        return self._call(Request(f"{self.base_url}{path}", content, headers))  # noqa: S310

    def delete(self, path: str) -> None:
        self._call(Request(f"{self.base_url}{path}", method="DELETE"))  # noqa: S310

    def _call(self, request: Request) -> Any:
        """Return the decoded response, if any; raise UnexpectedResponseError unless a success."""
        request.add_header("Authorization", f"Bearer {self.token}")
        what = f"{request.get_method()} {request.full_url}"
        try:
            with _open(request, timeout=TIMEOUT_SECONDS) as response:
                content = response.read()
                return json.loads(content) if content else None
        except HTTPError as error:
            text = error.read().decode(errors="replace")
            raise UnexpectedResponseError(f"{what}: status {error.code}: {text}") from error
        except (OSError, HTTPException) as error:
            raise UnexpectedResponseError(f"{what}: no response: {error}") from error


def responds_ok(url: str) -> bool:
    try:
        with _open(url, timeout=TIMEOUT_SECONDS) as response:
            return bool(response.status == HTTPStatus.OK)
    except (OSError, HTTPException):
        return False
