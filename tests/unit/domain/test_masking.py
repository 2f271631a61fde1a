"""Account numbers in texts."""

import pytest

from payouts.domain.masking import mask_account_numbers

IBAN = "GB29NWBK60161331926819"


class TestMaskAccountNumbers:
    @pytest.mark.parametrize(
        "text",
        [
            IBAN,
            "GB29 NWBK 6016 1331 9268 19",
            "gb29-nwbk-6016-1331-9268-19",
            "GB29\u00a0NWBK 60161331926819",
        ],
    )
    @pytest.mark.parametrize("known", [(), (IBAN,)])
    def test_masks_an_iban_however_it_is_spaced(self, text: str, known: tuple[str, ...]) -> None:
        masked = mask_account_numbers(f"paid to ({text}), see statement 118", *known)
        assert masked == "paid to (•••• 6819), see statement 118"

    def test_masks_a_local_number_that_is_known(self) -> None:
        assert mask_account_numbers("to A 1-23456", "A 123456") == "to •••• 3456"

    def test_takes_no_character_for_a_pattern_or_a_group(self) -> None:
        assert mask_account_numbers("to 1\\2\\g.9", "1\\2\\g.9") == "to •••• \\g.9"

    def test_masks_each_occurrence(self) -> None:
        assert mask_account_numbers(f"{IBAN} {IBAN}") == "•••• 6819 •••• 6819"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "settled 2026-11-20, statement 118",
            "AC04: The bank rejected the transfer.",
            "GB29 is not enough",
            "01a213228f1c5d5133a912f39d4e9562",
            f"X{IBAN}",
            f"{IBAN}9",
            "ZZ29NWBK60161331926819",
        ],
    )
    def test_leaves_other_texts_as_they_are(self, text: str) -> None:
        assert mask_account_numbers(text, "", "NO-SUCH-1") == text
