from dataclasses import replace

import pytest
from tests.fakes.recipients import MemoryRecipients
from tests.unit.samples import a_recipient

from payouts.application.add_recipient import Added, AddRecipient, AlreadyThere
from payouts.domain.errors import ExternalIdReusedError
from payouts.domain.recipient import RecipientType

DETAILS = a_recipient(external_id="ann-1").details


@pytest.fixture
def add() -> AddRecipient:
    return AddRecipient(recipients=MemoryRecipients())  # type: ignore[arg-type]


class TestAddRecipient:
    def test_adds_every_recipient_without_an_external_id(self, add: AddRecipient) -> None:
        details = replace(DETAILS, external_id="")
        results = [add(details=details, compare_is_active=True, actor="ursula") for _ in range(2)]
        assert all(isinstance(result, Added) for result in results)
        assert [result.recipient.id for result in results] == [1, 2]

    def test_returns_the_first_recipient_when_the_external_id_repeats(
        self, add: AddRecipient
    ) -> None:
        added = add(details=DETAILS, compare_is_active=True, actor="ursula")
        assert add(details=DETAILS, compare_is_active=True, actor="ursula") == AlreadyThere(
            added.recipient
        )

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
        add(details=DETAILS, compare_is_active=True, actor="ursula")
        with pytest.raises(ExternalIdReusedError) as caught:
            add(details=replace(DETAILS, **change), compare_is_active=True, actor="ursula")
        assert caught.value.differing_fields == named

    def test_compares_is_active_only_if_it_was_sent(self, add: AddRecipient) -> None:
        added = add(
            details=replace(DETAILS, is_active=False), compare_is_active=True, actor="ursula"
        )
        again = add(details=DETAILS, compare_is_active=False, actor="ursula")
        assert again == AlreadyThere(added.recipient)
