"""Who is paid, and what is remembered of them when a payout is made."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from payouts.domain.errors import RecipientInactiveError, TextMalformedError
from payouts.domain.iban import ensure_check_digits, has_iban_form

NAME_LIMIT: Final = 255
ACCOUNT_NUMBER_LIMIT: Final = 64
BANK_CODE_LIMIT: Final = 32

_VISIBLE_TAIL = 4
# HttpTransport and paragraph separators, and everything invisible that could forge a line of a log.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def parse_line(text: str, *, limit: int) -> str:
    """Return the text without outer spaces; raise TextMalformedError unless it is one line."""
    line = text.strip(" ")
    if not line or len(line) > limit or line.isspace() or _CONTROL.search(line):
        raise TextMalformedError(limit=limit)
    return line


class RecipientType(StrEnum):
    INDIVIDUAL = "INDIVIDUAL"
    BUSINESS = "BUSINESS"


@dataclass(frozen=True, slots=True)
class AccountNumber:
    """An IBAN in electronic form, or a local account number.

    It shows its last four characters only, so that no log or traceback tells it by accident;
    `value` is the whole.
    """

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise TextMalformedError, or IbanCheckDigitsError for a mistyped IBAN."""
        line = parse_line(text, limit=ACCOUNT_NUMBER_LIMIT)
        compact = line.replace(" ", "").upper()
        if not has_iban_form(compact):
            return cls(line)
        ensure_check_digits(compact)
        return cls(compact)

    def __str__(self) -> str:
        hidden = max(len(self.value) - _VISIBLE_TAIL, _VISIBLE_TAIL)
        return "*" * hidden + self.value[hidden:]

    __repr__ = __str__


@dataclass(frozen=True, slots=True)
class RecipientSnapshot:
    """The recipient as they were when the payout was made; later edits do not reach it."""

    name: str
    account_number: AccountNumber
    bank_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientDetails:
    """What staff enter; an absent bank code or country is ""."""

    type: RecipientType
    name: str
    account_number: AccountNumber
    bank_code: str = ""
    country: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody who can be paid."""

    id: int
    details: RecipientDetails

    def snapshot(self) -> RecipientSnapshot:
        """Take what a payout needs; raise RecipientInactiveError if they may not be paid."""
        if not self.details.is_active:
            raise RecipientInactiveError(recipient_id=self.id)
        return RecipientSnapshot(
            name=self.details.name,
            account_number=self.details.account_number,
            bank_code=self.details.bank_code,
        )
