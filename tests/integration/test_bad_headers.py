"""Headers that are refused: tokens, media types, lengths, keys."""

import socket
from urllib.parse import urlsplit

import httpx
import pytest
from tests.problems import expect_problem
from tests.service import JSON, Service, new_key, order
from tests.wire import Headers, send

UNREADABLE = "authentication_failed"
ABSENT = "not_authenticated"
# TOKEN stands for one that is good.
AUTHORIZATIONS: list[tuple[bytes, str]] = [
    (b"", ABSENT),
    (b"Bearer", UNREADABLE),
    (b"Bearer ", UNREADABLE),
    (b"Bearer x", UNREADABLE),
    (b"Bearer two words", UNREADABLE),
    (b"Bearer TOKEN TOKEN", UNREADABLE),
    (b"Bearer TOKENx", UNREADABLE),
    (b"Bearer " + b"a" * 64, UNREADABLE),
    (b"Bearer " + b"z" * 64, UNREADABLE),
    (b"Bearer " + b"a" * 7_000, UNREADABLE),
    (b"Bearer " + b"a" * 50_000, UNREADABLE),
    (b"Bearer ' OR 1=1 --", UNREADABLE),
    (b"Bearer \xe9", ABSENT),
    ("Bearer ключ".encode(), ABSENT),
    (b"TOKEN", ABSENT),
    (b"Token TOKEN", ABSENT),
    (b"Basic dXNlcjpwYXNz", ABSENT),
    (b"Digest username=x", ABSENT),
    (b"Bearer=TOKEN", ABSENT),
    (b"Bearer,TOKEN", ABSENT),
]
COOKIES = [b"sessionid=x", b"sessionid=\xe9", b"sessionid=%00", b"=;=;", b"x" * 5_000, b'"']
MEDIA_TYPES: list[bytes] = [
    *(b"", b"text/plain", b"application/xml", b"application/jsonp", b"application/ld+json"),
    *(b"application/problem+json", b"application/x-www-form-urlencoded", b"multipart/form-data"),
    *(
        b"multipart/form-data; boundary=x",
        b"json",
        b"*/*",
        b"\xe9",
        b"application/json, text/plain",
    ),
    *(b"application/json; charset=utf-16", b"application/json; charset=latin-1"),
    # Charsets that are none, or that Python has but no text can be in.
    *(b"application/json; charset=", b"application/json; charset=nonsense"),
    *(b"application/json; charset=undefined", b"application/json; charset=base64"),
    b"application/json; charset*=nonsense''%41",
]
KEYS: list[bytes] = [
    *(b"", b" ", b"short", b"k" * 65, b"k" * 9_000, b"with space", b"tab\tkey-1", b"\xe9" * 8),
    "ключ-ключ".encode(),
]


def post(service: Service, headers: Headers, body: bytes) -> httpx.Response:
    token = ("Authorization", service.user.headers["Authorization"])
    return send(service.web_url, "POST", "/api/payouts/", [token, *headers], body)


class TestAuthorization:
    @pytest.mark.parametrize(("value", "code"), AUTHORIZATIONS)
    def test_that_names_no_valid_token_is_refused(
        self, asked_service: Service, value: bytes, code: str
    ) -> None:
        token = asked_service.user.headers["Authorization"].removeprefix("Bearer ").encode()
        header = ("Authorization", value.replace(b"TOKEN", token))
        answer = send(asked_service.web_url, "GET", "/api/payouts/", [header])
        expect_problem(answer, 401, code)
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    @pytest.mark.parametrize("cookie", COOKIES)
    def test_is_not_replaced_by_a_made_up_session(
        self, asked_service: Service, cookie: bytes
    ) -> None:
        answer = send(asked_service.web_url, "GET", "/api/payouts/", [("Cookie", cookie)])
        expect_problem(answer, 401, ABSENT)

    def test_comes_before_everything_else(self, asked_service: Service) -> None:
        answer = send(asked_service.web_url, "POST", "/api/payouts/?x=1", [], b"{")
        expect_problem(answer, 401, ABSENT)


class TestContentType:
    @pytest.mark.parametrize("media_type", MEDIA_TYPES)
    def test_other_than_json_in_utf_8_is_refused(
        self, asked_service: Service, media_type: bytes
    ) -> None:
        answer = post(asked_service, [("Content-Type", media_type)], b"{}")
        expect_problem(answer, 415, "unsupported_media_type")

    def test_has_to_be_there(self, asked_service: Service) -> None:
        expect_problem(post(asked_service, [], b"{}"), 415, "unsupported_media_type")

    @pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "nonsense"])
    def test_with_a_compressed_body_is_refused(self, asked_service: Service, encoding: str) -> None:
        headers = [*JSON.items(), ("Content-Encoding", encoding)]
        expect_problem(post(asked_service, headers, b"{}"), 415, "unsupported_media_type")

    @pytest.mark.parametrize("media_type", MEDIA_TYPES)
    def test_of_a_request_without_a_body_does_not_matter(
        self, asked_service: Service, media_type: bytes
    ) -> None:
        # Django would read the query in the charset that stands here.
        token = ("Authorization", asked_service.user.headers["Authorization"])
        headers = [token, ("Content-Type", media_type)]
        for target, status in (("/api/payouts/?page_size=1", 200), ("/api/payouts/?x=1", 400)):
            answer = send(asked_service.web_url, "GET", target, headers)
            assert answer.status_code == status


class TestContentLength:
    def test_is_not_required_of_a_body_in_chunks(self, asked_service: Service) -> None:
        body = b'{"recipient_id": 1, "amount": 1, "currency": "USD"}'
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        headers = [*JSON.items(), ("Transfer-Encoding", "chunked")]
        answer = post(asked_service, headers, chunks)
        missing = ("idempotency_key", "required")
        expect_problem(answer, 400, "invalid_request", missing)

    def test_is_believed_when_it_is_too_much(self, asked_service: Service) -> None:
        headers = [*JSON.items(), ("Content-Length", "99999999999")]
        answer = post(asked_service, headers, b"{")
        expect_problem(answer, 413, "too_large")
        assert answer.headers["Connection"] == "close"

    def test_leaves_the_connection_fit_for_the_next_request(self, asked_service: Service) -> None:
        body = b'{"x": "' + b"x" * 30_000
        with asked_service.client() as anonymous:
            for client in (anonymous, asked_service.user) * 20:
                for path in ("/api/payouts/", "/nothing", "/health/"):
                    answer = client.post(path, content=body, headers=JSON)
                    assert answer.status_code in {400, 401, 404, 405}

    @pytest.mark.parametrize("value", [b"abc", b"-1", b"+5", b"5, 6", b"1e1"])
    def test_that_is_none_is_refused_by_the_server_itself(
        self, asked_service: Service, value: bytes
    ) -> None:
        answer = post(asked_service, [*JSON.items(), ("Content-Length", value)], b"{}")
        assert answer.status_code == 400


class TestIdempotencyKey:
    @pytest.mark.parametrize("key", KEYS)
    def test_in_the_header_is_judged_as_one_in_the_body(
        self, asked_service: Service, key: bytes
    ) -> None:
        for body in (
            b'{"recipient_id": 1, "amount": 1, "currency": "USD"}',
            b'{"recipient_id": 1, "amount": 1, "currency": "USD", "idempotency_key": "key-12345"}',
        ):
            answer = post(asked_service, [*JSON.items(), ("Idempotency-Key", key)], body)
            malformed = ("idempotency_key", "idempotency_key_malformed")
            expect_problem(answer, 400, "invalid_request", malformed)

    def test_in_the_header_has_to_equal_the_one_in_the_body(self, asked_service: Service) -> None:
        body = order(asked_service.make_recipient()["id"])
        for other in (new_key(), body["idempotency_key"].upper()):
            answer = asked_service.user.post(
                "/api/payouts/", json=body, headers={"Idempotency-Key": other}
            )
            expect_problem(answer, 400, "invalid_request", ("idempotency_key", "keys_differ"))

    def test_has_to_be_somewhere(self, asked_service: Service) -> None:
        body = order(asked_service.make_recipient()["id"])
        del body["idempotency_key"]
        answer = asked_service.user.post("/api/payouts/", json=body)
        expect_problem(answer, 400, "invalid_request", ("idempotency_key", "required"))


class TestNoise:
    @pytest.mark.parametrize(
        "request_bytes",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # somebody speaks TLS
            b"GET\r\n\r\n",
            b"GET /health/ HTTP/9.9\r\n\r\n",
            b"GET /health/\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"GET /health/ HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
            b"GET /health/ HTTP/1.1\r\nno colon\r\n\r\n",
            b"GET /health/ HTTP/1.1\r\n" + b"X: 1\r\n" * 1_000 + b"\r\n",
        ],
    )
    def test_is_no_fault_of_the_server(self, asked_service: Service, request_bytes: bytes) -> None:
        address = urlsplit(asked_service.web_url)
        with socket.create_connection((address.hostname, address.port), timeout=5) as line:
            line.sendall(request_bytes)
            answer = line.recv(1_000)
        assert answer[:10] in {b"", b"HTTP/1.1 4", b"HTTP/1.0 4"}
