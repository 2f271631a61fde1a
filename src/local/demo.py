"""`payouts up --demo`: recipients, users to try it with, and a first payout on screen."""

import json
import secrets
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from local.client import Client, UnexpectedResponseError
from local.demo_accounts import (
    ADMINISTRATOR,
    CLIENT,
    INTEGRATOR,
    OPERATOR,
    OTHERS_OF_THE_CONSOLE,
    DemoAccounts,
)
from local.errors import LocalError
from local.screen import Screen

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
class Demo:
    """Shows the service at work, over HTTP like any client."""

    base_url: str
    home: Path
    screen: Screen
    # Called while waiting; it may raise to end the demo.
    pause: Callable[[], None]

    def run(self) -> None:
        """Show how to use the service; in a database without payouts, make one and follow it."""
        try:
            recipient_ids = self._ensure_recipients()
            self._show_accounts(recipient_ids)
            if not self._client.get("/api/payouts/?page_size=1")["results"]:
                self._follow(self._create_payout(recipient_ids[0]))
        except UnexpectedResponseError as error:
            raise LocalError(f"the demo failed: {error}") from error

    @property
    def _accounts(self) -> DemoAccounts:
        return DemoAccounts.read(self.home)

    @property
    def _client(self) -> Client:
        return Client(self.base_url, self._accounts.tokens[CLIENT])

    def _ensure_recipients(self) -> list[int]:
        integrator = Client(self.base_url, self._accounts.tokens[INTEGRATOR])
        known = {
            recipient["name"]: recipient["id"]
            for recipient in integrator.get("/api/recipients/?page_size=100")["results"]
        }
        return [
            known.get(recipient["name"]) or integrator.post("/api/recipients/", recipient)["id"]
            for recipient in RECIPIENTS
        ]

    def _show_accounts(self, recipient_ids: list[int]) -> None:
        accounts = self._accounts
        self.screen.table(
            "To try it",
            {
                "demo's token (client)": accounts.tokens[CLIENT],
                "integrator's token": accounts.tokens[INTEGRATOR],
                "operator's token (staff)": accounts.tokens[OPERATOR],
                "administrator's token": accounts.tokens[ADMINISTRATOR],
                "console login": f"{OPERATOR} / {accounts.password}",
                "the same password": ", ".join(OTHERS_OF_THE_CONSOLE),
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
            f"  -H {shlex.quote(f'Authorization: Bearer {self._accounts.tokens[CLIENT]}')} \\\n"
            "  -H 'Content-Type: application/json' \\\n"
            f"  -d {shlex.quote(json.dumps(body))}\n"
        )

    def _create_payout(self, recipient_id: int) -> int:
        body = {
            "recipient_id": recipient_id,
            "amount": "100.00",
            "currency": "EUR",
            "idempotency_key": f"demo-{secrets.token_hex(8)}",
        }
        payout = self._client.post("/api/payouts/", body)
        who = payout["recipient_name_snapshot"]
        self.screen.title(
            f"Payout {payout['id']}: {payout['amount']} {payout['currency']} to {who}"
        )
        return int(payout["id"])

    def _follow(self, payout_id: int) -> None:
        shown = 0
        deadline = time.monotonic() + FOLLOW_LIMIT_SECONDS
        while time.monotonic() < deadline:
            events = self._client.get(f"/api/payouts/{payout_id}/events/")["results"]
            for event in events[shown:]:
                self._show_event(event)
            shown = len(events)
            if events and events[-1]["to_status"] in FINAL_STATUSES:
                return
            self.pause()
        message = f"payout {payout_id} has no final status after {FOLLOW_LIMIT_SECONDS:.0f} s"
        self.screen.warn(f"{message}; read worker.log")

    def _show_event(self, event: dict[str, Any]) -> None:
        at = datetime.fromisoformat(event["at"]).astimezone().strftime("%H:%M:%S.%f")[:-3]
        self.screen.event(at, event["type"], event["to_status"] or "", event["actor"])
