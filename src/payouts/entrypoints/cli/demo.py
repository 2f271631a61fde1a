"""`payouts up --demo`: people to pay, accounts to try it with, and one payout on screen."""

import json
import secrets
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devstack.errors import DevstackError
from payouts.entrypoints.cli.local_http import Client, UnexpectedAnswerError
from payouts.entrypoints.cli.screen import Screen

FOLLOW_LIMIT_SECONDS = 30.0
FINAL_STATUSES = {"COMPLETED", "FAILED"}
RECIPIENTS = (
    {
        "type": "INDIVIDUAL",
        "name": "Ada Lovelace",
        "account_number": "GB82WEST12345698765432",
        "bank_code": "WESTGB2L",
        "country": "GB",
    },
    {
        "type": "BUSINESS",
        "name": "Kyiv Bakery LLC",
        "account_number": "UA213223130000026007233566001",
        "country": "UA",
    },
    # The sandbox bank refuses accounts that end in a reason code; AC04: the account is closed.
    {"type": "INDIVIDUAL", "name": "Charlie Closed", "account_number": "DEMO-0001-AC04"},
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """What one needs to call the service as the demonstration's users."""

    demo_token: str
    operator_token: str
    operator_password: str

    @classmethod
    def parse(cls, text: str) -> "Accounts":
        """Read what `payouts demo-accounts` printed."""
        data = json.loads(text)
        return cls(data["demo"], data["operator"], data["password"])


@dataclass(frozen=True, slots=True)
class Demo:
    """Shows the service at work, over HTTP like any client."""

    base_url: str
    accounts: Accounts
    screen: Screen
    # Called while waiting; it may raise to end the demonstration.
    pause: Callable[[], None]

    def run(self) -> None:
        try:
            recipient_ids = self._ensure_recipients()
            self._show_accounts(recipient_ids)
            self._follow(self._create_payout(recipient_ids[0]))
        except UnexpectedAnswerError as error:
            raise DevstackError(f"the demonstration failed: {error}") from error

    def _ensure_recipients(self) -> list[int]:
        operator = Client(self.base_url, self.accounts.operator_token)
        known = {
            recipient["name"]: recipient["id"]
            for recipient in operator.get("/api/recipients/?page_size=100")["results"]
        }
        return [
            known.get(recipient["name"]) or operator.post("/api/recipients/", recipient)["id"]
            for recipient in RECIPIENTS
        ]

    def _show_accounts(self, recipient_ids: list[int]) -> None:
        self.screen.table(
            "To try it",
            {
                "demo's token": self.accounts.demo_token,
                "operator's token (staff)": self.accounts.operator_token,
                "console login": f"operator / {self.accounts.operator_password}",
                "recipients": self._describe(recipient_ids),
            },
        )
        self.screen.plain(self._curl(recipient_ids[0]))

    @staticmethod
    def _describe(recipient_ids: list[int]) -> str:
        numbered = zip(recipient_ids, RECIPIENTS, strict=True)
        names = ", ".join(f"{id_} {recipient['name']}" for id_, recipient in numbered)
        return f"{names} (refused by the bank)"

    def _curl(self, recipient_id: int) -> str:
        body = {
            "recipient_id": recipient_id,
            "amount": "25.00",
            "currency": "EUR",
            "idempotency_key": f"try-{secrets.token_hex(6)}",
        }
        return (
            f"curl -i {self.base_url}/api/payouts/ \\\n"
            f"  -H {shlex.quote(f'Authorization: Bearer {self.accounts.demo_token}')} \\\n"
            "  -H 'Content-Type: application/json' \\\n"
            f"  -d {shlex.quote(json.dumps(body))}\n"
        )

    def _create_payout(self, recipient_id: int) -> int:
        client = Client(self.base_url, self.accounts.demo_token)
        body = {
            "recipient_id": recipient_id,
            "amount": "100.00",
            "currency": "EUR",
            "idempotency_key": f"demo-{secrets.token_hex(8)}",
        }
        payout = client.post("/api/payouts/", body)
        who = payout["recipient_name_snapshot"]
        self.screen.title(
            f"Payout {payout['id']}: {payout['amount']} {payout['currency']} to {who}"
        )
        return int(payout["id"])

    def _follow(self, payout_id: int) -> None:
        client = Client(self.base_url, self.accounts.demo_token)
        shown = 0
        deadline = time.monotonic() + FOLLOW_LIMIT_SECONDS
        while time.monotonic() < deadline:
            events = client.get(f"/api/payouts/{payout_id}/events/")["results"]
            for event in events[shown:]:
                self._show_event(event)
            shown = len(events)
            if events and events[-1]["to_status"] in FINAL_STATUSES:
                return
            self.pause()
        message = (
            f"payout {payout_id} was not brought to an end within {FOLLOW_LIMIT_SECONDS:.0f} s"
        )
        self.screen.warn(f"{message}; read worker.log")

    def _show_event(self, event: dict[str, Any]) -> None:
        at = datetime.fromisoformat(event["at"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
        self.screen.event(at, event["type"], event["to_status"] or "", event["actor"])
