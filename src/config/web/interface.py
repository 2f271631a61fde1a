"""The part of granian's RSGI that is used here; granian's own type hints leave some of it out."""

from collections.abc import Awaitable, Iterator
from typing import Protocol, Self


class Headers(Protocol):
    """Header names are lower case; values that are not ASCII are left out of `get` and `items`."""

    def __contains__(self, name: str) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def get(self, name: str) -> str | None: ...
    def items(self) -> list[tuple[str, str]]: ...


class Scope(Protocol):
    """A request without its body. `path` is percent-decoded, `query_string` is not."""

    authority: str | None
    client: str
    headers: Headers
    http_version: str
    method: str
    path: str
    query_string: str
    scheme: str
    server: str


class Stream(Protocol):
    def send_bytes(self, data: bytes) -> Awaitable[None]: ...


class HTTPProtocol(Protocol):
    """Reads the body and sends the answer. Of several answers, the first is sent."""

    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[bytes]: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None: ...
    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None: ...
    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Stream: ...
