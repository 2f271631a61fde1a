from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.fakes.payouts import MemoryPayouts
from tests.fakes.task_queue import CountingTaskQueue
from tests.unit.samples import a_recipient, money, terms

from payouts.application.create_payout import Created, CreatePayout, Replayed
from payouts.application.delete_payout import DeletePayout
from payouts.application.ports import Existing
from payouts.domain.errors import (
    CurrencyNotAllowedError,
    CurrencyUnknownError,
    IdempotencyKeyReusedError,
    PayoutDeletedError,
    RecipientInactiveError,
    RecipientNotFoundError,
)
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.money import Currency, Money
from payouts.domain.payout import Payout, PayoutRequest
from payouts.domain.status import PayoutStatus

KEY = IdempotencyKey("key-number-1")


def a_request(**fields: Any) -> dict[str, Any]:
    return {"terms": terms(**fields), "idempotency_key": KEY, "actor": "ursula"}


class TestCreatePayout:
    def test_creates_a_new_payout_and_enqueues_it(
        self, create: CreatePayout, task_queue: CountingTaskQueue
    ) -> None:
        made = create(**a_request())
        assert isinstance(made, Created)
        assert made.payout.status is PayoutStatus.NEW
        assert task_queue.enqueued == [made.payout.id]

    def test_copies_the_recipient_into_the_payout(
        self, create: CreatePayout, payouts: MemoryPayouts
    ) -> None:
        made = create(**a_request())
        payouts.recipients[1] = a_recipient(name="Somebody Else")
        assert payouts.get(payout_id=made.payout.id).order.recipient.name == "Ann Example"

    def test_returns_the_first_payout_when_the_key_repeats(
        self, create: CreatePayout, task_queue: CountingTaskQueue
    ) -> None:
        first = create(**a_request())
        again = create(**a_request(money=money("10")))
        assert again == Replayed(first.payout)
        assert len(task_queue.enqueued) == 1

    def test_refuses_a_key_that_was_used_with_other_content(self, create: CreatePayout) -> None:
        create(**a_request())
        with pytest.raises(IdempotencyKeyReusedError) as caught:
            create(**a_request(money=money("11.00")))
        assert caught.value.differing_fields == ("amount",)

    def test_replays_although_the_recipient_was_deactivated(
        self, create: CreatePayout, payouts: MemoryPayouts
    ) -> None:
        create(**a_request())
        payouts.recipients[1] = a_recipient(is_active=False)
        assert isinstance(create(**a_request()), Replayed)

    def test_replays_although_the_currency_is_no_longer_allowed(self, create: CreatePayout) -> None:
        create(**a_request())
        euros_only = replace(create, currencies=frozenset({"EUR"}))
        assert isinstance(euros_only(**a_request()), Replayed)

    def test_replays_although_iso_4217_has_dropped_the_currency(
        self, create: CreatePayout, payouts: MemoryPayouts
    ) -> None:
        at_the_time = terms(money=Money(Decimal("10.00"), Currency("BGN", 2)))
        request = PayoutRequest(terms=at_the_time, idempotency_key=KEY)
        made = payouts.add(request, actor="ursula")
        today = Money.parse("10.00", Currency.parse_active_or_historic("BGN"))
        assert create(**a_request(money=today)) == Replayed(made)
        with pytest.raises(IdempotencyKeyReusedError):
            create(**a_request(money=Money.parse("10.01", today.currency)))

    def test_refuses_a_currency_that_is_unknown_to_iso_4217(self, create: CreatePayout) -> None:
        unknown = Money.parse("10.00", Currency.parse_active_or_historic("XXX"))
        with pytest.raises(CurrencyUnknownError):
            create(**a_request(money=unknown))

    def test_never_pays_again_with_the_key_of_a_deleted_payout(
        self, create: CreatePayout, payouts: MemoryPayouts
    ) -> None:
        made = create(**a_request())
        DeletePayout(payouts=payouts)(payout_id=made.payout.id, actor="stefan")
        with pytest.raises(PayoutDeletedError):
            create(**a_request())

    def test_refuses_an_unknown_recipient(self, create: CreatePayout) -> None:
        with pytest.raises(RecipientNotFoundError):
            create(**a_request(recipient_id=2))

    def test_refuses_an_inactive_recipient(
        self, create: CreatePayout, payouts: MemoryPayouts, task_queue: CountingTaskQueue
    ) -> None:
        payouts.recipients[1] = a_recipient(is_active=False)
        with pytest.raises(RecipientInactiveError):
            create(**a_request())
        assert (payouts.rows, task_queue.enqueued) == ({}, [])

    def test_refuses_a_currency_that_is_not_allowed(self, create: CreatePayout) -> None:
        with pytest.raises(CurrencyNotAllowedError):
            create(**a_request(money=money(currency="GBP")))

    def test_replays_for_the_slower_of_two_concurrent_requests(
        self, create: CreatePayout, payouts: MemoryPayouts, task_queue: CountingTaskQueue
    ) -> None:
        class Late(MemoryPayouts):
            """The other request commits before our write."""

            def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
                winner = CreatePayout(
                    payouts=payouts, task_queue=task_queue, currencies=create.currencies
                )(**a_request())
                self.rows[winner.payout.id] = winner.payout
                return super().add(request, actor=actor)

        slower = replace(create, payouts=Late(recipients=payouts.recipients))
        assert isinstance(slower(**a_request()), Replayed)
        assert len(task_queue.enqueued) == 1

    def test_creates_a_payout_when_the_recipient_is_activated_meanwhile(
        self, create: CreatePayout, payouts: MemoryPayouts
    ) -> None:
        class Late(MemoryPayouts):
            def find_existing(self, **wanted: Any) -> Existing:
                self.recipients[1] = a_recipient()
                return super().find_existing(**wanted)

        late = replace(create, payouts=Late(recipients={1: a_recipient(is_active=False)}))
        assert isinstance(late(**a_request()), Created)

    def test_refuses_a_recipient_that_is_inactive_at_each_try(self, create: CreatePayout) -> None:
        class Never(MemoryPayouts):
            def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
                return None

        never = replace(create, payouts=Never(recipients={1: a_recipient()}))
        with pytest.raises(RecipientInactiveError):
            never(**a_request())
