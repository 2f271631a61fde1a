"""Bodies that are refused: each with the very code that tells why."""

import json
from typing import Any

import pytest
from tests.problems import expect_problem
from tests.service import JSON, Service, new_key

MALFORMED = "malformed_body"
NINES = "9" * 5000

# A value as it stands in the JSON text, and the code of its field; or the body is no JSON at all.
AMOUNTS = [
    *((text, "amount_malformed") for text in ("1e3", "1E400", "1e-2", "-5", "-0", "-0.01")),
    *(
        (f'"{text}"', "amount_malformed")
        for text in (
            *("", " ", " 10 ", "10 ", "10\\n", "10_000", "1,000", "1.000,00", "1 000", "$10"),
            *(".5", "5.", ".", "+5", "-5", "--5", "0010", "00.10", "1.2.3", "0x10", "1e3"),
            *("NaN", "Infinity", "-Infinity", "ten", "１０", "١٠", "²", "10\\u200b", "1/2"),
        )
    ),
    ("0", "amount_not_positive"),
    ("0.00", "amount_not_positive"),
    ('"0.0"', "amount_not_positive"),
    ("12345678901234567", "amount_too_large"),
    ('"12345678901234567.00"', "amount_too_large"),
    (NINES, "amount_too_large"),
    ("10.001", "amount_too_precise"),
    ('"10.000"', "amount_too_precise"),
    (f"0.{NINES}", "amount_too_precise"),
    *((text, "wrong_type") for text in ("true", "false", "[]", "{}", '["10"]', '{"value": 1}')),
    ("null", "null"),
    *((text, MALFORMED) for text in ("NaN", "Infinity", "-Infinity", "10_000", "0010", "+5")),
    *((text, MALFORMED) for text in (".5", "5.", "0x10", "١٠", "'10'", '"10', "", '"1\\u0000"')),
]
RECIPIENT_IDS = [
    *((text, "wrong_type") for text in ("1.0", "1e0", '"1"', '""', "true", "[]", "[1]", "{}")),
    ("null", "null"),
]
CURRENCIES = [
    *(
        (f'"{text}"', "currency_unknown")
        for text in ("", "usd", "Usd", "US", "USDX", " USD", "USD ", "XXX", "XAU", "ＵＳＤ", "€")
    ),
    ('"GBP"', "currency_not_allowed"),
    *((text, "wrong_type") for text in ("840", "true", '["USD"]', '{"code": "USD"}')),
    ("null", "null"),
    ('"\\u0000"', MALFORMED),
]
KEYS = [
    *(
        (json.dumps(text, ensure_ascii=False), "idempotency_key_malformed")
        for text in ("", "short", "k" * 65, "k" * 50_000, "with space", "tab\tkey-1", "ключ-ключ")
    ),
    *((text, "wrong_type") for text in ("12345678", "true", '["key-12345"]', "{}")),
    ("null", "null"),
    ('"key-\\u0000-key"', MALFORMED),
]
FIELDS = [
    (field, text, code)
    for field, cases in (
        ("recipient_id", RECIPIENT_IDS),
        ("amount", AMOUNTS),
        ("currency", CURRENCIES),
        ("idempotency_key", KEYS),
    )
    for text, code in cases
]

GOOD = '"amount": 1, "currency": "USD", "idempotency_key": "key-12345678"'
BODIES: list[tuple[str, bytes]] = [
    ("blank", b"  "),
    ("text", b'"text"'),
    ("number", b"1"),
    ("null", b"null"),
    ("list", b"[]"),
    ("list of bodies", f'[{{"recipient_id": 1, {GOOD}}}]'.encode()),
    ("two bodies", b"{}{}"),
    ("more after the body", b"{} x"),
    ("unfinished", b'{"amount": "1'),
    ("single quotes", b"{'amount': '1'}"),
    ("bare name", b"{amount: 1}"),
    ("trailing comma", b'{"amount": 1,}'),
    ("comment", b'{"amount": 1 /* one */}'),
    ("form", b"amount=1&currency=USD"),
    ("name twice", f'{{"recipient_id": 1, {GOOD}, "amount": 2}}'.encode()),
    ("name twice by an escape", b'{"amount": 1, "\\u0061mount": 2}'),
    ("name twice inside", f'{{"recipient_id": 1, {GOOD}, "x": {{"a": 1, "a": 1}}}}'.encode()),
    ("NUL as it is", b'{"amount": "1\x00"}'),
    ("NUL between", b'{"amount":\x00 1}'),
    ("NUL in a name", b'{"amount\\u0000": 1}'),
    ("half a surrogate pair", b'{"idempotency_key": "key-\\ud800-key"}'),
    ("half a surrogate pair in a name", b'{"\\udfff": 1}'),
    ("half a surrogate pair inside", b'{"x": [{"y": ["\\ud83d"]}]}'),
    ("byte order mark", b"\xef\xbb\xbf{}"),
    ("UTF-16", "{}".encode("utf-16")),
    ("UTF-32 without mark", "{}".encode("utf-32-le")),
    ("Latin-1", '{"currency": "é"}'.encode("latin-1")),
    ("overlong UTF-8", b'{"currency": "\xc0\x80"}'),
    ("surrogates in UTF-8", b'{"currency": "\xed\xa0\x80"}'),
    ("60,000 brackets", b"[" * 60_000),
    ("10,000 objects", b'{"a":' * 10_000),
    ("30,000 brackets closed", b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
]


@pytest.fixture(scope="module")
def recipient_id(asked_service: Service) -> int:
    return int(asked_service.make_recipient()["id"])


def text_id(value: Any) -> str:
    return str(value) if len(str(value)) < 40 else f"{str(value)[:20]}..."


class TestField:
    @pytest.mark.parametrize(("field", "text", "code"), FIELDS, ids=text_id)
    def test_is_refused_by_name(
        self, asked_service: Service, recipient_id: int, field: str, text: str, code: str
    ) -> None:
        texts = {
            "recipient_id": str(recipient_id),
            "amount": '"10.00"',
            "currency": '"USD"',
            "idempotency_key": f'"{new_key()}"',
        } | {field: text}
        members = ", ".join(f'"{name}": {value}' for name, value in texts.items())
        body = f"{{{members}}}"

        answer = asked_service.user.post("/api/payouts/", content=body.encode(), headers=JSON)

        if code == MALFORMED:
            expect_problem(answer, 400, MALFORMED)
        else:
            expect_problem(answer, 400, "invalid_request", (field, code))

    @pytest.mark.parametrize(
        "text", ["0", "-0", "-1", "999999999", str(2**63 - 1), str(2**63), str(10**30), NINES]
    )
    def test_is_looked_up_if_it_is_any_integer(self, asked_service: Service, text: str) -> None:
        body = f'{{"recipient_id": {text}, {GOOD}}}'
        answer = asked_service.user.post("/api/payouts/", content=body, headers=JSON)
        expect_problem(answer, 404, "recipient_not_found")


class TestBody:
    @pytest.mark.parametrize("body", [body for _, body in BODIES], ids=[name for name, _ in BODIES])
    def test_is_refused_as_a_whole(self, asked_service: Service, body: bytes) -> None:
        for client, method, path in (
            (asked_service.user, "POST", "/api/payouts/"),
            (asked_service.staff, "POST", "/api/recipients/"),
            (asked_service.staff, "PATCH", "/api/payouts/1/"),
        ):
            answer = client.request(method, path, content=body, headers=JSON)
            expect_problem(answer, 400, MALFORMED)

    @pytest.mark.parametrize("body", [b"", b"{}"])
    def test_without_anything_is_told_all_that_is_missing(
        self, asked_service: Service, body: bytes
    ) -> None:
        answer = asked_service.user.post("/api/payouts/", content=body, headers=JSON)
        missing = ("recipient_id", "amount", "currency")
        expect_problem(answer, 400, "invalid_request", *((name, "required") for name in missing))

    def test_with_several_faults_is_told_of_each(self, asked_service: Service) -> None:
        answer = asked_service.user.post(
            "/api/payouts/", json={"recipient_id": "1", "currency": "usd", "note": "for Ann"}
        )
        expect_problem(
            answer,
            400,
            "invalid_request",
            ("recipient_id", "wrong_type"),
            ("amount", "required"),
            ("currency", "currency_unknown"),
            ("note", "unknown_field"),
        )

    def test_may_not_bring_fields_that_are_not_a_client_s(self, asked_service: Service) -> None:
        for name in ("id", "status", "reference", "created_at", "Amount", "amount ", "__proto__"):
            body = f'{{"recipient_id": 1, {GOOD}, "{name}": "x"}}'
            answer = asked_service.user.post("/api/payouts/", content=body, headers=JSON)
            expect_problem(answer, 400, "invalid_request", (name, "unknown_field"))

    def test_with_huge_and_many_names_gets_a_small_answer(self, asked_service: Service) -> None:
        huge = asked_service.user.post("/api/payouts/", json={"x" * 60_000: 1})
        many = asked_service.user.post("/api/payouts/", json={f"f{n}": 1 for n in range(5_000)})
        for answer in (huge, many):
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
            assert len(answer.content) < 6_000

    @pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1, 100_000, 1_000_000])
    def test_may_have_64_kib_and_no_more(self, asked_service: Service, size: int) -> None:
        body = b'{"x": "' + b"x" * (size - 9) + b'"}'
        assert len(body) == size
        for client in (asked_service.user, asked_service.staff):
            answer = client.post("/api/payouts/", content=body, headers=JSON)
            expected = (400, "invalid_request") if size == 64 * 1024 else (413, "too_large")
            assert (answer.status_code, answer.json()["code"]) == expected
