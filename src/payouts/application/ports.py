"""What the use cases need from outside."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypedDict

from payouts.application.views import (
    EventView,
    Page,
    PageQuery,
    PayoutView,
    Position,
    QueueState,
    RecipientView,
)
from payouts.domain.bank_answer import BankAnswer, Transfer
from payouts.domain.history import EventType
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.payout import Payout, PayoutOrder, PayoutRequest
from payouts.domain.recipient import (
    AccountNumber,
    Recipient,
    RecipientDetails,
    RecipientType,
)
from payouts.domain.statement import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line for the history: what happened, who did it, and why."""

    event: EventType
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What is already known when a payout is asked for."""

    payout: Payout | None
    recipient: Recipient | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A payout that is ours alone until its lease runs out."""

    payout: Payout
    recipient_is_active: bool


class Payouts(Protocol):
    """The queue of record. Every change commits, with its line of history, before it returns."""

    def find(self, *, idempotency_key: IdempotencyKey, recipient_id: int) -> Found:
        """Look up, at one moment, the payout with the key (deleted or not) and the recipient."""

    def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
        """Store a NEW payout, with its recipient as they are at this moment.

        None if the key has been used, or there is no such recipient, or they may not be paid.
        """

    def get(self, *, payout_id: int) -> Payout:
        """Raise PayoutNotFoundError if there is none or it is deleted."""

    def with_reference(self, reference: str) -> Payout | None:
        """Look up, deleted or not, what the bank knows by this reference."""

    def claim(self, *, payout_id: int, lease_seconds: float) -> Claim | None:
        """Take a payout that is due; None if it is not, or someone else holds it."""

    def save(
        self, *, before: Payout, after: Payout, entry: Entry, due_in_seconds: float | None = None
    ) -> Payout | None:
        """Replace `before` by `after` and end its lease; None if it has changed since it was read.

        `due_in_seconds` says when a worker may take it again; None is never.
        Raises PayoutInFlightError if another transaction holds the row.
        """

    def note(self, *, payout: Payout, entry: Entry) -> None:
        """Add a line to the history and change nothing else; the same line is added once."""

    def due(self, *, limit: int) -> Sequence[int]:
        """Return the ids that a worker may take now, the longest waiting first."""

    def stranded(self, *, limit: int) -> Sequence[int]:
        """Return due ids whose doorbell seems lost, and hold off telling them again."""


class Books(Protocol):
    """All payouts, deleted ones too, to be compared with what the bank has booked."""

    def now(self) -> datetime:
        """Return the time by the clock that the payouts' own times come from."""

    def with_references(self, references: Collection[str]) -> Mapping[str, Payout]: ...

    def completed(self, period: Period) -> Iterator[Payout]:
        """Yield what became COMPLETED in the period and was ever given to the bank."""


class Doorbell(Protocol):
    """Tells the workers that payouts wait. A ring may be lost, or heard twice."""

    def ring(self, payout_ids: Iterable[int]) -> int:
        """Return how many were told; never raise."""


class Bank(Protocol):
    """A payment provider that moves money once per reference. Never raises for what it says."""

    def send(self, order: PayoutOrder) -> BankAnswer:
        """Ask to pay; asking again under the same reference is safe."""

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        """Ask what became of it; that the bank does not know it proves nothing."""


class BankCallbacks(Protocol):
    """What a bank tells of its own accord, signed."""

    def read(self, *, headers: Mapping[str, str], body: bytes) -> Transfer | None:
        """Return the transfer that it tells of, if any; raise SignatureInvalidError."""


class PayoutReads(Protocol):
    """Payouts to look at: rows go to clients without becoming entities."""

    def version(self) -> int:
        """Return a number that is another one after every change that a list could show."""

    def page(self, wanted_page: PageQuery) -> tuple[int, Page[PayoutView]]:
        """Return the page, and the version of the list that it shows."""

    def one(self, *, payout_id: int) -> PayoutView:
        """Raise PayoutNotFoundError if there is none or it is deleted."""

    def history(self, *, payout_id: int) -> Sequence[EventView]:
        """Return it oldest first; raise PayoutNotFoundError as `one` does."""

    def queue(self) -> QueueState: ...


class PageCache(Protocol):
    """Rendered pages, kept by what they show; it may forget anything at any time."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, body: bytes) -> None: ...


class RecipientChanges(TypedDict, total=False):
    """What to change of a recipient; what is absent stays."""

    type: RecipientType
    name: str
    account_number: AccountNumber
    bank_code: str
    country: str
    is_active: bool


class Recipients(Protocol):
    """Those who can be paid."""

    def add(self, details: RecipientDetails) -> RecipientView: ...

    def change(self, *, recipient_id: int, changes: RecipientChanges) -> RecipientView:
        """Raise RecipientNotFoundError."""

    def one(self, *, recipient_id: int) -> RecipientView:
        """Raise RecipientNotFoundError."""

    def page(self, *, size: int, position: Position | None) -> Page[RecipientView]: ...
