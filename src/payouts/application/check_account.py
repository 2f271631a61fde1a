"""Check an account number while it is written, and find the bank that has it."""

from dataclasses import dataclass

from payouts.application.ports import BankDirectory, BankOffice
from payouts.domain.recipient import AccountNumber, AccountType


@dataclass(frozen=True, slots=True)
class CheckedAccount:
    """An account number, and its bank if it is an IBAN."""

    number: AccountNumber
    bank: BankOffice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAccount:
    """Say what is known about an account number.

    Raises TextMalformedError, IbanCheckDigitsError.
    """

    directory: BankDirectory

    def __call__(self, text: str) -> CheckedAccount:
        number = AccountNumber.parse(text)
        is_iban = number.type is AccountType.IBAN
        return CheckedAccount(number, self.directory.find(number.value) if is_iban else None)
