"""Payouts in a currency that ISO 4217 has dropped since, such as BGN in 2026."""

from decimal import Decimal

import pytest
from tests.contract.worlds import DatabaseWorld
from tests.problems import expect_problem
from tests.service import Service, order
from tests.unit.samples import a_request

from payouts.adapters.banks.http.protocol import Reply, read_reply
from payouts.domain.bank_answer import Transfer
from payouts.domain.money import Currency, Money
from payouts.domain.payout import Payout

KEY = "key-of-a-lev-payout"
LEVA = Money(Decimal("10.00"), Currency("BGN", 2))


@pytest.fixture
def payout(service: Service) -> Payout:
    world = DatabaseWorld()
    recipient = world.make_recipient()
    made = world.payouts.add(a_request(KEY, recipient=recipient, money=LEVA), actor="ursula")
    assert made
    return made


class TestDroppedCurrency:
    def test_is_shown_replayed_and_found(self, service: Service, payout: Payout) -> None:
        recipient_id = payout.order.terms.recipient_id
        body = order(recipient_id, currency="BGN", idempotency_key=KEY)
        replay = service.user.post("/api/payouts/", json=body)
        assert (replay.status_code, replay.json()["id"]) == (200, payout.id)
        assert (replay.json()["amount"], replay.json()["currency"]) == ("10.00", "BGN")

        other = service.user.post("/api/payouts/", json=body | {"amount": "10.01"})
        expect_problem(other, 422, "idempotency_key_reused", ("amount", "differs"))

        [listed] = service.user.get("/api/payouts/?currency=BGN").json()["results"]
        assert listed["id"] == payout.id
        assert service.user.get("/api/payouts/?currency=HRK").json()["results"] == []

    def test_is_refused_for_a_new_payout(self, service: Service, payout: Payout) -> None:
        body = order(payout.order.terms.recipient_id, currency="BGN")
        answer = service.user.post("/api/payouts/", json=body)
        expect_problem(answer, 400, "invalid_request", ("currency", "currency_unknown"))

    def test_is_read_in_the_answer_of_the_bank(self) -> None:
        body = b'{"reference": "R", "amount": "10.00", "currency": "BGN", "status": "ACSC"}'
        answer = read_reply(Reply(status=200, retry_after="", body=body), "GET")
        assert isinstance(answer, Transfer)
        assert (answer.amount, answer.currency) == (10, "BGN")
