from dataclasses import dataclass, field, replace

import pytest
from tests.unit.samples import NOON, a_recipient

from payouts.application.add_recipient import Added, AddRecipient, AlreadyThere
from payouts.application.read_models import RecipientView
from payouts.domain.errors import ExternalIdReusedError
from payouts.domain.recipient import Recipient, RecipientDetails, RecipientType

DETAILS = a_recipient(external_id="ann-1").details


@dataclass
class MemoryRecipients:
    """The part of the port that AddRecipient needs."""

    rows: list[Recipient] = field(default_factory=list)

    def add(self, details: RecipientDetails) -> RecipientView | None:
        if details.external_id in {row.details.external_id for row in self.rows} - {""}:
            return None
        self.rows.append(Recipient(id=len(self.rows) + 1, details=details))
        return self.one(recipient_id=len(self.rows))

    def find_by_external_id(self, external_id: str) -> Recipient:
        return next(row for row in self.rows if row.details.external_id == external_id)

    def one(self, *, recipient_id: int) -> RecipientView:
        details = self.rows[recipient_id - 1].details
        return RecipientView(
            id=recipient_id,
            external_id=details.external_id or None,
            type=details.type,
            name=details.name,
            account_number=details.account_number.value,
            account_type=details.account_number.type,
            bank_code=details.bank_code or None,
            country=details.country or None,
            is_active=details.is_active,
            created_at=NOON,
            updated_at=NOON,
        )


@pytest.fixture
def add() -> AddRecipient:
    return AddRecipient(recipients=MemoryRecipients())  # type: ignore[arg-type]


class TestAddRecipient:
    def test_adds_every_recipient_without_an_external_id(self, add: AddRecipient) -> None:
        details = replace(DETAILS, external_id="")
        results = [add(details=details, compare_is_active=True) for _ in range(2)]
        assert all(isinstance(result, Added) for result in results)
        assert [result.recipient.id for result in results] == [1, 2]

    def test_returns_the_first_recipient_when_the_external_id_repeats(
        self, add: AddRecipient
    ) -> None:
        added = add(details=DETAILS, compare_is_active=True)
        assert add(details=DETAILS, compare_is_active=True) == AlreadyThere(added.recipient)

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({"name": "Ann Other"}, ("name",)),
            ({"type": RecipientType.BUSINESS, "country": "GB"}, ("type", "country")),
            ({"is_active": False}, ("is_active",)),
        ],
    )
    def test_names_the_fields_that_differ(
        self, add: AddRecipient, change: dict[str, object], named: tuple[str, ...]
    ) -> None:
        add(details=DETAILS, compare_is_active=True)
        with pytest.raises(ExternalIdReusedError) as caught:
            add(details=replace(DETAILS, **change), compare_is_active=True)
        assert caught.value.differing_fields == named

    def test_compares_is_active_only_if_it_was_sent(self, add: AddRecipient) -> None:
        added = add(details=replace(DETAILS, is_active=False), compare_is_active=True)
        again = add(details=DETAILS, compare_is_active=False)
        assert again == AlreadyThere(added.recipient)
