import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.samples import money

from payouts.domain.errors import IdempotencyKeyMalformedError, IdempotencyKeyReusedError
from payouts.domain.idempotency import Fingerprint, IdempotencyKey


class TestIdempotencyKey:
    @given(st.text(alphabet=[chr(code) for code in range(0x21, 0x7F)], min_size=8, max_size=64))
    def test_may_be_any_visible_ascii(self, text: str) -> None:
        assert IdempotencyKey.parse(text).value == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "seven77",
            "x" * 65,
            "with space",
            "tab\tinside",
            "newline8\n",
            "ключ-ключ",
            "\x00" * 8,
            "caf\xe9-key",
        ],
    )
    def test_is_refused_otherwise(self, text: str) -> None:
        with pytest.raises(IdempotencyKeyMalformedError):
            IdempotencyKey.parse(text)


class TestFingerprint:
    def test_is_the_same_for_the_same_amount_written_otherwise(self) -> None:
        Fingerprint(1, money("10.0")).expect_same(Fingerprint(1, money("10.00")))

    @pytest.mark.parametrize(
        ("other", "fields"),
        [
            (Fingerprint(2, money()), ("recipient_id",)),
            (Fingerprint(1, money("10.01")), ("amount",)),
            (Fingerprint(1, money(currency="EUR")), ("currency",)),
            (Fingerprint(2, money("1", "EUR")), ("recipient_id", "amount", "currency")),
        ],
    )
    def test_names_the_fields_that_differ(
        self, other: Fingerprint, fields: tuple[str, ...]
    ) -> None:
        with pytest.raises(IdempotencyKeyReusedError) as caught:
            Fingerprint(1, money()).expect_same(other)
        assert caught.value.differing_fields == fields
