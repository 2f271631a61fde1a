import re
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as reference
from tests.unit.samples import a_recipient

from payouts.domain.country import parse_country
from payouts.domain.errors import (
    CountryUnknownError,
    IbanCheckDigitsError,
    InvalidValueError,
    RecipientInactiveError,
    TextMalformedError,
)
from payouts.domain.iban import has_iban_form, iban_length
from payouts.domain.masking import mask_account_numbers
from payouts.domain.recipient import AccountNumber, mask_account_number
from payouts.domain.text import parse_line

# The registry of SWIFT, release 100, and Kosovo.
IBAN_COUNTRIES = re.findall(
    "[A-Z]{2}",
    """
AD AE AL AT AZ BA BE BG BH BI BR BY CH CR CY CZ DE DJ DK DO EE EG ES FI FK FO FR GB GE GI GL GR GT
HN HR HU IE IL IQ IS IT JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MN MR MT MU NI NL NO OM PK PL PS
PT QA RO RS RU SA SC SD SE SI SK SM SO ST SV TL TN TR UA VA VG XK YE
    """,
)


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def arabic_digits(text: str) -> str:
    return "".join(chr(0x660 + int(each)) if each.isdecimal() else each for each in text)


class TestAccountNumber:
    @pytest.mark.parametrize(
        "text",
        [
            "DE89370400440532013000",
            "GB29NWBK60161331926819",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ],
    )
    def test_takes_a_right_iban(self, text: str) -> None:
        assert AccountNumber.parse(text).value == text

    def test_stores_an_iban_in_its_electronic_form(self) -> None:
        assert AccountNumber.parse("de89 3704 0044 0532 0130 00").value == "DE89370400440532013000"

    @pytest.mark.parametrize(
        "text", ["DE88370400440532013000", "DE89370400440532013001", "GB29 NWBK 6016 1331 9268 18"]
    )
    def test_refuses_an_iban_with_wrong_check_digits(self, text: str) -> None:
        with pytest.raises(IbanCheckDigitsError):
            AccountNumber.parse(text)

    @pytest.mark.parametrize(
        "text",
        [
            "12345678",
            "DE8937040044053201300",
            "ZZ89370400440532013000",
            "DEX9370400440532013000",
            "ACC-AC04",
            "a b",
        ],
    )
    def test_takes_anything_else_as_a_local_number(self, text: str) -> None:
        assert AccountNumber.parse(text).value == text

    @pytest.mark.parametrize("text", ["", " ", "x" * 65, "12\n34", "12\x0034", "\u2028", "\ud800"])
    def test_refuses_what_is_no_line_of_text(self, text: str) -> None:
        with pytest.raises(TextMalformedError):
            AccountNumber.parse(text)

    @given(
        st.sampled_from(["DE89370400440532013000", "GB29NWBK60161331926819", "NO9386011117947"]),
        st.lists(
            st.sampled_from([" ", "\u00a0", "\u2009", "\u200b", "\u2060", "\ufeff", "\u00ad", "-"])
            | st.sampled_from(
                ["\u2010", "\u2011", "\u2013", "\u2212", ".", "/", ":", "\u200f", "\t"]
            ),
            max_size=20,
        ),
        st.sampled_from([str, str.lower, full_width, arabic_digits, "IBAN {}".format]),
        st.randoms(),
    )
    def test_judges_an_iban_however_it_is_written(
        self,
        iban: str,
        between: list[str],
        written_as: Callable[[str], str],
        random: Random,
    ) -> None:
        mistyped = iban[:-1] + str((int(iban[-1]) + 1) % 10)
        for text, is_right in ((iban, True), (mistyped, False)):
            characters = list(written_as(text))
            for separator in between:
                characters.insert(random.randint(1, len(characters)), separator)
            written = "".join(characters)
            if is_right and "\t" not in between:
                assert AccountNumber.parse(written).value == iban
            else:
                with pytest.raises(InvalidValueError):
                    AccountNumber.parse(written)

    @pytest.mark.parametrize(
        "text", ["12\u00a034", "12\u200b34", "\u202e4321", "1\ufe0f", "\u3164"]
    )
    def test_refuses_a_local_number_with_characters_that_are_not_shown(self, text: str) -> None:
        with pytest.raises(TextMalformedError):
            AccountNumber.parse(text)

    @pytest.mark.parametrize("value", ["DE89370400440532013000", "1234", "12345", "12345678"])
    def test_never_shows_itself_whole(self, value: str) -> None:
        account = AccountNumber(value)
        for shown in (str(account), repr(account), f"{account}", repr([account])):
            assert value not in shown

    @given(st.sampled_from(sorted(IBAN_COUNTRIES)), st.data())
    def test_judges_check_digits_as_the_reference_does(
        self, country: str, data: st.DataObject
    ) -> None:
        digits = data.draw(
            st.from_regex(rf"[0-9]{{{(iban_length(country) or 0) - 4}}}", fullmatch=True)
        )
        right = country + reference.calc_check_digits(f"{country}00{digits}") + digits
        assert AccountNumber.parse(right).value == right
        wrong = right[:-1] + str((int(right[-1]) + 1) % 10)
        with pytest.raises(IbanCheckDigitsError):
            AccountNumber.parse(wrong)


class TestIbanForm:
    def test_knows_the_length_of_each_registered_country(self) -> None:
        lengths = [iban_length(country) for country in IBAN_COUNTRIES]
        assert all(length and 15 <= length <= 34 for length in lengths)
        assert (iban_length("NO"), iban_length("MT"), iban_length("US")) == (15, 31, None)

    def test_asks_for_the_length_of_the_country(self) -> None:
        assert has_iban_form("NO9386011117947")
        assert not has_iban_form("NO93860111179470")


class TestLine:
    def test_loses_its_outer_spaces(self) -> None:
        assert parse_line("  Ann Example ", limit=20) == "Ann Example"

    def test_may_be_as_long_as_its_limit(self) -> None:
        assert parse_line("x" * 20, limit=20)
        with pytest.raises(TextMalformedError):
            parse_line("x" * 21, limit=20)

    @pytest.mark.parametrize("text", ["Grüße", "李小龍", "O'Brien", "🎉"])
    def test_may_be_in_any_script(self, text: str) -> None:
        assert parse_line(text, limit=20) == text

    @given(
        st.characters(categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp"])
        | st.sampled_from("\u034f\u115f\u3164\u2800\ufe0f\uffa0\ufdd0\uffff\U000e0101\U0010fffe")
    )
    def test_may_hold_no_character_that_is_not_shown(self, hidden: str) -> None:
        for text in (hidden, f"Ann{hidden}Example", f"{hidden}Ann", f"Ann{hidden}"):
            with pytest.raises(TextMalformedError):
                parse_line(text, limit=20)

    @given(st.text(st.characters(categories=["M", "Z"]), max_size=20))
    def test_is_more_than_marks_and_spaces(self, text: str) -> None:
        with pytest.raises(TextMalformedError):
            parse_line(text, limit=20)

    @given(
        st.text(
            st.characters(
                categories=["L", "N", "P", "S", "Zs"],
                exclude_characters="\u115f\u1160\u2800\u3164\uffa0",
            ),
            max_size=18,
        )
    )
    def test_may_hold_every_character_that_is_shown(self, text: str) -> None:
        assert parse_line(f"{text}.", limit=20) == f"{text}.".lstrip(" ")


class TestCountry:
    def test_is_one_of_the_standard(self) -> None:
        assert parse_country("UA") == "UA"

    @pytest.mark.parametrize("code", ["", "ua", "UK", "XX", "UKR", "U"])
    def test_is_refused_otherwise(self, code: str) -> None:
        with pytest.raises(CountryUnknownError):
            parse_country(code)


class TestRecipient:
    def test_gives_a_snapshot_of_what_a_payout_needs(self) -> None:
        recipient = a_recipient()
        snapshot = recipient.snapshot()
        assert (snapshot.name, snapshot.account_number, snapshot.bank_code) == (
            recipient.details.name,
            recipient.details.account_number,
            recipient.details.bank_code,
        )

    def test_cannot_be_paid_while_inactive(self) -> None:
        with pytest.raises(RecipientInactiveError):
            a_recipient(is_active=False).snapshot()


class TestMaskAccountNumber:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("GB29NWBK60161331926819", "•••• 6819"),
            ("12345", "•••• 2345"),
            ("1234", "••••"),
            ("1", "••••"),
            ("", "••••"),
        ],
    )
    def test_shows_the_last_four_characters_at_most(self, text: str, shown: str) -> None:
        assert mask_account_number(text) == shown

    def test_hides_the_length(self) -> None:
        assert len({len(mask_account_number("x" * length)) for length in range(5, 65)}) == 1


class TestMaskAccountNumberIn:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("GB29NWBK60161331926819 is closed", "•••• 6819 is closed"),
            ("to gb29 nwbk 6016 1331 9268 19, twice GB29NWBK60161331926819", None),
            ("GB29NWBK6016133192681", "GB29NWBK6016133192681"),
            ("closed", "closed"),
        ],
    )
    def test_masks_it_however_it_is_written(self, text: str, shown: str | None) -> None:
        expected = shown or "to •••• 6819, twice •••• 6819"
        assert mask_account_numbers(text, "GB29NWBK60161331926819") == expected

    def test_takes_no_character_for_a_pattern(self) -> None:
        assert mask_account_numbers("AxxxE-42", "A...E-42") == "AxxxE-42"
        assert mask_account_numbers("A...E-42", "A...E-42") == "•••• E-42"

    def test_leaves_texts_alone_if_the_number_is_too_short_to_be_recognised(self) -> None:
        assert mask_account_numbers("1234 is closed", "1234") == "1234 is closed"
