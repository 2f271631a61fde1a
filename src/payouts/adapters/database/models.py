"""The tables."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payouts.adapters.database.constraints import Check
from payouts.adapters.database.triggers import event_triggers, payout_triggers
from payouts.domain.money import MAX_INTEGER_DIGITS, MAX_MINOR_UNITS
from payouts.domain.payout import Deferral
from payouts.domain.recipient import (
    ACCOUNT_NUMBER_LIMIT,
    BANK_CODE_LIMIT,
    NAME_LIMIT,
    RecipientType,
)
from payouts.domain.status import PayoutStatus

_OPEN_STATUSES = [status.value for status in PayoutStatus if not status.is_terminal]


class Recipient(models.Model):
    """Somebody who can be paid; "" stands for a bank code or country that was not given."""

    type = models.CharField(max_length=16, choices=[(t.value, t.value) for t in RecipientType])
    name = models.CharField(max_length=NAME_LIMIT)
    account_number = models.CharField(max_length=ACCOUNT_NUMBER_LIMIT)
    bank_code = models.CharField(max_length=BANK_CODE_LIMIT, blank=True)
    country = models.CharField(max_length=2, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["created_at", "id"], name="recipient_newest")]
        constraints: ClassVar = [
            Check(rule=Q(type__in=[t.value for t in RecipientType]), name="recipient_type_known"),
            Check(rule=~Q(name=""), name="recipient_has_name"),
            Check(rule=~Q(account_number=""), name="recipient_has_account_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"


class Payout(models.Model):
    """One payout, and one entry of the queue: the row is the truth, messages are doorbells.

    `next_attempt_at` says from when a worker may take it, null is never; `next_ring_at` when its
    doorbell is rung; `lease_expires_at` until when a claim is exclusive. All by the database's
    clock. `minor_units` are the decimals that the currency had when the payout was made:
    tables of currencies change, records do not.
    """

    reference = models.CharField(max_length=35, unique=True)
    idempotency_key = models.CharField(max_length=64, unique=True)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, db_index=False)
    amount = models.DecimalField(
        max_digits=MAX_INTEGER_DIGITS + MAX_MINOR_UNITS, decimal_places=MAX_MINOR_UNITS
    )
    currency = models.CharField(max_length=3)
    minor_units = models.PositiveSmallIntegerField()
    recipient_name_snapshot = models.CharField(max_length=NAME_LIMIT)
    account_number_snapshot = models.CharField(max_length=ACCOUNT_NUMBER_LIMIT)
    bank_code_snapshot = models.CharField(max_length=BANK_CODE_LIMIT, blank=True)

    status = models.CharField(max_length=16, choices=[(s.value, s.value) for s in PayoutStatus])
    failure_code = models.CharField(max_length=64, blank=True)
    failure_reason = models.TextField(blank=True)
    needs_review = models.BooleanField(default=False)

    attempt = models.PositiveIntegerField(default=0)
    open_attempts = models.PositiveIntegerField(default=0)
    deferral = models.CharField(max_length=16, blank=True)
    next_attempt_at = models.DateTimeField(null=True)
    next_ring_at = models.DateTimeField(null=True)
    lease_expires_at = models.DateTimeField(null=True)

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        triggers: ClassVar = payout_triggers
        # The list is newest first by (created_at, id), whatever it is filtered by.
        indexes: ClassVar = [
            models.Index(fields=["created_at", "id"], name="payout_newest"),
            models.Index(fields=["status", "created_at", "id"], name="payout_by_status"),
            models.Index(fields=["currency", "created_at", "id"], name="payout_by_currency"),
            models.Index(fields=["recipient", "created_at", "id"], name="payout_by_recipient"),
            models.Index(
                fields=["next_attempt_at", "id"],
                name="payout_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["next_ring_at"],
                name="payout_to_ring",
                condition=Q(next_ring_at__isnull=False),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="payout_needs_review",
                condition=Q(needs_review=True),
            ),
        ]
        constraints: ClassVar = [
            Check(rule=Q(amount__gt=0), name="payout_amount_positive"),
            Check(rule=Q(currency__regex="^[A-Z]{3}$"), name="payout_currency_form"),
            Check(rule=Q(status__in=[s.value for s in PayoutStatus]), name="payout_status_known"),
            Check(rule=Q(deferral__in=[d.value for d in Deferral]), name="payout_deferral_known"),
            Check(
                rule=Q(next_attempt_at__isnull=True)
                | Q(status__in=_OPEN_STATUSES, deleted_at__isnull=True, needs_review=False),
                name="payout_due_only_while_open",
            ),
        ]

    def __str__(self) -> str:
        return f"Payout {self.pk}"


class Event(models.Model):
    """A line of a payout's history; statuses are "" when the line is not a change of status."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="events")
    type = models.CharField(max_length=32)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16, blank=True)
    reason = models.TextField(blank=True)
    attempt = models.PositiveIntegerField()
    request_id = models.CharField(max_length=128, blank=True)

    class Meta:
        triggers: ClassVar = event_triggers

    def __str__(self) -> str:
        return f"{self.type} of payout {self.payout_id}"


class RungAgain(models.Model):
    """A doorbell that was rung again for a payout, and until when it is not rung once more.

    It counts for one `next_ring_at` of the payout: what is due at another time is news.
    """

    payout_id = models.BigIntegerField(primary_key=True)
    next_ring_at = models.DateTimeField()
    quiet_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"doorbell of payout {self.payout_id}"


class ListVersion(models.Model):
    """The version of the list, counted in shards so that writers do not queue for one row."""

    shard = models.PositiveSmallIntegerField(primary_key=True)
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return f"shard {self.shard}"
