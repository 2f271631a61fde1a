from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.domain.errors import (
    AmountMalformedError,
    AmountNotPositiveError,
    AmountTooLargeError,
    AmountTooPreciseError,
    CurrencyUnknownError,
)
from payouts.domain.money import Currency, Money

USD = Currency("USD", 2)
JPY = Currency("JPY", 0)


class TestCurrency:
    @pytest.mark.parametrize(
        ("code", "minor_units"), [("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)]
    )
    def test_has_its_minor_units_of_iso_4217(self, code: str, minor_units: int) -> None:
        assert Currency.parse(code) == Currency(code, minor_units)

    @pytest.mark.parametrize(
        "code", ["", "usd", "Usd", " USD", "US", "USDX", "ABC", "XAU", "XXX", "ＵＳＤ"]
    )
    def test_refuses_an_unknown_code(self, code: str) -> None:
        with pytest.raises(CurrencyUnknownError):
            Currency.parse(code)


class TestMoney:
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("1", "1"),
            ("0.01", "0.01"),
            ("10.0", "10"),
            ("9999999999999999.99", "9999999999999999.99"),
        ],
    )
    def test_reads_plain_decimals(self, text: str, amount: str) -> None:
        assert Money.parse(text, USD) == Money(Decimal(amount), USD)

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "",
                " ",
                " 10",
                "10 ",
                "10\n",
                "+5",
                "-5",
                "1e3",
                "1E3",
                "10_000",
                "10,00",
                ".5",
                "5.",
            ),
            *(
                "0010",
                "00",
                "0x10",
                "NaN",
                "Infinity",
                "１０",
                "٣",
                "1.2.3",
                "1 0",
                "--1",
                "\x0010",
            ),
        ],
    )
    def test_refuses_every_other_notation(self, text: str) -> None:
        with pytest.raises(AmountMalformedError):
            Money.parse(text, USD)

    @pytest.mark.parametrize("text", ["0", "0.0", "0.00"])
    def test_refuses_zero(self, text: str) -> None:
        with pytest.raises(AmountNotPositiveError):
            Money.parse(text, USD)

    def test_refuses_a_seventeenth_integer_digit(self) -> None:
        Money.parse("1" * 16, USD)
        with pytest.raises(AmountTooLargeError):
            Money.parse("1" * 17, USD)

    @pytest.mark.parametrize(("text", "currency"), [("1.000", USD), ("1.001", USD), ("1.0", JPY)])
    def test_refuses_more_decimals_than_the_currency_has(
        self, text: str, currency: Currency
    ) -> None:
        with pytest.raises(AmountTooPreciseError):
            Money.parse(text, currency)

    def test_equals_the_same_amount_in_another_notation(self) -> None:
        assert Money.parse("10.0", USD) == Money.parse("10.00", USD) == Money.parse("10", USD)

    @given(
        st.decimals(min_value="0.01", max_value="9999999999999999.99", places=2, allow_nan=False)
    )
    def test_reads_back_its_own_text(self, amount: Decimal) -> None:
        money = Money(amount, USD)
        assert Money.parse(money.text, USD) == money
        assert money.text.partition(".")[2].isdecimal()

    @given(st.text(max_size=30))
    def test_parses_any_text_or_raises_a_domain_error(self, text: str) -> None:
        try:
            money = Money.parse(text, USD)
        except (
            AmountMalformedError,
            AmountNotPositiveError,
            AmountTooLargeError,
            AmountTooPreciseError,
        ):
            return
        assert money.amount > 0
        assert text.isascii()
