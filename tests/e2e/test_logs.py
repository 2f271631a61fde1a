"""The logs of all processes: what they contain, and what they must never contain."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from django.contrib.auth.models import User
from django.db import connection
from tests.problems import expect_problem
from tests.running import eventually
from tests.service import JSON, Service, order
from tests.wire import send

PASSWORD = "a long password of the tests"
# Unlike anything else, an IBAN and a local number; the last four characters may be shown.
IBAN = "SE3550000000054910000003"
LOCAL = "ZQ-7719-4402-3381"
WRONG_IBAN = "SE3650000000054910000003"
SECRETS = [number[:-4] for number in (IBAN, LOCAL, WRONG_IBAN)]


def lines_of(service: Service, *names: str) -> list[dict[str, Any]]:
    lines = [line for name in names for line in service.log_lines(name)]
    return sorted(lines, key=lambda line: str(line.get("at", "")))


def expect_no_secret(service: Service) -> None:
    logs = [path for path in service.home.rglob("*") if path.suffix == ".log"]
    logs += list(service.redis.directory.glob("*.log"))
    assert {"web.log", "worker.log", "beat.log", "bank.log"} <= {path.name for path in logs}
    for path in logs:
        text = path.read_text(errors="replace")
        for secret in SECRETS:
            digits = re.sub(r"\W", "", secret)
            for form in (secret, secret.lower(), digits, quote(secret), " ".join(secret)):
                assert form not in text, f"{form} in {path.name}"


@contextmanager
def refusing(condition: str) -> Iterator[None]:
    """Let the database refuse rows by a constraint that the service does not know."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"ALTER TABLE payouts_payout ADD CONSTRAINT of_a_test CHECK (NOT ({condition}))"
        )
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE payouts_payout DROP CONSTRAINT of_a_test")


class TestAccountNumber:
    def test_is_in_no_log_of_successful_and_failed_payouts(self, service: Service) -> None:
        for account, status in (
            (IBAN, "COMPLETED"),
            (LOCAL, "COMPLETED"),
            (f"{LOCAL}AC04", "FAILED"),
            (f"{LOCAL}FLAKY", "PROCESSING"),
            (f"{LOCAL}GARBLED", "PROCESSING"),
            (f"{LOCAL}MISMATCH", "PROCESSING"),
        ):
            recipient_id = service.make_recipient(account_number=account)["id"]
            payout_id = service.make_payout(recipient_id)["id"]
            service.wait_for(payout_id, status)
            eventually(partial(self.has_been_answered, service, payout_id))
        expect_no_secret(service)

    def has_been_answered(self, service: Service, payout_id: int) -> bool:
        return len(service.events(payout_id)) > 2

    @pytest.mark.parametrize("number", [IBAN, LOCAL, WRONG_IBAN])
    def test_is_in_no_log_of_requests_with_it_in_wrong_places(
        self, service: Service, number: str
    ) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            body = order(payout["recipient_id"])
            for field in (*body, number):
                service.user.post("/api/payouts/", json=body | {field: number})
            for field in ("type", "bank_code", "country", "is_active", number):
                recipient = {"type": "BUSINESS", "name": "B", "account_number": number}
                service.staff.post("/api/recipients/", json=recipient | {field: [number]})
            service.staff.post("/api/recipients/", json=recipient | {"account_number": WRONG_IBAN})
            service.user.post("/api/payouts/", content=f'{{"{number}": ', headers=JSON)
            service.user.post("/api/payouts/", content=number)
            for path in (
                f"/api/payouts/{number}/",
                f"/api/recipients/{number}/",
                f"/{number}",
                f"/console/payouts/recipient/{number}/change/",
                f"/static/{number}",
                *(f"/api/payouts/?{name}={number}" for name in ("status", "cursor", "x", number)),
            ):
                service.staff.get(path)
            for header in ("Host", "User-Agent", "Idempotency-Key", "Content-Type", "Cookie"):
                send(service.web_url, "POST", "/api/payouts/", [(header, number)], b"{}")
            send(service.web_url, "GET", "/api/payouts/", [("Authorization", f"Bearer {number}")])
            moved = service.move(payout["id"], "FAILED", reason=f"the number is {number}")
            assert moved.json()["failure_reason"] == f"the number is {number}"
        expect_no_secret(service)

    def test_is_in_no_log_of_an_edit_in_the_console(self, service: Service) -> None:
        recipient = service.make_recipient(account_number=LOCAL)
        User.objects.create_superuser("olga", password=PASSWORD)
        with service.client() as browser:
            log_in(browser)
            address = f"/console/payouts/recipient/{recipient['id']}/change/"
            for number, status in ((WRONG_IBAN, 200), (IBAN, 302)):
                page = browser.get(address)
                answer = browser.post(
                    address,
                    data={
                        "csrfmiddlewaretoken": token_in(page),
                        "seen_updated_at": hidden_in(page, "seen_updated_at"),
                        "type": "INDIVIDUAL",
                        "name": "Ann Example",
                        "account_number": number,
                    },
                )
                assert answer.status_code == status
            assert browser.get(f"/console/payouts/recipient/?q={IBAN}").status_code == 200
        changed = service.user.get(f"/api/recipients/{recipient['id']}/").json()
        assert changed["account_number"] == IBAN
        expect_no_secret(service)

    def test_is_in_no_log_of_an_error_of_the_database(self, service: Service) -> None:
        recipient_id = service.make_recipient(account_number=IBAN)["id"]
        with refusing("amount = 666"):
            body = order(recipient_id, amount="666")
            expect_problem(service.user.post("/api/payouts/", json=body), 500, "internal_error")
        with refusing("amount = 667 AND status = 'COMPLETED'"):
            service.make_payout(recipient_id, amount="667")
            eventually(lambda: self.has_traceback(service, "worker"))
        assert self.has_traceback(service, "web")
        expect_no_secret(service)

    def has_traceback(self, service: Service, name: str) -> bool:
        return "of_a_test" in (service.home / f"{name}.log").read_text()


def token_in(page: httpx.Response) -> str:
    return hidden_in(page, "csrfmiddlewaretoken")


def hidden_in(page: httpx.Response, name: str) -> str:
    return str(re.findall(rf'name="{name}" value="([^"]+)"', page.text)[0])


def log_in(browser: httpx.Client) -> None:
    form = {"username": "olga", "password": PASSWORD}
    token = token_in(browser.get("/console/login/"))
    answer = browser.post("/console/login/", data=form | {"csrfmiddlewaretoken": token})
    assert answer.status_code == 302


class TestRequestId:
    def test_is_in_the_logs_of_web_worker_and_bank(self, service: Service) -> None:
        request_id = f"trace-{uuid4().hex}"
        recipient_id = service.make_recipient()["id"]
        payout = service.user.post(
            "/api/payouts/", json=order(recipient_id), headers={"X-Request-ID": request_id}
        ).json()
        service.wait_for(payout["id"], "COMPLETED")

        def events_in(name: str) -> list[str]:
            lines = service.log_lines(name)
            return [line["event"] for line in lines if line.get("request_id") == request_id]

        assert events_in("web") == ["payout.created", "request.finished"]
        steps = ["payout.claimed", "bank.answered", "payout.completed", "task.finished"]
        eventually(lambda: events_in("worker") == steps)
        assert events_in("bank")


class TestEvents:
    def test_have_the_same_names_in_the_history_and_in_the_log(self, service: Service) -> None:
        paid, refused, pending, held = (
            service.make_recipient(account_number=account)["id"]
            for account in ("A-1", "A-1-AC04", "A-1-BUSY", "A-1-HELD")
        )
        payouts = [service.make_payout(recipient)["id"] for recipient in (paid, refused, pending)]
        with service.frozen("worker"):
            manual_action = service.make_payout(held)["id"]
            service.move(manual_action, "PROCESSING")
            service.move(manual_action, "FAILED")
        service.wait_for(payouts[0], "COMPLETED")
        service.wait_for(payouts[1], "FAILED")
        eventually(lambda: service.events(payouts[2])[-1]["type"] == "payout.deferred")

        for payout_id in (*payouts, manual_action):
            history = [event["type"] for event in service.events(payout_id)]
            logged = [
                line["event"]
                for line in lines_of(service, "web", "worker")
                if line.get("payout_id") == payout_id and line["event"].startswith("payout.")
            ]
            assert logged == history

    def test_contain_actor_and_payout(self, service: Service) -> None:
        with service.frozen("worker"):
            payout_id = service.make_payout()["id"]
            service.move(payout_id, "PROCESSING")
        lines = [line for line in service.log_lines("web") if line.get("payout_id") == payout_id]
        events = [(line["event"], line["actor"], line["status"]) for line in lines]
        assert events[0] == ("payout.created", "ursula", "NEW")
        assert ("payout.taken_over", "stefan", "PROCESSING") in events

    def test_of_requests_have_route_status_and_duration(self, service: Service) -> None:
        payout_id = service.make_payout()["id"]
        for path, status in ((f"/api/payouts/{payout_id}/", 200), ("/api/payouts/999999999/", 404)):
            trace = uuid4().hex
            service.user.get(path, headers={"X-Request-ID": trace})
            [line] = [line for line in service.log_lines("web") if line.get("request_id") == trace]
            assert (line["event"], line["method"], line["status"]) == (
                "request.finished",
                "GET",
                status,
            )
            assert line["route"] == "api/payouts/<id:payout_id>/"
            assert line.get("payout_id") == (payout_id if status == 200 else None)
            assert line["duration_ms"] >= 0
