"""Recipients, and the snapshot of a recipient that each payout keeps."""

import re
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Final, Self

from payouts.domain.errors import (
    ExternalIdMalformedError,
    ExternalIdReusedError,
    RecipientInactiveError,
    TextMalformedError,
)
from payouts.domain.iban import ensure_check_digits, has_iban_form, to_electronic_form
from payouts.domain.text import parse_line

NAME_LIMIT: Final = 255
ACCOUNT_NUMBER_LIMIT: Final = 64
BANK_CODE_LIMIT: Final = 32
EXTERNAL_ID_LIMIT: Final = 64
EXTERNAL_ID_PATTERN: Final = f"[!-~]{{1,{EXTERNAL_ID_LIMIT}}}"

VISIBLE_TAIL: Final = 4
_BULLETS = "\N{BULLET}" * 4


class RecipientType(StrEnum):
    INDIVIDUAL = "INDIVIDUAL"
    BUSINESS = "BUSINESS"


class AccountType(StrEnum):
    """IBAN: its country, length and check digits are right. LOCAL: any other number, unchecked."""

    IBAN = "IBAN"
    LOCAL = "LOCAL"


def parse_external_id(text: str) -> str:
    """Raise ExternalIdMalformedError unless it is 1 to 64 visible ASCII characters."""
    if not re.fullmatch(EXTERNAL_ID_PATTERN, text):
        raise ExternalIdMalformedError
    return text


def mask_account_number(text: str) -> str:
    """Return the number as it is shown to users who may not see all of it: `•••• 1234`.

    Neither its length nor, if it has at most four characters, any of them remains.
    """
    if len(text) <= VISIBLE_TAIL:
        return _BULLETS
    return f"{_BULLETS} {text[-VISIBLE_TAIL:]}"


@dataclass(frozen=True, slots=True)
class AccountNumber:
    """An IBAN in electronic form, or a local account number.

    `str()` and `repr()` show the last four characters only, so that no log or traceback contains
    the whole number, which is `value`.
    """

    value: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise TextMalformedError, or IbanCheckDigitsError for a mistyped IBAN.

        A text is judged as an IBAN if its letters and digits have the form of one, whatever stands
        between them: else a mistyped IBAN with a no-break space would pass as a local number.
        """
        iban = to_electronic_form(text)
        if has_iban_form(iban) and len(text) <= ACCOUNT_NUMBER_LIMIT:
            ensure_check_digits(iban)
            return cls(iban)
        line = parse_line(text, limit=ACCOUNT_NUMBER_LIMIT)
        if any(character.isspace() and character != " " for character in line):
            raise TextMalformedError(limit=ACCOUNT_NUMBER_LIMIT)
        return cls(line)

    @property
    def type(self) -> AccountType:
        return AccountType.IBAN if has_iban_form(self.value) else AccountType.LOCAL

    def __str__(self) -> str:
        hidden = max(len(self.value) - VISIBLE_TAIL, VISIBLE_TAIL)
        return "*" * hidden + self.value[hidden:]

    __repr__ = __str__


@dataclass(frozen=True, slots=True)
class RecipientSnapshot:
    """The recipient as it was when the payout was created. Later changes do not affect it."""

    name: str
    account_number: AccountNumber
    bank_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientDetails:
    """The data of a recipient; an absent bank code, country or external id is "".

    `external_id` is the client's own id of the recipient, and never changes.
    """

    type: RecipientType
    name: str
    account_number: AccountNumber
    bank_code: str = ""
    country: str = ""
    external_id: str = ""
    is_active: bool = True

    def ensure_same(self, requested: Self, *, compare_is_active: bool) -> None:
        """Raise ExternalIdReusedError, naming the request fields that differ."""
        if not compare_is_active:
            requested = replace(requested, is_active=self.is_active)
        differing = tuple(
            each.name
            for each in fields(self)
            if getattr(self, each.name) != getattr(requested, each.name)
        )
        if differing:
            raise ExternalIdReusedError(differing_fields=differing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A recipient of payouts."""

    id: int
    details: RecipientDetails

    def snapshot(self) -> RecipientSnapshot:
        """Copy what a payout needs; raise RecipientInactiveError if the recipient is not active."""
        if not self.details.is_active:
            raise RecipientInactiveError(recipient_id=self.id)
        return RecipientSnapshot(
            name=self.details.name,
            account_number=self.details.account_number,
            bank_code=self.details.bank_code,
        )
