"""Signed-in clients of the console, and payouts for its pages to show."""

from typing import Any

from django.test import Client
from tests.unit.samples import a_recipient
from tests.users import make_user

from payouts.adapters.database.models import Payout
from payouts.adapters.database.recipients import DatabaseRecipients
from payouts.domain.recipient import Recipient
from payouts.domain.role import Role


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(make_user(role, role))
    return client


def make_recipient(**details: Any) -> Recipient:
    view = DatabaseRecipients().add(a_recipient(**details).details, actor="stefan")
    assert view
    return a_recipient(view.id, **details)


def change(payout: Any, **columns: Any) -> None:
    """Change columns that take a worker, a bank or time to change."""
    Payout.objects.filter(id=payout.id).update(**columns)
