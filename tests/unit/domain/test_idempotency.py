import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.domain.errors import IdempotencyKeyMalformedError
from payouts.domain.idempotency import IdempotencyKey


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
    def test_is_refused_with_other_characters_or_lengths(self, text: str) -> None:
        with pytest.raises(IdempotencyKeyMalformedError):
            IdempotencyKey.parse(text)
