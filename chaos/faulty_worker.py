"""Workers with a deliberate fault: `python -m chaos.faulty_worker NAME`.

Each changes one thing of the real worker, in its own process.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import django

from chaos.quick_worker import run_quick_worker
from payouts.application.ports import Bank
from payouts.application.process_payout import ProcessPayout
from payouts.domain.bank_answer import BankAnswer, Refused, Transfer, Unknown
from payouts.domain.payout import Payout, PayoutOrder

_FENCE = "AND attempt = %(attempt)s AND status = %(status_before)s"
_SHORT_LEASE_SECONDS = 1


@dataclass(frozen=True, slots=True)
class TimeoutIsFailure:
    """Takes an unknown outcome for a refusal."""

    bank: Bank

    def send(self, order: PayoutOrder) -> BankAnswer:
        answer = self.bank.send(order)
        return Refused("NARR", answer.narrative) if isinstance(answer, Unknown) else answer

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        return self.bank.look_up(order)


@dataclass(frozen=True, slots=True)
class SendsTwice:
    """Sends each order twice. The bank pays once, because both have the same reference."""

    bank: Bank

    def send(self, order: PayoutOrder) -> BankAnswer:
        self.bank.send(order)
        return self.bank.send(order)

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        return self.bank.look_up(order)


class NewReference(ProcessPayout):
    """Sends each further attempt under another reference."""

    def _ask_bank(self, payout: Payout) -> BankAnswer:
        order = payout.order
        if payout.attempt == 1:
            return self.bank.send(order)
        reference = f"{order.reference[:30]}-{payout.attempt}"
        answer = self.bank.send(replace(order, reference=reference))
        if isinstance(answer, Transfer):
            return replace(answer, reference=order.reference)
        return answer


def _with_new_references(process: ProcessPayout) -> ProcessPayout:
    return NewReference(
        payouts=process.payouts,
        bank=process.bank,
        retry_policy=process.retry_policy,
        lease_seconds=process.lease_seconds,
    )


def _without_fence(process: ProcessPayout) -> ProcessPayout:
    from payouts.adapters.database import queue_sql

    assert _FENCE in queue_sql.SAVE
    queue_sql.SAVE = queue_sql.SAVE.replace(_FENCE, "")
    return replace(process, lease_seconds=_SHORT_LEASE_SECONDS)


def _with_failures_taken_for_success(process: ProcessPayout) -> ProcessPayout:
    from payouts.domain.webhooks.retries import Answer

    Answer.is_success = True  # type: ignore[assignment, method-assign]
    return process


VARIANTS: dict[str, Callable[[ProcessPayout], ProcessPayout]] = {
    "timeout-is-failure": lambda process: replace(process, bank=TimeoutIsFailure(process.bank)),
    "new-reference": _with_new_references,
    "no-fence": _without_fence,
    "failure-is-delivered": _with_failures_taken_for_success,
    "uncounted-attempts": lambda process: replace(process, bank=SendsTwice(process.bank)),
    # Not among the controls: with the fence, the same short lease must break nothing.
    "short-lease": lambda process: replace(process, lease_seconds=_SHORT_LEASE_SECONDS),
}


def main() -> None:
    django.setup()
    from payouts import bootstrap

    real, break_it = bootstrap.process_payout, VARIANTS[sys.argv[1]]
    bootstrap.process_payout = cache(lambda: break_it(real()))
    run_quick_worker()


if __name__ == "__main__":
    main()
