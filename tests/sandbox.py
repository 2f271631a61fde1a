"""Starts the sandbox bank as a process, for tests that use it over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from tests.running import eventually

TOKEN = "a-token-for-tests"
LIMIT_SECONDS = 15


@dataclass
class Bank:
    """A running bank and a client of it."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int
    client: httpx.Client

    def post(self, order: dict[str, Any], **headers: str) -> httpx.Response:
        return self.client.post(
            "/v1/transfers",
            json=order,
            headers={"Idempotency-Key": str(order["reference"]), **headers},
        )

    def post_impatiently(self, order: dict[str, Any]) -> httpx.Response:
        """Wait for half a second only."""
        return self.client.post(
            "/v1/transfers",
            json=order,
            headers={"Idempotency-Key": str(order["reference"])},
            timeout=0.5,
        )

    def look_up(self, order: dict[str, Any]) -> httpx.Response:
        return self.client.get(f"/v1/transfers/{order['reference']}")

    def ledger(self) -> dict[str, Any]:
        return dict(self.client.get("/v1/ledger").json())

    def entries(self, order: dict[str, Any]) -> list[dict[str, str]]:
        return [
            entry
            for entry in self.ledger()["transfers"]
            if entry["reference"] == order["reference"]
        ]

    def lines(self) -> list[dict[str, Any]]:
        return read_log(self.log)

    def find_line(self, **facts: object) -> dict[str, Any] | None:
        """Find a line of the log with all of these facts."""
        return next((line for line in self.lines() if facts.items() <= line.items()), None)

    def end(self, signal_number: int) -> int:
        self.process.send_signal(signal_number)
        return self.process.wait(LIMIT_SECONDS)


def read_log(path: Path) -> list[dict[str, Any]]:
    # The last line may be half written yet.
    whole = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [json.loads(line) for line in whole]


def make_order(account: str = "DE00 1234", **fields: Any) -> dict[str, Any]:
    return {
        "reference": uuid4().hex,
        "amount": "100.00",
        "currency": "EUR",
        "creditor": {"name": "Ann Example", "account": account, "agent": "BANKCODE"},
        **fields,
    }


def launch(
    ledger: Path,
    log: Path,
    variables: Mapping[str, str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
) -> subprocess.Popen[bytes]:
    options = ["--host", host, "--port", str(port), "--ledger", str(ledger)]
    command = [sys.executable, "-m", "sandbox_bank", *options]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BANK_")}
    environment = {**inherited, "LOG_FORMAT": "json", "LOG_LEVEL": "INFO", **variables}
    with log.open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)


@contextmanager
def running_bank(directory: Path, *, host: str = "127.0.0.1", **variables: str) -> Iterator[Bank]:
    log = directory / f"{uuid4().hex}.log"
    settings = {"BANK_TOKEN": TOKEN, **variables}
    process = launch(directory / "ledger.sqlite3", log, settings, host=host)

    def find_port() -> int | None:
        assert process.poll() is None, log.read_text()
        return next((line["port"] for line in read_log(log)), None)

    try:
        port = eventually(find_port)
        with httpx.Client(
            base_url=f"http://{f'[{host}]' if ':' in host else host}:{port}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            limits=httpx.Limits(max_connections=50),
            timeout=LIMIT_SECONDS,
        ) as client:
            assert client.get("/health").status_code == 200
            yield Bank(process, log, port, client)
    finally:
        process.kill()
        process.wait(LIMIT_SECONDS)
