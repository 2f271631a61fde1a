"""The whole service as processes: web, worker, beat and sandbox bank."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self
from uuid import uuid4

import httpx
from tests.redis_server import Redis
from tests.running import Process, answers, eventually, free_port, http_client

BANK_TOKEN = "token-of-the-tests"
SECRET_KEY = "not-a-secret-but-long-enough-to-be-taken-for-one-0123456789"
COMMAND = str(Path(sys.executable).parent / "payouts")
# Enough for a machine that is busy with other work.
START_SECONDS = 60
CALLBACK_SECRET = "whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLg=="
JSON = {"Content-Type": "application/json"}


def new_key() -> str:
    return f"key-{uuid4().hex}"


def order(recipient_id: int, **fields: Any) -> dict[str, Any]:
    """Return the body of a request for a payout, with a key of its own."""
    return {
        "recipient_id": recipient_id,
        "amount": "10.00",
        "currency": "USD",
        "idempotency_key": new_key(),
    } | fields


@dataclass
class Service:
    """Web, worker, beat and bank.

    `user` and `staff` send the tokens of a user with the role client, and of an administrator.
    """

    home: Path
    environment: dict[str, str]
    web_url: str
    bank_url: str
    redis: Redis
    processes: dict[str, Process] = field(default_factory=dict)
    user: httpx.Client = field(default_factory=http_client)
    staff: httpx.Client = field(default_factory=http_client)

    @classmethod
    @contextmanager
    def start(cls, *, home: Path, database_url: str, redis: Redis) -> Iterator[Self]:
        web_port, bank_port = free_port(), free_port()
        service = cls(
            home=home,
            environment={
                **os.environ,
                "PAYOUTS_HOME": str(home),
                "DATABASE_URL": database_url,
                "REDIS_URL": redis.url,
                "CELERY_BROKER_URL": redis.url.replace("/0", "/1"),
                "BANK_URL": f"http://127.0.0.1:{bank_port}",
                "BANK_TOKEN": BANK_TOKEN,
                "BANK_CALLBACK_URL": f"http://127.0.0.1:{web_port}/api/bank/callbacks/",
                "BANK_CALLBACK_SECRET": CALLBACK_SECRET,
                "SECRET_KEY": SECRET_KEY,
                "PORT": str(web_port),
                "HOST": "127.0.0.1",
                "LOG_FORMAT": "json",
                "LOG_LEVEL": "INFO",
                "WORKER_CONCURRENCY": "2",
                "BEHIND_TLS_PROXY": "false",
                "PAYOUTS_ENVIRONMENT": "sandbox",
                "METRICS_DIR": str(home / "metrics"),
                "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            },
            web_url=f"http://127.0.0.1:{web_port}",
            bank_url=f"http://127.0.0.1:{bank_port}",
            redis=redis,
        )
        with ExitStack() as stack:
            stack.callback(service.stop)
            for name in ("bank", "web", "worker", "beat"):
                service.up(name)
            service.wait_until_ready()
            yield service

    def up(self, name: str) -> Process:
        """Start `payouts NAME`, unless it runs."""
        running = self.processes.get(name)
        if running and running.child.poll() is None:
            return running
        options = ["--port", self.bank_url.rpartition(":")[2]] if name == "bank" else []
        self.processes[name] = self._start(name, *options)
        return self.processes[name]

    def stop_workers(self) -> None:
        for name in ("beat", "worker"):
            self.processes[name].stop()

    def start_workers(self) -> None:
        for name in ("beat", "worker"):
            self.up(name)

    def wait_until_ready(self) -> None:
        for address in (f"{self.bank_url}/health", f"{self.web_url}/health/ready/"):
            eventually(partial(answers, address), within_seconds=START_SECONDS)

    def stop(self) -> None:
        for process in self.processes.values():
            process.stop()
        self.user.close()
        self.staff.close()

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Freeze a process. Requests to it wait."""
        with self.processes[name].frozen():
            yield

    @contextmanager
    def outage(self, kind: Literal["killed", "frozen"]) -> Iterator[None]:
        """Take Redis away, then bring it back and wait until every process has noticed."""
        try:
            with self.redis.killed() if kind == "killed" else self.redis.frozen():
                yield
        finally:
            eventually(self._has_recovered)

    def _has_recovered(self) -> bool:
        # Celery's worker exits when the broker disappears before a message is acknowledged. In
        # production a supervisor starts it again.
        self.up("worker")
        # Each web process finds out by itself. Twelve connections are enough to reach each of them.
        with self.users(12) as clients:
            seen = [client.get("/health/").json() for client in clients]
        usable = [health["redis"] and health["broker"] for health in seen]
        return all(usable) and self.redis.has_listener()

    @contextmanager
    def another_web(self, **environment: str) -> Iterator[str]:
        """Start a second web server with its own environment; yield its address."""
        port = free_port()
        process = self._start("web", log=f"web-{port}", PORT=str(port), **environment)
        try:
            address = f"http://127.0.0.1:{port}"
            eventually(partial(answers, f"{address}/health/live/"), within_seconds=START_SECONDS)
            yield address
        finally:
            process.stop()

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a `payouts` command to its end."""
        return subprocess.run(
            [COMMAND, *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def make_users(self) -> None:
        self.user.close()
        self.staff.close()
        self.user = self.make_client("ursula", role="client")
        self.staff = self.make_client("stefan", role="administrator")

    def make_client(self, username: str, role: str = "client") -> httpx.Client:
        """Make a user with this role and a token, and return a client that sends it."""
        from tests.users import make_token, make_user

        return self.client(**make_token(make_user(username, role))[1])

    def client(self, **headers: str) -> httpx.Client:
        return http_client(base_url=self.web_url, headers=headers)

    @contextmanager
    def users(self, count: int) -> Iterator[list[httpx.Client]]:
        """Open this many connections of the user, to whichever web processes accept them."""
        token = self.user.headers["Authorization"]
        with ExitStack() as stack:
            clients = [stack.enter_context(self.client(Authorization=token)) for _ in range(count)]
            for client in clients:
                client.get("/health/live/")
            yield clients

    def make_recipient(self, **fields: Any) -> dict[str, Any]:
        body = {
            "type": "INDIVIDUAL",
            "name": "Ann Example",
            "account_number": "GB29NWBK60161331926819",
        }
        answer = self.staff.post("/api/recipients/", json=body | fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def make_payout(self, recipient_id: int | None = None, **fields: Any) -> dict[str, Any]:
        """Make a payout, to a new recipient if none is named."""
        recipient_id = recipient_id or self.make_recipient()["id"]
        answer = self.user.post("/api/payouts/", json=order(recipient_id, **fields))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def payout(self, payout_id: int) -> dict[str, Any]:
        answer = self.user.get(f"/api/payouts/{payout_id}/")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def events(self, payout_id: int) -> list[dict[str, Any]]:
        answer = self.user.get(f"/api/payouts/{payout_id}/events/")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"])

    def move(self, payout_id: int, status: str, **fields: str) -> httpx.Response:
        """Let staff change the status."""
        return self.staff.patch(f"/api/payouts/{payout_id}/", json={"status": status} | fields)

    def wait_for(
        self, payout_id: int, status: str, *, within_seconds: float = 30
    ) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            payout = self.payout(payout_id)
            return payout if payout["status"] == status else None

        return eventually(reached, within_seconds=within_seconds)

    def health(self) -> dict[str, Any]:
        with self.client() as anyone:
            return dict(anyone.get("/health/").json())

    def transfers(self, payout: dict[str, Any]) -> list[dict[str, Any]]:
        """Return every transfer that the bank made for this payout."""
        return [paid for paid in self.ledger() if paid["reference"] == payout["reference"]]

    def ledger(self) -> list[dict[str, Any]]:
        token = {"Authorization": f"Bearer {BANK_TOKEN}"}
        with http_client(base_url=self.bank_url, headers=token) as bank:
            return list(bank.get("/v1/ledger").json()["transfers"])

    def log_lines(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of a process so far, without other output between them."""
        text = (self.home / f"{name}.log").read_text(errors="replace")
        whole = [line for line in text.splitlines() if line.startswith("{") and line.endswith("}")]
        return [json.loads(line) for line in whole]

    def _start(self, name: str, *options: str, log: str = "", **environment: str) -> Process:
        return Process.start(
            [COMMAND, name, *options],
            log=self.home / f"{log or name}.log",
            environment=self.environment | environment,
        )
