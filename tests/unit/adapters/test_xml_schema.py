"""Decimals and times as XML Schema lets banks write them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.adapters.statements.xml_schema import read_decimal, read_moment

LATEST = datetime.max.replace(tzinfo=UTC)
DIGITS = st.text("0123456789", max_size=18)
SPACES = st.text(" \t\r\n", max_size=3)


class TestReadDecimal:
    @given(
        sign=st.sampled_from(["", "+"]),
        zeros=st.text("0", max_size=20),
        whole=DIGITS,
        fraction=DIGITS,
        space=SPACES,
    )
    def test_reads_each_form_of_a_value_as_that_value(
        self, sign: str, zeros: str, whole: str, fraction: str, space: str
    ) -> None:
        value = Decimal(f"{whole or '0'}.{fraction or '0'}")
        digits = f"{whole or '0'}.{fraction}"
        short = digits.lstrip("0") if fraction else digits
        for form in (digits, f"{zeros}{digits}", f"{digits}{zeros}", short):
            assert read_decimal(f"{space}{sign}{form}{space}") == value

    @pytest.mark.parametrize("text", ["10", "+10", "10.", "000000000000010.00", "10.000000"])
    def test_reads_ten(self, text: str) -> None:
        assert read_decimal(text) == 10

    @pytest.mark.parametrize("text", ["0", "-0.00", ".0", "+0."])
    def test_reads_zero_without_a_sign(self, text: str) -> None:
        assert str(read_decimal(text)).lstrip("0.") == ""

    @pytest.mark.parametrize(
        "text",
        [
            *("", " ", ".", "+", "-", "+.", "ten", "1e3", "1E3", "INF", "NaN", "0x10", "1_000"),
            *(
                "1,000.00",
                "10,00",
                "1 000",
                "++1",
                "+-1",
                "1.0.0",
                "١٠",
                "１０",
                "10\u00a0",
                "10\0",
            ),
        ],
    )
    def test_refuses_other_texts(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not an amount"):
            read_decimal(text)

    def test_refuses_a_negative_amount(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            read_decimal("-0.01")

    def test_quotes_only_the_beginning_of_a_long_text(self) -> None:
        with pytest.raises(ValueError, match="is not an amount") as caught:
            read_decimal("x\n" * 10_000)
        assert len(str(caught.value)) < 100
        assert "\n" not in str(caught.value)


class TestReadMoment:
    @pytest.mark.parametrize(
        ("text", "start", "end"),
        [
            ("2026-11-25", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"),
            ("2026-11-25Z", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z"),
            ("2026-11-25+02:00", "2026-11-24T22:00:00Z", "2026-11-25T22:00:00Z"),
            ("2026-11-25T23:59:59", "2026-11-25T23:59:59Z", "2026-11-26T00:00:00Z"),
            ("2026-11-25T23:59:59.999", "2026-11-25T23:59:59.999Z", "2026-11-26T00:00:00Z"),
            ("2026-11-25T10:00:00.123456789", "2026-11-25T10:00:00.123456Z", None),
            ("2026-11-25T10:00:00-05:30", "2026-11-25T15:30:00Z", "2026-11-25T15:30:01Z"),
            (" 2026-11-25T10:00:00Z\n", "2026-11-25T10:00:00Z", "2026-11-25T10:00:01Z"),
            ("2026-11-25T24:00:00", "2026-11-26T00:00:00Z", "2026-11-26T00:00:00Z"),
            ("2026-06-30T23:59:60Z", "2026-07-01T00:00:00Z", "2026-07-01T00:00:01Z"),
        ],
    )
    def test_reads_start_and_end(self, text: str, start: str, end: str | None) -> None:
        moment = read_moment(text)
        assert moment.start == datetime.fromisoformat(start)
        ends = datetime.fromisoformat(end) if end else moment.start + timedelta(microseconds=1)
        assert moment.end == ends

    @pytest.mark.parametrize(
        "text",
        ["9999-12-31", "9999-12-31T23:59:59", "9999-12-31T24:00:00", "9999-12-31T23:00:00-14:00"],
    )
    def test_ends_with_the_calendar(self, text: str) -> None:
        assert read_moment(text).end == read_moment(text).end_of_day == LATEST

    def test_starts_with_the_calendar(self) -> None:
        assert read_moment("0001-01-01T00:00:00+14:00").start == datetime.min.replace(tzinfo=UTC)

    @pytest.mark.parametrize(
        ("text", "is_midnight"),
        [
            ("2026-11-25T00:00:00", True),
            ("2026-11-25T00:00:00.000+02:00", True),
            ("2026-11-25", False),
            ("2026-11-25T00:00:00.001", False),
            ("2026-11-25T24:00:00", False),
        ],
    )
    def test_recognises_midnight(self, text: str, is_midnight: bool) -> None:
        assert read_moment(text).is_midnight is is_midnight

    @pytest.mark.parametrize(
        "text",
        [
            *("", "yesterday", "2026-11-25 10:00:00", "2026-11-25T10:00", "20261125", "2026-W48-3"),
            *("2026-02-30", "2026-13-01", "0000-01-01", "10000-01-01", "-2026-01-01", "26-11-25"),
            *("2026-11-25T24:00:01", "2026-11-25T25:00:00", "2026-11-25T10:60:00"),
            *("2026-11-25T10:00:61", "2026-11-25T10:00:00+24:00", "2026-11-25T10:00:00,5"),
            *("２026-11-25", "2026-11-25T10:00:00.", "2026-11-25\0"),
        ],
    )
    def test_refuses_other_texts(self, text: str) -> None:
        with pytest.raises(ValueError, match=r".") as caught:
            read_moment(text)
        assert "\n" not in str(caught.value)
