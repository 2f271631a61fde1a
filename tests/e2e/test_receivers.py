"""The receivers of docs/examples verify signatures, and tolerate duplicates and reordering."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook
from tests.running import Process, eventually, free_port, http_client

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SECRET = "whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLg=="


@dataclass
class Receiver:
    client: httpx.Client
    process: Process

    def send(self, sequence: int, type_: str, status: str, *, secret: str = SECRET) -> int:
        body = json.dumps(
            {"type": type_, "timestamp": "2026-11-25T10:00:00Z"} | _data(sequence, status)
        )
        id_, now = f"evt_{sequence}", datetime.now(UTC)
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(id_, now, body),
            "content-type": "application/json",
        }
        return self.client.post("/", content=body, headers=headers).status_code

    def printed(self) -> list[str]:
        return [line for line in self.process.log.read_text().splitlines() if "payout 7:" in line]

    def is_up(self) -> bool:
        try:
            return self.client.get("/").status_code == 405
        except httpx.HTTPError:
            return False


def _data(sequence: int, status: str) -> dict[str, Any]:
    return {"data": {"payout_id": 7, "sequence": sequence, "status": status}}


@pytest.fixture(params=["python", "javascript"])
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Receiver]:
    port = free_port()
    command, environment = (_flask if request.param == "python" else _node)(tmp_path, port)
    process = Process.start(
        command,
        log=tmp_path / "receiver.log",
        environment={**os.environ, "WEBHOOK_SECRET": SECRET} | environment,
    )
    try:
        with http_client(base_url=f"http://127.0.0.1:{port}") as client:
            receiver = Receiver(client, process)
            eventually(receiver.is_up)
            yield receiver
    finally:
        process.stop()


def _flask(directory: Path, port: int) -> tuple[list[str], dict[str, str]]:
    command = [sys.executable, "-m", "flask", "--app", str(EXAMPLES / "receiver.py"), "run"]
    environment = {"RECEIVER_DATABASE": str(directory / "receiver.sqlite3")}
    return [*command, "--port", str(port)], environment


def _node(directory: Path, port: int) -> tuple[list[str], dict[str, str]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        pytest.skip("no Node.js here")
    shutil.copy(EXAMPLES / "receiver.mjs", directory)
    install = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "standardwebhooks@1"]
    done = subprocess.run(
        install, cwd=directory, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"npm could not install standardwebhooks: {done.stderr.strip()[-200:]}")
    return [node, str(directory / "receiver.mjs")], {"PORT": str(port)}


def test_takes_the_newest_state_whatever_the_order(receiver: Receiver) -> None:
    assert receiver.send(12, "payout.processing", "PROCESSING") == 204
    assert receiver.send(15, "payout.completed", "COMPLETED") == 204
    assert receiver.send(11, "payout.created", "NEW") == 204
    assert receiver.send(15, "payout.completed", "COMPLETED") == 204

    assert eventually(lambda: receiver.printed() if len(receiver.printed()) == 4 else None) == [
        "payout 7: payout.processing: PROCESSING",
        "payout 7: payout.completed: COMPLETED",
        "payout 7: payout.created: nothing new",
        "payout 7: payout.completed: nothing new",
    ]


def test_refuses_a_wrong_signature(receiver: Receiver) -> None:
    assert receiver.send(12, "payout.created", "NEW", secret="whsec_" + "b" * 32) == 400
    assert receiver.printed() == []
