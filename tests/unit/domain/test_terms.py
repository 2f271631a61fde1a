from typing import Any

import pytest
from tests.unit.samples import money, terms

from payouts.domain.errors import (
    IdempotencyKeyReusedError,
    MetadataMalformedError,
    TextMalformedError,
)
from payouts.domain.terms import parse_metadata, parse_remittance_information


class TestPayoutTerms:
    def test_are_the_same_for_the_same_amount_written_differently(self) -> None:
        terms(money=money("10.0")).ensure_same(terms(money=money("10.00")))

    @pytest.mark.parametrize(
        ("changed", "fields"),
        [
            ({"recipient_id": 2}, ("recipient_id",)),
            ({"money": money("10.01")}, ("amount",)),
            ({"money": money(currency="EUR")}, ("currency",)),
            ({"metadata": {"invoice": "8"}}, ("metadata",)),
            ({"remittance_information": "Invoice 8"}, ("remittance_information",)),
            (
                {"recipient_id": 2, "money": money("1", "EUR")},
                ("recipient_id", "amount", "currency"),
            ),
        ],
    )
    def test_name_the_fields_that_differ(
        self, changed: dict[str, Any], fields: tuple[str, ...]
    ) -> None:
        with pytest.raises(IdempotencyKeyReusedError) as caught:
            terms().ensure_same(terms(**changed))
        assert caught.value.differing_fields == fields


class TestMetadata:
    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"k": ""},
            {"k" * 40: "v" * 500},
            {str(number): "v" for number in range(50)},
            {"клиент": "Ünïcode 🎉 text"},
        ],
    )
    def test_is_returned_as_it_was_sent(self, values: dict[str, str]) -> None:
        assert parse_metadata(values) == values

    @pytest.mark.parametrize(
        "values",
        [
            {"": "v"},
            {"k" * 41: "v"},
            {"k": "v" * 501},
            {str(number): "v" for number in range(51)},
            {"k": "two\nlines"},
            {"k\t": "v"},
            {"k": "\x00"},
            {"k": "\ud800"},
        ],
    )
    def test_is_refused_beyond_its_limits(self, values: dict[str, str]) -> None:
        with pytest.raises(MetadataMalformedError):
            parse_metadata(values)


class TestRemittanceInformation:
    def test_may_have_140_characters(self) -> None:
        assert parse_remittance_information("x" * 140) == "x" * 140

    @pytest.mark.parametrize("text", ["x" * 141, "two\nlines", " "])
    def test_is_refused_unless_it_is_one_line_of_140_characters(self, text: str) -> None:
        with pytest.raises(TextMalformedError):
            parse_remittance_information(text)
