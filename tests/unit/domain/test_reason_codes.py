"""Reason codes in words."""

import re

from payouts.domain.reason_codes import REASON_CODES, in_words


class TestReasonCodes:
    def test_says_what_a_code_means(self) -> None:
        assert in_words("AC04") == "Closed account"
        assert in_words("recipient_inactive")

    def test_knows_nothing_of_other_codes(self) -> None:
        assert in_words("XX99") is None

    def test_has_iso_codes_of_four_characters_and_own_codes_in_lower_case(self) -> None:
        for code, meaning in REASON_CODES.items():
            assert re.fullmatch("[A-Z0-9]{4}|[a-z_]+", code)
            assert meaning == meaning.strip().rstrip(".")
