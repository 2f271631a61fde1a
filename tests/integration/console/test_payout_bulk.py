"""Actions on many payouts: their preview, and what they do."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.console_pages import change, client_of
from tests.unit.samples import money

from payouts.adapters.database.models import Event, Payout
from payouts.domain.role import Permission, Role

pytestmark = pytest.mark.usefixtures("database")

LIST = "/console/payouts/payout/"
BULK = f"{LIST}bulk/"
PROCESSING: dict[str, Any] = {"status": "PROCESSING", "attempt": 1, "open_attempts": 1}


def waiting(make: Any, **fields: Any) -> Any:
    payout = make(**fields)
    later = timezone.now() + timedelta(hours=1)
    change(payout, **PROCESSING, next_attempt_at=later, deferral="PENDING")
    return payout


def reviewed(make: Any, **fields: Any) -> Any:
    payout = make(**fields)
    change(payout, **PROCESSING, needs_review=True, next_attempt_at=None)
    return payout


def preview(client: Client, action: str, *payouts: Any, **asked: Any) -> Any:
    return client.get(BULK, {"action": action, "payout": [each.id for each in payouts]} | asked)


def send(client: Client, action: str, *seen: str, reason: str = "statement 118") -> Any:
    return client.post(f"{BULK}?action={action}", {"payout": seen, "reason": reason})


def seen_in(response: Any) -> list[str]:
    return [each.seen for each in response.context["changing"]]


def events_of(payout: Any) -> list[str]:
    return [event.type for event in Event.objects.filter(payout_id=payout.id).order_by("id")]


class TestPreview:
    def test_says_how_many_will_change_and_why_others_will_not(
        self, operator: Client, make: Any
    ) -> None:
        first, second, new = waiting(make), waiting(make, money=money(currency="EUR")), make()
        response = preview(operator, "try-now", first, second, new)
        context = response.context
        assert [each.id for each in context["changing"]] == [first.id, second.id]
        assert context["totals"] == ["10.00 EUR", "10.00 USD"]
        [refused] = context["refused"]
        assert (refused.id, "it is due already" in refused.refusal) == (new.id, True)
        assert "Try now: 2 payouts of 3 payouts selected" in response.content.decode()
        assert events_of(first) == ["payout.created"]

    def test_resolves_only_what_needs_review(self, operator: Client, make: Any) -> None:
        wanted, healthy = reviewed(make), waiting(make)
        context = preview(operator, "resolve-completed", wanted, healthy).context
        assert [each.id for each in context["changing"]] == [wanted.id]
        assert [each.refusal for each in context["refused"]] == ["It does not need review."]

    def test_takes_all_that_match_the_filters(self, operator: Client, make: Any) -> None:
        wanted = reviewed(make)
        waiting(make)
        context = preview(operator, "resolve-retry", all="true", needs_review="true").context
        assert [each.id for each in context["changing"]] == [wanted.id]
        assert context["refused"] == []
        assert not context["has_more"]

    def test_takes_the_newest_if_more_match_than_allowed(
        self, operator: Client, make: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("payouts.entrypoints.console.payouts.bulk_selection.MAX_PAYOUTS", 1)
        reviewed(make)
        newest = reviewed(make)
        response = preview(operator, "resolve-retry", all="true")
        assert [each.id for each in response.context["changing"]] == [newest.id]
        assert "More payouts match" in response.content.decode()

    def test_needs_a_selection(self, operator: Client, make: Any) -> None:
        response = operator.get(BULK, {"action": "try-now"}, follow=True)
        assert "Select the payouts first." in response.content.decode()

    @pytest.mark.parametrize(
        "asked", [{"action": "delete"}, {}, {"action": "try-now", "all": "1", "status": "LOST"}]
    )
    def test_refuses_what_it_cannot_read(self, operator: Client, asked: dict[str, str]) -> None:
        assert operator.get(BULK, asked).status_code == 400

    def test_ignores_what_is_no_id(self, operator: Client, make: Any) -> None:
        payout = waiting(make)
        asked = {"action": "try-now", "payout": ["x", "0", "9" * 40, payout.id, 999_999, payout.id]}
        context = operator.get(BULK, asked).context
        assert [each.id for each in context["changing"]] == [payout.id]
        assert [each.id for each in context["refused"]] == [999_999]


class TestRun:
    def test_changes_each_by_the_use_case_and_says_so(self, operator: Client, make: Any) -> None:
        payouts = [reviewed(make), reviewed(make)]
        seen = seen_in(preview(operator, "resolve-completed", *payouts))
        response = send(operator, "resolve-completed", *seen)
        assert [each.id for each in response.context["done"]] == [each.id for each in payouts]
        assert {each.status for each in response.context["done"]} == {"Completed"}
        for payout in payouts:
            event = Event.objects.filter(payout_id=payout.id).latest("id")
            assert (event.type, event.actor) == ("payout.completed", "operator")
            assert event.reason == "statement 118"

    def test_leaves_alone_what_has_changed_since_the_preview(
        self, operator: Client, make: Any
    ) -> None:
        changed, same = reviewed(make), reviewed(make)
        seen = seen_in(preview(operator, "resolve-failed", changed, same))
        Payout.objects.filter(id=changed.id).update(updated_at=timezone.now())
        response = send(operator, "resolve-failed", *seen)
        assert [each.id for each in response.context["done"]] == [same.id]
        [refused] = response.context["refused"]
        assert (refused.id, "has changed since" in refused.refusal) == (changed.id, True)
        assert events_of(changed) == ["payout.created"]

    @pytest.mark.parametrize("action", ["resolve-completed", "resolve-retry", "try-now"])
    def test_changes_nothing_the_second_time(
        self, operator: Client, make: Any, action: str
    ) -> None:
        payout = waiting(make) if action == "try-now" else reviewed(make)
        seen = seen_in(preview(operator, action, payout))
        assert len(send(operator, action, *seen).context["done"]) == 1
        events = events_of(payout)
        assert len(send(operator, action, *seen).context["refused"]) == 1
        assert events_of(payout) == events

    def test_asks_for_evidence(self, operator: Client, make: Any) -> None:
        payout = reviewed(make)
        seen = seen_in(preview(operator, "resolve-failed", payout))
        response = send(operator, "resolve-failed", *seen, reason="")
        assert response.context["form"].errors
        assert seen_in(response) == seen
        assert events_of(payout) == ["payout.created"]

    @pytest.mark.parametrize("seen", [["1@yesterday"], [f"{n}@2026-01-31" for n in range(1, 502)]])
    def test_refuses_what_it_cannot_read(self, operator: Client, seen: list[str]) -> None:
        assert send(operator, "try-now", *seen).status_code == 400


class TestPermission:
    @pytest.mark.parametrize("role", [role for role in Role if role.uses_console])
    def test_is_checked_by_list_page_and_form(self, role: Role, make: Any) -> None:
        payout = waiting(make)
        may = Permission.CHANGE_PAYOUT in role.permissions
        client = client_of(role)
        assert bool(client.get(LIST).context["bulk_actions"]) is may
        assert preview(client, "try-now", payout).status_code == (200 if may else 403)
        seen = f"{payout.id}@{Payout.objects.get(id=payout.id).updated_at.isoformat()}"
        assert send(client, "try-now", seen).status_code == (200 if may else 403)
        assert (events_of(payout)[-1] == "payout.try_requested") is may
