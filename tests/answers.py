"""The members of the API's responses, in their order."""

PAYOUT_FIELDS = [
    "id",
    "recipient_id",
    "amount",
    "currency",
    "status",
    "recipient_name_snapshot",
    "account_number_snapshot",
    "bank_code_snapshot",
    "created_at",
    "updated_at",
    "reference",
    "failure_code",
    "failure_reason",
    "needs_review",
    "idempotency_key",
    "returned_at",
    "metadata",
    "remittance_information",
]
EVENT_FIELDS = ["type", "at", "actor", "from_status", "to_status", "reason", "attempt"]
MESSAGE_FIELDS = ["id", "type", "timestamp", "payout_id", "data"]
MESSAGE_DATA_FIELDS = [
    "payout_id",
    "sequence",
    "status",
    "reference",
    "idempotency_key",
    "amount",
    "currency",
    "failure_code",
    "failure_reason",
    "needs_review",
    "metadata",
]
