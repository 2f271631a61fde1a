"""The service's processes, started for the tests and ended by their ids."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

import httpx

BANK_TOKEN = "token-of-the-tests"
SECRET_KEY = "not-a-secret-but-long-enough-to-be-taken-for-one-0123456789"


def eventually[Value](ask: Callable[[], Value], *, within_seconds: float = 20) -> Value:
    """Ask again and again until the answer is truthy; fail with the last answer."""
    ends_at = monotonic() + within_seconds
    while not (answer := ask()):
        if monotonic() > ends_at:
            raise AssertionError(f"not within {within_seconds} s; last answer: {answer!r}")
        sleep(0.02)
    return answer


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


@dataclass
class Process:
    """A child in a process group of its own, so that its own children end with it."""

    child: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, arguments: list[str], *, log: Path, environment: dict[str, str]) -> Self:
        with log.open("ab") as output:
            child = subprocess.Popen(
                arguments,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        return cls(child, log)

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.child.pid, number)

    def stop(self, *, within_seconds: float = 20) -> None:
        if self.child.poll() is None:
            os.kill(self.child.pid, signal.SIGTERM)
        try:
            self.child.wait(within_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        try:
            self.signal(signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait(10)


@dataclass
class Redis:
    directory: Path
    port: int
    process: Process | None = None

    @classmethod
    @contextmanager
    def start(cls, directory: Path) -> Iterator[Self]:
        server = cls(directory, free_port())
        server.up()
        try:
            yield server
        finally:
            server.thaw()
            server.kill()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def up(self) -> None:
        """Start it, empty, unless it runs."""
        if self.process:
            return
        binary = shutil.which("redis-server") or str(Path(sys.executable).parent / "redis-server")
        self.process = Process.start(
            [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", "."],
            log=self.directory / "redis.log",
            environment=dict(os.environ),
        )
        eventually(self._accepts)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process = None

    def freeze(self) -> None:
        assert self.process
        self.process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self.process:
            self.process.signal(signal.SIGCONT)

    def _accepts(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0


@dataclass
class Service:
    """Web, worker, beat and bank; `user` and `staff` are clients with their tokens."""

    home: Path
    environment: dict[str, str]
    web_url: str
    bank_url: str
    processes: dict[str, Process] = field(default_factory=dict)
    user: httpx.Client = field(default_factory=httpx.Client)
    staff: httpx.Client = field(default_factory=httpx.Client)

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
                "SECRET_KEY": SECRET_KEY,
                "PORT": str(web_port),
                "HOST": "127.0.0.1",
                "LOG_FORMAT": "json",
                "LOG_LEVEL": "INFO",
                "WORKER_CONCURRENCY": "2",
                "BEHIND_TLS_PROXY": "false",
            },
            web_url=f"http://127.0.0.1:{web_port}",
            bank_url=f"http://127.0.0.1:{bank_port}",
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
        command = str(Path(sys.executable).parent / "payouts")
        options = ["--port", self.bank_url.rpartition(":")[2]] if name == "bank" else []
        self.processes[name] = Process.start(
            [command, name, *options], log=self.home / f"{name}.log", environment=self.environment
        )
        return self.processes[name]

    def wait_until_ready(self) -> None:
        eventually(lambda: answers(f"{self.bank_url}/health"))
        eventually(lambda: answers(f"{self.web_url}/health/ready/"))

    def stop(self) -> None:
        for process in self.processes.values():
            process.stop()
        self.user.close()
        self.staff.close()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `payouts` command to its end."""
        command = str(Path(sys.executable).parent / "payouts")
        return subprocess.run(
            [command, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def make_users(self) -> None:
        self.user.close()
        self.staff.close()
        self.user = self._client("ursula", staff=False)
        self.staff = self._client("stefan", staff=True)

    def _client(self, username: str, *, staff: bool) -> httpx.Client:
        from django.contrib.auth.models import User
        from knox.models import AuthToken

        user = User.objects.create_user(username, is_staff=staff)
        token = AuthToken.objects.create(user=user)[1]
        return httpx.Client(
            base_url=self.web_url, headers={"Authorization": f"Bearer {token}"}, timeout=15
        )

    def make_recipient(self, **fields: Any) -> dict[str, Any]:
        body = {
            "type": "INDIVIDUAL",
            "name": "Ann Example",
            "account_number": "GB29NWBK60161331926819",
        }
        answer = self.staff.post("/api/recipients/", json=body | fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def make_payout(self, **fields: Any) -> dict[str, Any]:
        answer = self.user.post("/api/payouts/", json=fields)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def payout(self, payout_id: int) -> dict[str, Any]:
        answer = self.user.get(f"/api/payouts/{payout_id}/")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait_for(
        self, payout_id: int, status: str, *, within_seconds: float = 30
    ) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            payout = self.payout(payout_id)
            return payout if payout["status"] == status else None

        return eventually(reached, within_seconds=within_seconds)

    def ledger(self) -> list[dict[str, Any]]:
        answer = httpx.get(
            f"{self.bank_url}/v1/ledger", headers={"Authorization": f"Bearer {BANK_TOKEN}"}
        )
        return list(answer.json()["transfers"])
