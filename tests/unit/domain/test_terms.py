from typing import Any

import pytest
from tests.unit.samples import money, terms

from payouts.domain.errors import IdempotencyKeyReusedError


class TestPayoutTerms:
    def test_are_the_same_for_the_same_amount_written_differently(self) -> None:
        terms(money=money("10.0")).ensure_same(terms(money=money("10.00")))

    @pytest.mark.parametrize(
        ("changed", "fields"),
        [
            ({"recipient_id": 2}, ("recipient_id",)),
            ({"money": money("10.01")}, ("amount",)),
            ({"money": money(currency="EUR")}, ("currency",)),
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
