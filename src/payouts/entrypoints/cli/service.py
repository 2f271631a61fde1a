"""The processes of one running service: started in order, watched, ended in order."""

import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from devstack.child import Child
from devstack.errors import DevstackError
from devstack.leftovers import RunRecord, own_record
from devstack.signals import Interruptions
from devstack.store_keeper import StoreKeeper
from devstack.supervisor import Supervisor
from payouts.entrypoints.cli.demo import Accounts, Demo
from payouts.entrypoints.cli.environment import RUN_RECORD, LocalService, is_given
from payouts.entrypoints.cli.local_http import answers_ok
from payouts.entrypoints.cli.screen import Screen

READY_LIMIT_SECONDS = 30.0
MIGRATE_LIMIT_SECONDS = 600.0
PAUSE_SECONDS = 0.05
WILDCARD_HOSTS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  compared, not bound


class InterruptedRunError(Exception):
    """Somebody asked for the end."""


class Service:
    """One run of everything in one home."""

    def __init__(
        self,
        local: LocalService,
        host: str,
        port: int,
        screen: Screen,
        interruptions: Interruptions,
    ) -> None:
        self.url = f"http://{WILDCARD_HOSTS.get(host, host)}:{port}"
        self._home = local.home
        self._listen = ("--host", host, "--port", str(port))
        self._environment = {**local.environment, "PYTHONUNBUFFERED": "1"}
        self._screen = screen
        self._interruptions = interruptions
        self._addresses = {
            "API": f"{self.url}/api/payouts/",
            "Docs": f"{self.url}/api/docs/",
            "Console": f"{self.url}/console/",
            "Health": f"{self.url}/health/",
        }
        self._supervisor = Supervisor(say=screen.warn, changed=self._write_record)
        self._keeper = StoreKeeper(local.stores, say=screen.warn)

    def run(self, *, with_demo: bool) -> None:
        """Start everything and stay until somebody asks for the end."""
        try:
            self._start(with_demo=with_demo)
            self._screen.note("\nCtrl-C ends it; the data stays.")
            while True:
                self.pause()
        except InterruptedRunError:
            self._screen.note("Stopping ...")
        finally:
            # The bank last: what the worker has sent to it should get its answer.
            stages = (("web", "worker", "beat"), ("bank",))
            self._supervisor.stop(*stages, hurried=self._interruptions.hurried)

    def pause(self) -> None:
        """Wait a moment, see to what has happened; raise InterruptedRunError if it is to end."""
        time.sleep(PAUSE_SECONDS)
        if self._interruptions.requested():
            raise InterruptedRunError
        self._supervisor.check()
        self._keeper.check()

    def _start(self, *, with_demo: bool) -> None:
        if not is_given("BANK_URL", self._environment):
            self._start_bank()
        self._finish(self._child("migrate"), MIGRATE_LIMIT_SECONDS)
        self._supervisor.start(
            self._child("web", *self._listen), self._child("worker"), self._child("beat")
        )
        accounts = self._make_accounts() if with_demo else None
        self._wait_for(f"{self.url}/health/ready/", "web")
        logs = {"Logs": str(self._home / "logs")}
        self._screen.table("Payouts is running", self._addresses | logs)
        if accounts:
            Demo(self.url, accounts, self._screen, self.pause).run()

    def _start_bank(self) -> None:
        port = _free_port()
        bank_url = f"http://127.0.0.1:{port}"
        self._environment["BANK_URL"] = bank_url
        if not is_given("BANK_CALLBACK_URL", self._environment):
            self._environment["BANK_CALLBACK_URL"] = f"{self.url}/api/bank/callbacks/"
        token_file = self._home / "bank_token"
        self._addresses["Bank"] = f"{bank_url}/v1/ledger (token: {token_file})"
        ledger = str(self._home / "bank.sqlite3")
        self._supervisor.start(self._child("bank", "--port", str(port), "--ledger", ledger))

    def _make_accounts(self) -> Accounts:
        return Accounts.parse(self._finish(self._child("demo-accounts", captures=True)))

    def _child(self, verb: str, *options: str, captures: bool = False) -> Child:
        return Child(
            verb,
            # -P: a directory in which somebody works must not offer its modules.
            [sys.executable, "-P", "-m", "payouts.entrypoints.cli", verb, *options],
            environment=self._environment,
            log=self._log(verb),
            captures=captures,
        )

    def _finish(self, child: Child, limit_seconds: float = READY_LIMIT_SECONDS) -> str:
        """Run a child to its end and return what it printed, if that is captured."""
        child.start()
        try:
            self._wait(child.has_ended, limit_seconds, f"{child.name} did not end")
        finally:
            status = child.clear()
        if status != 0:
            raise DevstackError(f"{child.name} failed; read {child.log}")
        return child.output

    def _wait_for(self, url: str, name: str) -> None:
        complaint = f"{url} was not answered; read {self._log(name)}; it took longer"
        self._wait(lambda: answers_ok(url), READY_LIMIT_SECONDS, complaint)

    def _wait(self, condition: Callable[[], bool], limit_seconds: float, complaint: str) -> None:
        deadline = time.monotonic() + limit_seconds
        while not condition():
            if time.monotonic() > deadline:
                raise DevstackError(f"{complaint} within {limit_seconds:.0f} s")
            self.pause()

    def _log(self, name: str) -> Path:
        return self._home / "logs" / f"{name}.log"

    def _write_record(self) -> None:
        records = [child.record() for child in self._supervisor.children]
        children = tuple(record for record in records if record)
        bank_url = self._environment.get("BANK_URL", "")  # empty when it comes from BANK_URL_FILE
        record = RunRecord(own_record("up"), bank_url, children)
        with suppress(OSError):  # the home was deleted: nobody will look for a record in it
            record.write(self._home / RUN_RECORD)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
