"""The pages of the actions on a payout, as a browser gets and sends them."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.console_pages import change, client_of

from payouts.adapters.database.models import Event, Payout
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.domain.role import Permission, Role
from payouts.entrypoints.console.payouts.action_list import ACTIONS

pytestmark = pytest.mark.usefixtures("database")

ACTION_NAMES = [action.name for action in ACTIONS]
CONSOLE_ROLES = [role for role in Role if role.uses_console]
WAITING: dict[str, Any] = {"status": "PROCESSING", "attempt": 1, "open_attempts": 1}
IN_REVIEW = WAITING | {"needs_review": True, "next_attempt_at": None}


def address(payout: Any, name: str = "change") -> str:
    return f"/console/payouts/payout/{payout.id}/{name}/"


def stored(payout: Any) -> Payout:
    return Payout.objects.get(id=payout.id)


def seen(payout: Any) -> str:
    """What a page that is opened now says it has seen."""
    return stored(payout).updated_at.isoformat()


def send(client: Client, payout: Any, name: str, **fields: str) -> Any:
    fields = {"reason": "statement 118", "seen_updated_at": seen(payout)} | fields
    return client.post(address(payout, name), fields)


def wait(payout: Any, **columns: Any) -> None:
    """Have the payout wait for an attempt in an hour."""
    later = timezone.now() + timedelta(hours=1)
    change(payout, **(WAITING | {"next_attempt_at": later, "deferral": "PENDING"} | columns))


def last_event(payout: Any) -> tuple[str, str, str]:
    event = Event.objects.filter(payout_id=payout.id).latest("id")
    return event.type, event.actor, event.reason


def buttons(client: Client, payout: Any) -> list[str]:
    return [link["label"] for link in client.get(address(payout)).context["actions"]["links"]]


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


class TestButtons:
    def test_are_those_that_the_state_allows(self, operator: Client, make: Any) -> None:
        new, waiting, reviewed, manual, failed = (make() for _ in range(5))
        wait(waiting)
        change(reviewed, **IN_REVIEW)
        change(manual, status="PROCESSING", deferral="MANUAL", next_attempt_at=None)
        change(failed, status="FAILED", next_attempt_at=None)
        assert buttons(operator, new) == ["Take over by hand", "Mark FAILED", "Delete"]
        assert buttons(operator, waiting) == ["Try now", "Complete by hand", "Mark FAILED"]
        assert buttons(operator, reviewed) == ["Resolve"]
        assert buttons(operator, manual) == ["Resolve", "Complete by hand", "Mark FAILED"]
        assert buttons(operator, failed) == ["Delete"]

    def test_are_absent_while_a_worker_asks_the_bank(self, operator: Client, make: Any) -> None:
        payout = make()
        DatabasePayouts().claim(payout_id=payout.id, lease_seconds=60)
        assert buttons(operator, payout) == []
        assert "A worker is asking the bank." in text_of(operator.get(address(payout)))

    def test_are_absent_on_a_deleted_payout(self, operator: Client, make: Any) -> None:
        payout = make()
        send(operator, payout, "delete")
        assert buttons(operator, payout) == []

    @pytest.mark.parametrize("role", CONSOLE_ROLES)
    def test_are_for_who_may(self, role: Role, make: Any) -> None:
        may = Permission.CHANGE_PAYOUT in role.permissions
        assert bool(buttons(client_of(role), make())) is may


class TestPermission:
    @pytest.mark.parametrize("name", ACTION_NAMES)
    @pytest.mark.parametrize("role", CONSOLE_ROLES)
    def test_is_checked_by_page_and_form(self, role: Role, name: str, make: Any) -> None:
        payout = make()
        if name in {"resolve", "complete", "try-now"}:
            wait(payout)
        events = Event.objects.filter(payout_id=payout.id).count()
        client = client_of(role)
        may = {Permission.CHANGE_PAYOUT, Permission.DELETE_PAYOUT} <= role.permissions
        assert client.get(address(payout, name)).status_code == (200 if may else 403)
        sent = send(client, payout, name, resolution="RETRY")
        assert sent.status_code == (302 if may else 403)
        assert Event.objects.filter(payout_id=payout.id).count() == events + may

    def test_needs_a_token_of_the_form(self, make: Any) -> None:
        payout = make()
        operator = client_of(Role.OPERATOR)
        operator.handler.enforce_csrf_checks = True
        assert send(operator, payout, "fail").status_code == 403
        assert stored(payout).status == "NEW"

    def test_asks_a_visitor_to_log_in(self, make: Any) -> None:
        response = send(Client(), payout := make(), "fail")
        assert response.status_code == 302
        assert "/login/" in response.headers["Location"]
        assert stored(payout).status == "NEW"


class TestAction:
    @pytest.mark.parametrize(
        ("name", "event", "status"),
        [
            ("take-over", "payout.taken_over", "PROCESSING"),
            ("fail", "payout.failed", "FAILED"),
            ("delete", "payout.deleted", "NEW"),
        ],
    )
    def test_changes_a_new_payout(
        self, operator: Client, make: Any, name: str, event: str, status: str
    ) -> None:
        payout = make()
        response = send(operator, payout, name)
        assert (response.status_code, response.headers["Location"]) == (302, address(payout))
        assert last_event(payout) == (event, "operator", "statement 118")
        assert stored(payout).status == status
        assert f"payout {payout.id}." in text_of(operator.get(address(payout)))

    @pytest.mark.parametrize(
        ("resolution", "event"),
        [
            ("COMPLETED", "payout.completed"),
            ("FAILED", "payout.failed"),
            ("RETRY", "payout.retried"),
        ],
    )
    def test_resolves_one_that_needs_review(
        self, operator: Client, make: Any, resolution: str, event: str
    ) -> None:
        payout = make()
        change(payout, **IN_REVIEW)
        send(operator, payout, "resolve", resolution=resolution)
        assert last_event(payout) == (event, "operator", "statement 118")
        assert not stored(payout).needs_review

    def test_makes_a_waiting_one_due_without_a_reason(self, operator: Client, make: Any) -> None:
        payout = make()
        wait(payout)
        send(operator, payout, "try-now", reason="")
        assert last_event(payout) == ("payout.try_requested", "operator", "")
        assert stored(payout).next_attempt_at <= timezone.now()

    def test_completes_a_waiting_one(self, operator: Client, make: Any) -> None:
        payout = make()
        wait(payout)
        send(operator, payout, "complete")
        assert last_event(payout) == ("payout.completed", "operator", "statement 118")

    @pytest.mark.parametrize("name", [name for name in ACTION_NAMES if name != "try-now"])
    def test_asks_for_a_reason(self, operator: Client, make: Any, name: str) -> None:
        payout = make()
        if name in {"resolve", "complete"}:
            wait(payout)
        page = text_of(send(operator, payout, name, reason=" ", resolution="FAILED"))
        assert "This field is required." in page
        assert stored(payout).status in {"NEW", "PROCESSING"}

    @pytest.mark.parametrize(
        "fields",
        [
            {"reason": "x" * 256},
            {"reason": "zero\u200bwidth"},
            {"reason": "\0"},
            {"seen_updated_at": "yesterday"},
            {"seen_updated_at": ""},
            {"seen_updated_at": "2026-01-31T10:00:00"},
        ],
    )
    def test_refuses_what_it_cannot_read(
        self, operator: Client, make: Any, fields: dict[str, str]
    ) -> None:
        payout = make()
        assert send(operator, payout, "fail", **fields).context["form"].errors
        assert stored(payout).status == "NEW"

    def test_writes_a_reason_of_several_lines_as_one(self, operator: Client, make: Any) -> None:
        payout = make()
        send(operator, payout, "fail", reason="first\r\nsecond")
        assert stored(payout).failure_reason == "first second"

    @pytest.mark.parametrize("resolution", ["", "LOST"])
    def test_asks_what_is_known(self, operator: Client, make: Any, resolution: str) -> None:
        payout = make()
        change(payout, **IN_REVIEW)
        page = send(operator, payout, "resolve", resolution=resolution)
        assert "resolution" in page.context["form"].errors
        assert stored(payout).needs_review


class TestPage:
    def test_says_what_will_happen(self, operator: Client, make: Any) -> None:
        payout = make()
        page = text_of(operator.get(address(payout, "fail")))
        assert "will become FAILED. The bank will not be asked again. This cannot be undone" in page
        assert "The bank may have the order" not in page

    def test_warns_if_the_bank_may_pay_it_yet(self, operator: Client, make: Any) -> None:
        payout = make()
        wait(payout)
        page = text_of(operator.get(address(payout, "fail")))
        assert "The bank may have the order" in page

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("complete", "A payout that is NEW cannot become COMPLETED."),
            ("resolve", "A payout that is NEW cannot become RETRY."),
            ("try-now", "it is due already"),
        ],
    )
    def test_says_why_the_state_does_not_allow_it(
        self, operator: Client, make: Any, name: str, why: str
    ) -> None:
        payout = make()
        response = operator.get(address(payout, name))
        assert why in text_of(response)
        assert "<form method" not in response.content.decode().partition('id="content"')[2]
        assert why in text_of(send(operator, payout, name, resolution="RETRY"))

    def test_shows_a_deleted_payout_as_such(self, operator: Client, make: Any) -> None:
        payout = make()
        send(operator, payout, "delete")
        assert "This payout is deleted" in text_of(operator.get(address(payout, "fail")))
        assert send(operator, payout, "fail").status_code == 200

    @pytest.mark.parametrize("of", ["0", "x", "9" * 40, "999999"])
    def test_is_missing_for_what_is_no_payout(self, operator: Client, of: str) -> None:
        for name in ACTION_NAMES:
            assert operator.get(f"/console/payouts/payout/{of}/{name}/").status_code == 404


class TestTwoOperators:
    def test_the_second_is_told_what_the_payout_is_now(self, make: Any) -> None:
        payout = make()
        first, second = client_of(Role.OPERATOR), client_of(Role.ADMINISTRATOR)
        when_opened = seen(payout)
        send(first, payout, "take-over")
        response = send(second, payout, "fail", seen_updated_at=when_opened)
        page = text_of(response)
        assert "operator has changed this payout since you opened the page" in page
        assert "A person handles it since" in page
        assert stored(payout).status == "PROCESSING"
        # The form that came back names the new state, so that the second may decide again.
        assert f'value="{seen(payout)}"' in page
        send(second, payout, "fail")
        assert stored(payout).status == "FAILED"

    def test_a_worker_that_claims_it_is_a_change_too(self, operator: Client, make: Any) -> None:
        payout = make()
        when_opened = seen(payout)
        DatabasePayouts().claim(payout_id=payout.id, lease_seconds=60)
        page = text_of(send(operator, payout, "delete", seen_updated_at=when_opened))
        assert "The service has changed this payout" in page

    @pytest.mark.parametrize("name", ["take-over", "fail", "delete", "complete", "try-now"])
    def test_a_form_that_is_sent_twice_changes_it_once(
        self, operator: Client, make: Any, name: str
    ) -> None:
        payout = make()
        if name in {"complete", "try-now"}:
            wait(payout)
        when_opened = seen(payout)
        assert send(operator, payout, name, seen_updated_at=when_opened).status_code == 302
        events = Event.objects.filter(payout_id=payout.id).count()
        again = send(operator, payout, name, seen_updated_at=when_opened)
        assert again.context["form"].non_field_errors()
        assert Event.objects.filter(payout_id=payout.id).count() == events
