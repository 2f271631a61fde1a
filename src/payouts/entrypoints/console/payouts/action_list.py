"""What staff can do with a payout: the use cases of the API, and what each of them leads to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from payouts import bootstrap
from payouts.domain.errors import DomainError
from payouts.domain.manual_action import Resolution, change_status, delete, resolve, try_now
from payouts.domain.outcome import Outcome
from payouts.domain.payout import Deferral, Payout
from payouts.domain.role import Permission
from payouts.domain.status import PayoutStatus
from payouts.entrypoints.api.requests import EVIDENCE_LIMIT, REASON_LIMIT

_FINAL: Final = "The bank will not be asked again. This cannot be undone."
_EXAMPLE: Final = "an example of a reason, so that the rule does not ask for one"

EFFECTS: Final[Mapping[Resolution, str]] = MappingProxyType(
    {
        Resolution.COMPLETED: f"The money moved. The payout will become COMPLETED. {_FINAL}",
        Resolution.FAILED: (
            f"The money did not move, and will not. The payout will become FAILED. {_FINAL}"
        ),
        Resolution.RETRY: (
            "It is not known. The workers will ask the bank again, under the same reference, so"
            " that the money moves once at most."
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action of staff. Its rule says whether a payout allows it.

    `is_offered` leaves out what the rule allows, but another action does better.
    """

    name: str
    label: str
    done: str
    permission: Permission
    rule: Callable[[Payout], Outcome]
    use_case: Callable[[], Callable[..., object]]
    effect: str = ""
    is_offered: Callable[[Payout], bool] = lambda _: True
    needs_reason: bool = True
    reason_label: str = "Reason"
    reason_help: str = "It is kept in the history."
    reason_limit: int = REASON_LIMIT
    is_final: bool = False

    @property
    def page(self) -> str:
        return f"payouts_payout_{self.name.replace('-', '_')}"

    def refusal(self, payout: Payout) -> str:
        """Return why the payout does not allow it, in words; "" if it does."""
        try:
            self.rule(payout)
            payout.ensure_not_in_flight()
        except DomainError as error:
            return str(error)
        return ""


def _needs_no_review(payout: Payout) -> bool:
    return not payout.needs_review


def _is_left_to_a_person(payout: Payout) -> bool:
    return payout.needs_review or (payout.deferral is Deferral.MANUAL and not payout.is_due)


def _change(status: PayoutStatus) -> dict[str, Any]:
    """Return the rule and the use case that give a payout a status."""
    return {
        "permission": Permission.CHANGE_PAYOUT,
        "rule": partial(change_status, status=status, reason=_EXAMPLE),
        "use_case": lambda: partial(bootstrap.change_status(), status=status),
    }


def _resolve() -> Callable[..., object]:
    use_case = bootstrap.resolve_payout()
    return lambda *, reason, **arguments: use_case(evidence=reason, **arguments)


RESOLVE: Final = Action(
    name="resolve",
    label="Resolve",
    done="Resolved",
    permission=Permission.CHANGE_PAYOUT,
    rule=partial(resolve, resolution=Resolution.RETRY, evidence=_EXAMPLE),
    use_case=_resolve,
    is_offered=_is_left_to_a_person,
    reason_label="Evidence",
    reason_help="What shows it, such as the number of a bank statement. Clients see it if the "
    "payout becomes FAILED.",
    reason_limit=EVIDENCE_LIMIT,
)
TRY_NOW: Final = Action(
    name="try-now",
    label="Try now",
    done="Enqueued",
    permission=Permission.CHANGE_PAYOUT,
    rule=try_now,
    use_case=bootstrap.try_now,
    effect="A worker will ask the bank as soon as one is free, under the same reference, and not"
    " at the planned time.",
    needs_reason=False,
)
ACTIONS: Final = (
    RESOLVE,
    TRY_NOW,
    Action(
        name="complete",
        label="Complete by hand",
        done="Completed",
        effect=f"This payout will become COMPLETED. {_FINAL}",
        is_offered=_needs_no_review,
        is_final=True,
        reason_label="Evidence",
        reason_help="What shows that the money moved, such as the number of a bank statement.",
        **_change(PayoutStatus.COMPLETED),
    ),
    Action(
        name="take-over",
        label="Take over by hand",
        done="Taken over",
        effect="This payout will become PROCESSING, and no worker will send it. You pay it by "
        "another way, and then complete it or mark it FAILED here. You can also give it back to the"
        " workers.",
        **_change(PayoutStatus.PROCESSING),
    ),
    Action(
        name="fail",
        label="Mark FAILED",
        done="Marked FAILED",
        effect=f"This payout will become FAILED. {_FINAL}",
        is_offered=_needs_no_review,
        is_final=True,
        reason_help="Clients see it as the reason of the failure.",
        **_change(PayoutStatus.FAILED),
    ),
    Action(
        name="delete",
        label="Delete",
        done="Deleted",
        permission=Permission.DELETE_PAYOUT,
        rule=delete,
        use_case=bootstrap.delete_payout,
        effect="This payout will be hidden from clients, and its key cannot be used again. A "
        "payout that is NEW will not be sent. Its row and its history stay. This cannot be undone.",
        is_final=True,
    ),
)


def warning(payout: Payout, action: Action) -> str:
    """Return what makes the action risky for this payout; "" if nothing does."""
    if action.is_final and (payout.open_attempts or payout.needs_review):
        return (
            "The bank may have the order, and may still pay it. Ask the bank under the reference"
            " before you go on."
        )
    return ""
