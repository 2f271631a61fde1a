"""The ports: what the use cases need from the outside."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypedDict

from payouts.application.read_models import (
    ClientEventPage,
    CurrentStatistics,
    DailyTotal,
    EventPosition,
    EventView,
    Page,
    PageQuery,
    PayoutView,
    Position,
    QueueState,
    RecipientView,
)
from payouts.domain.bank_answer import BankAnswer, Transfer
from payouts.domain.client_events import ClientEventType
from payouts.domain.history import HistoryEntry
from payouts.domain.idempotency import IdempotencyKey
from payouts.domain.payout import Payout, PayoutOrder, PayoutRequest
from payouts.domain.recipient import (
    AccountNumber,
    Recipient,
    RecipientDetails,
    RecipientType,
)
from payouts.domain.statement import Period


@dataclass(frozen=True, slots=True)
class Existing:
    """The payout and the recipient that are already stored when a payout is requested."""

    payout: Payout | None
    recipient: Recipient | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A payout that only we may process until its lease expires."""

    payout: Payout
    recipient_is_active: bool


class Payouts(Protocol):
    """The queue of record. Every change commits, with its event, before the call returns."""

    def find_existing(self, *, idempotency_key: IdempotencyKey, recipient_id: int) -> Existing:
        """Look up, in one snapshot, the payout with the key (deleted or not) and the recipient."""

    def add(self, request: PayoutRequest, *, actor: str) -> Payout | None:
        """Store a NEW payout, with a snapshot of its recipient.

        None if the key has been used, or the recipient does not exist or is not active.
        """

    def get(self, *, payout_id: int) -> Payout:
        """Raise PayoutNotFoundError if there is none or it is deleted."""

    def find_by_reference(self, reference: str) -> Payout | None:
        """Look up a payout, deleted or not, by its reference at the bank."""

    def claim(self, *, payout_id: int, lease_seconds: float) -> Claim | None:
        """Claim a payout that is due; None if it is not, or another worker holds its lease."""

    def save(
        self,
        *,
        before: Payout,
        after: Payout,
        entry: HistoryEntry,
        due_in_seconds: float | None = None,
        nowait: bool = False,
    ) -> Payout | None:
        """Replace `before` by `after` and end the lease; None if it has changed since it was read.

        `due_in_seconds` is when a worker may claim it again; None means never.
        Raises PayoutInFlightError if another transaction holds the row: at once with `nowait`, else
        after the time that the database waits for locks.
        """

    def append_history(self, *, payout: Payout, entry: HistoryEntry) -> None:
        """Add an event to the history and change nothing else; an equal event is added once."""

    def record_return(self, *, payout: Payout, entry: HistoryEntry) -> None:
        """Add the event as `append_history` does, and set `returned_at` unless it is set.

        A deleted payout, which never changes, gets the event alone.
        """

    def due(self, *, batch_size: int) -> Iterator[int]:
        """Yield the ids that a worker may claim now, the longest waiting first, each once."""

    def take_overdue(self, *, max_waiting: int, interval_seconds: float) -> Sequence[int]:
        """Return ids whose time to be enqueued has passed, and mark them as enqueued.

        A marked payout is not returned again for `interval_seconds`. The result is limited so that
        no more than `max_waiting` marked payouts are waiting.
        """


class ReconciliationReads(Protocol):
    """All payouts, deleted ones too, for comparison with what the bank has booked."""

    def now(self) -> datetime:
        """Return the time by the clock that the payouts' own times come from."""

    def find_by_references(self, references: Collection[str]) -> Mapping[str, Payout]: ...

    def completed(self, period: Period) -> Iterator[Payout]:
        """Yield the payouts that became COMPLETED in the period after a worker claimed them."""


class TaskQueue(Protocol):
    """Publishes tasks that process payouts. Tasks may be lost or duplicated without harm."""

    def enqueue(self, payout_ids: Iterable[int], *, expires_in_seconds: float | None = None) -> int:
        """Return how many were published, or handed over to be; never raise.

        Workers drop a task that they receive after it has expired; None means never.
        """


class Bank(Protocol):
    """A payment provider that moves money once per reference. It returns answers, never raises."""

    def send(self, order: PayoutOrder) -> BankAnswer:
        """Order the transfer; sending it again under the same reference is safe."""

    def look_up(self, order: PayoutOrder) -> BankAnswer:
        """Ask for the state of the transfer; that the bank does not know it proves nothing."""


class BankCallbacks(Protocol):
    """Signed messages that a bank sends to us."""

    def read(self, *, headers: Mapping[str, str], body: bytes) -> Transfer | None:
        """Return the transfer that the message reports, if any; raise SignatureInvalidError."""


class PayoutReads(Protocol):
    """Payouts for display: rows become response data without becoming entities."""

    def version(self) -> int:
        """Return a number that changes with every change that a list could show."""

    def page(self, query: PageQuery) -> tuple[int, Page[PayoutView]]:
        """Return the page, and the version of the list that it shows."""

    def one(self, *, payout_id: int, include_deleted: bool = False) -> PayoutView:
        """Raise PayoutNotFoundError if there is none, or it is deleted and not to be included."""

    def history(
        self,
        *,
        payout_id: int,
        size: int,
        position: Position | None,
        include_deleted: bool = False,
    ) -> Page[EventView]:
        """Return a page of its events, oldest first; raise PayoutNotFoundError as `one` does."""

    def queue(self) -> QueueState: ...


class ClientEvents(Protocol):
    """The events that clients are told of, of all payouts, deleted ones too.

    They are in the order of their transactions. An event appears when no transaction is open that
    could still add one before it, so a reader who goes on from `end` misses none and repeats none.
    """

    def page(
        self,
        *,
        after: EventPosition | None,
        size: int,
        event_type: ClientEventType | None = None,
        mask_account_numbers: bool = False,
    ) -> ClientEventPage:
        """Return up to `size` messages after a position, or from the first one on.

        At the end the page is empty and its `end` is the position that was asked for. Masking hides
        the account number of a payout where a text of the message repeats it.
        """

    def end(self) -> EventPosition:
        """Return the position after which all events lie that are not to be read yet."""


class PayoutStatistics(Protocol):
    """Numbers about all payouts, at the same cost however many there are."""

    def current(self) -> CurrentStatistics: ...

    def daily_totals(self, *, since: date) -> Sequence[DailyTotal]:
        """Return the totals of this day and later ones, the newest day first."""


class PageCache(Protocol):
    """Rendered pages by key. The cache may forget any of them at any time."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, body: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class BankOffice:
    """The bank of an IBAN; what is not known is ""."""

    country: str
    bank_name: str
    bic: str


class BankDirectory(Protocol):
    """The banks of the world, as far as their registries are public."""

    def find(self, iban: str) -> BankOffice:
        """Look the bank up by a valid IBAN in electronic form."""


class RecipientChanges(TypedDict, total=False):
    """The fields of a recipient to change; absent fields stay as they are."""

    type: RecipientType
    name: str
    account_number: AccountNumber
    bank_code: str
    country: str
    is_active: bool


class Recipients(Protocol):
    """The recipients of payouts. Each change commits together with its entry in the history."""

    def add(self, details: RecipientDetails, *, actor: str) -> RecipientView | None:
        """Return None if another recipient has the external id."""

    def find_by_external_id(self, external_id: str) -> Recipient:
        """Look up a recipient that `add` has found."""

    def change(
        self,
        *,
        recipient_id: int,
        changes: RecipientChanges,
        actor: str,
        expected_updated_at: datetime | None = None,
    ) -> RecipientView | None:
        """Return the recipient as it is now; None if it had these values already.

        Raises RecipientNotFoundError, RecipientLockedError while another change is in progress (at
        once), and RecipientChangedError if `updated_at` is not the one that is expected, if any.
        """

    def one(self, *, recipient_id: int) -> RecipientView:
        """Raise RecipientNotFoundError."""

    def page(
        self,
        *,
        size: int,
        position: Position | None,
        external_id: str | None = None,
        account_number: str | None = None,
        is_active: bool | None = None,
    ) -> Page[RecipientView]:
        """Return the newest recipients; a filter that is None selects all."""
