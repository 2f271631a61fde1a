"""The domain errors: one class per broken rule, with a stable `code` and its data."""

from typing import ClassVar


class DomainError(Exception):
    """A broken rule. `str()` gives a sentence that clients may see."""

    code: ClassVar[str]


class InvalidValueError(DomainError):
    """A value that is invalid by itself, independent of any other data."""


class AmountMalformedError(InvalidValueError):
    code = "amount_malformed"

    def __init__(self) -> None:
        super().__init__(
            "Write the amount in plain decimal notation: digits, and at most one point inside."
        )


class AmountNotPositiveError(InvalidValueError):
    code = "amount_not_positive"

    def __init__(self) -> None:
        super().__init__("The amount must be above 0.")


class AmountTooLargeError(InvalidValueError):
    code = "amount_too_large"

    def __init__(self, *, integer_digits: int) -> None:
        super().__init__(f"The amount may have at most {integer_digits} digits before the point.")
        self.integer_digits = integer_digits


class AmountTooPreciseError(InvalidValueError):
    code = "amount_too_precise"

    def __init__(self, *, currency: str, minor_units: int) -> None:
        super().__init__(f"An amount in {currency} may have at most {minor_units} decimals.")
        self.currency = currency
        self.minor_units = minor_units


class CurrencyUnknownError(InvalidValueError):
    code = "currency_unknown"

    def __init__(self) -> None:
        super().__init__("This is not an ISO 4217 code of a currency, in upper case.")


class CurrencyNotAllowedError(InvalidValueError):
    code = "currency_not_allowed"

    def __init__(self, *, currency: str, allowed: frozenset[str]) -> None:
        super().__init__(f"{currency} is not allowed; allowed: {', '.join(sorted(allowed))}.")
        self.currency = currency
        self.allowed = allowed


class IdempotencyKeyMalformedError(InvalidValueError):
    code = "idempotency_key_malformed"

    def __init__(self) -> None:
        super().__init__("The key must be 8 to 64 visible ASCII characters.")


class TextMalformedError(InvalidValueError):
    code = "text_malformed"

    def __init__(self, *, limit: int) -> None:
        super().__init__(
            f"Give 1 to {limit} characters on one line, without control, invisible or bidirectional"
            " characters."
        )
        self.limit = limit


class MetadataMalformedError(InvalidValueError):
    code = "metadata_malformed"


class WebhookUrlMalformedError(InvalidValueError):
    code = "url_malformed"


class WebhookAddressRefusedError(InvalidValueError):
    code = "address_refused"

    def __init__(self, *, address: str) -> None:
        super().__init__(
            f"{address} is not a public address, and WEBHOOK_ALLOWED_NETWORKS does not name it."
        )
        self.address = address


class HttpsRequiredError(InvalidValueError):
    code = "https_required"

    def __init__(self) -> None:
        super().__init__(
            "Use https. Plain http is for addresses that WEBHOOK_ALLOWED_NETWORKS names."
        )


class WebhookNotFoundError(DomainError):
    code = "webhook_not_found"

    def __init__(self, *, endpoint_id: int) -> None:
        super().__init__("There is no such webhook.")
        self.endpoint_id = endpoint_id


class DeliveryNotFoundError(DomainError):
    code = "delivery_not_found"

    def __init__(self, *, delivery_id: int) -> None:
        super().__init__("There is no such delivery of this webhook.")
        self.delivery_id = delivery_id


class IbanCheckDigitsError(InvalidValueError):
    code = "iban_check_digits"

    def __init__(self) -> None:
        super().__init__("This has the form of an IBAN, but its check digits are wrong.")


class ExternalIdMalformedError(InvalidValueError):
    code = "external_id_malformed"

    def __init__(self) -> None:
        super().__init__("The external id must be 1 to 64 visible ASCII characters.")


class CountryUnknownError(InvalidValueError):
    code = "country_unknown"

    def __init__(self) -> None:
        super().__init__("This is not an ISO 3166-1 alpha-2 code, in upper case.")


class RecipientNotFoundError(DomainError):
    code = "recipient_not_found"

    def __init__(self, *, recipient_id: int) -> None:
        super().__init__("There is no such recipient.")
        self.recipient_id = recipient_id


class RecipientLockedError(DomainError):
    code = "locked"

    def __init__(self, *, recipient_id: int) -> None:
        super().__init__("Another change to the same record is in progress. Repeat the request.")
        self.recipient_id = recipient_id


class RecipientChangedError(DomainError):
    code = "recipient_changed"

    def __init__(self, *, recipient_id: int) -> None:
        super().__init__("The recipient was changed since it was read. Read it again.")
        self.recipient_id = recipient_id


class RecipientInactiveError(DomainError):
    code = "recipient_inactive"

    def __init__(self, *, recipient_id: int) -> None:
        super().__init__(f"Recipient {recipient_id} is not active and cannot be paid.")
        self.recipient_id = recipient_id


class ExternalIdReusedError(DomainError):
    code = "external_id_reused"

    def __init__(self, *, differing_fields: tuple[str, ...]) -> None:
        names = ", ".join(differing_fields)
        super().__init__(f"The recipient with this external id has another value of: {names}.")
        self.differing_fields = differing_fields


class IdempotencyKeyReusedError(DomainError):
    code = "idempotency_key_reused"

    def __init__(self, *, differing_fields: tuple[str, ...]) -> None:
        super().__init__(f"The key was used with another value of: {', '.join(differing_fields)}.")
        self.differing_fields = differing_fields


class PayoutNotFoundError(DomainError):
    code = "payout_not_found"

    def __init__(self, *, payout_id: int) -> None:
        super().__init__("There is no such payout.")
        self.payout_id = payout_id


class PayoutDeletedError(DomainError):
    code = "payout_deleted"

    def __init__(self, *, payout_id: int) -> None:
        super().__init__("The payout of this key was deleted. The key cannot be used again.")
        self.payout_id = payout_id


class PayoutInFlightError(DomainError):
    code = "payout_in_flight"

    def __init__(self, *, payout_id: int) -> None:
        super().__init__(
            f"Payout {payout_id} is being sent, or another change to it is in progress. Try again."
        )
        self.payout_id = payout_id


class PayoutChangedError(DomainError):
    code = "payout_changed"

    def __init__(self, *, payout_id: int) -> None:
        super().__init__(f"Payout {payout_id} was changed since it was read. Read it again.")
        self.payout_id = payout_id


class PayoutNotWaitingError(DomainError):
    code = "payout_not_waiting"

    def __init__(self, *, payout_id: int, explanation: str) -> None:
        super().__init__(f"Payout {payout_id} cannot be tried now: {explanation}.")
        self.payout_id = payout_id


class PayoutProcessingError(DomainError):
    code = "payout_processing"

    def __init__(self, *, payout_id: int) -> None:
        super().__init__(f"Payout {payout_id} is PROCESSING and cannot be deleted.")
        self.payout_id = payout_id


class ReasonRequiredError(DomainError):
    code = "reason_required"

    def __init__(self, *, payout_id: int) -> None:
        super().__init__(
            f"The bank may know of payout {payout_id}. Give a `reason`: what shows how it ended."
        )
        self.payout_id = payout_id


class SignatureInvalidError(DomainError):
    code = "signature_invalid"

    def __init__(self) -> None:
        super().__init__("The signature is invalid, or the timestamp is over five minutes off.")


class InvalidTransitionError(DomainError):
    code = "invalid_transition"

    def __init__(self, *, current: str, requested: str) -> None:
        super().__init__(f"A payout that is {current} cannot become {requested}.")
        self.current = current
        self.requested = requested
