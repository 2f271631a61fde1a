"""Users of the console, and payouts, on an empty database."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.console_pages import client_of, make_recipient
from tests.unit.samples import a_request

from payouts.adapters.database.payouts import DatabasePayouts
from payouts.domain.recipient import Recipient
from payouts.domain.role import Role


@pytest.fixture
def operator(database: None) -> Client:
    return client_of(Role.OPERATOR)


@pytest.fixture
def viewer(database: None) -> Client:
    return client_of(Role.VIEWER)


@pytest.fixture
def make(database: None) -> Callable[..., Any]:
    """Make a payout; `recipient` and the fields of its terms may be given."""
    count = 0

    def make_one(*, recipient: Recipient | None = None, **fields: Any) -> Any:
        nonlocal count
        count += 1
        request = a_request(
            f"key-number-{count}", recipient=recipient or make_recipient(), **fields
        )
        payout = DatabasePayouts().add(request, actor="ursula")
        assert payout
        return payout

    return make_one
