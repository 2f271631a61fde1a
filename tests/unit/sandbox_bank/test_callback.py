import json
from dataclasses import replace
from datetime import datetime

import pytest
from standardwebhooks import Webhook
from tests.unit.sandbox_bank.samples import a_transfer

from sandbox_bank.callback import build_body, build_headers, choose_retry_seconds

WEBHOOK = Webhook("whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLg==")
A_DAY_SECONDS = 24 * 60 * 60


class TestBuildBody:
    def test_contains_when_a_transfer_was_settled(self) -> None:
        transfer = a_transfer()

        body = json.loads(build_body(transfer))

        assert body["type"] == "transfer.settled"
        assert body["data"] == transfer.to_json()
        assert (body["data"]["status"], body["data"]["reason"]) == ("ACSC", None)
        assert datetime.fromisoformat(body["timestamp"]).timestamp() == pytest.approx(
            transfer.final_at
        )

    def test_contains_why_a_transfer_was_rejected(self) -> None:
        body = json.loads(build_body(a_transfer("AC04")))

        assert body["type"] == "transfer.rejected"
        assert (body["data"]["status"], body["data"]["reason"]) == ("RJCT", "AC04")

    def test_is_the_same_at_each_attempt(self) -> None:
        transfer = a_transfer()

        assert build_body(transfer) == build_body(transfer)


class TestBuildHeaders:
    def test_signs_the_body_as_standard_webhooks_require(self) -> None:
        body = build_body(a_transfer())

        headers = build_headers(a_transfer(), body, WEBHOOK)

        assert WEBHOOK.verify(body, headers) == json.loads(body)

    def test_gives_each_transfer_an_id_of_its_own(self) -> None:
        transfers = [a_transfer(), a_transfer(), replace(a_transfer(), id="other")]

        first, again, other = (
            build_headers(transfer, "{}", WEBHOOK)["webhook-id"] for transfer in transfers
        )

        assert first == again != other


class TestChooseRetrySeconds:
    @pytest.mark.parametrize(
        ("failed_before", "seconds"),
        [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (7, 60), (1440, 60)],
    )
    def test_doubles_up_to_a_minute(self, failed_before: int, seconds: int) -> None:
        transfer = a_transfer()

        chosen = choose_retry_seconds(transfer, failed_before=failed_before, now=transfer.final_at)

        assert chosen == seconds

    def test_gives_up_when_the_transfer_ended_more_than_a_day_ago(self) -> None:
        transfer = a_transfer()
        a_day_later = transfer.final_at + A_DAY_SECONDS

        assert choose_retry_seconds(transfer, failed_before=0, now=a_day_later)
        assert choose_retry_seconds(transfer, failed_before=0, now=a_day_later + 1) is None
