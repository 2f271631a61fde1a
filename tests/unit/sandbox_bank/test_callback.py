import json
from datetime import timedelta

import pytest
from standardwebhooks import Webhook
from tests.unit.sandbox_bank.samples import REFUSED, a_transfer

from sandbox_bank.callback import Callback

WEBHOOK = Webhook("whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLg==")


class TestMessage:
    def test_tells_how_and_when_the_transfer_ended(self) -> None:
        settled, refused = a_transfer(), a_transfer(REFUSED)

        assert json.loads(Callback(transfer=settled).body) == {
            "type": "transfer.settled",
            "timestamp": settled.final_at.isoformat(),
            "data": {
                "id": settled.id,
                "reference": "try-1",
                "status": "ACSC",
                "reason": None,
                "amount": "100.00",
                "currency": "EUR",
            },
        }
        told = json.loads(Callback(transfer=refused).body)
        assert told["type"] == "transfer.rejected"
        assert (told["data"]["status"], told["data"]["reason"]) == ("RJCT", "AC04")

    def test_is_the_same_at_each_try(self) -> None:
        transfer = a_transfer()
        first, second = (Callback(transfer=transfer, failures=count) for count in (0, 1))

        assert (first.id, first.body) == (second.id, second.body)
        assert Callback(transfer=a_transfer()).id != first.id

    def test_is_signed_as_standard_webhooks_want_it(self) -> None:
        callback = Callback(transfer=a_transfer())

        headers = callback.sign(callback.body, WEBHOOK)

        assert headers["webhook-id"] == callback.id
        assert WEBHOOK.verify(callback.body, headers) == json.loads(callback.body)


class TestNextTry:
    @pytest.mark.parametrize(
        ("failures", "seconds"), [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (7, 60), (1440, 60)]
    )
    def test_waits_twice_as_long_each_time_up_to_a_minute(
        self, failures: int, seconds: int
    ) -> None:
        callback = Callback(transfer=a_transfer(), failures=failures)
        now = callback.transfer.final_at

        assert callback.next_try_at(now) == now + timedelta(seconds=seconds)

    def test_comes_no_more_when_the_end_was_more_than_a_day_ago(self) -> None:
        callback = Callback(transfer=a_transfer())
        a_day_later = callback.transfer.final_at + timedelta(days=1)

        assert callback.next_try_at(a_day_later)
        assert callback.next_try_at(a_day_later + timedelta(seconds=1)) is None
