"""The processes of one running service: started in order, supervised, ended in order."""

import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from local.client import responds_ok
from local.demo import Demo
from local.environment import LocalService, is_given
from local.errors import LocalError
from local.listen_address import ListenAddress
from local.processes.child import Child
from local.processes.orphans import MARKER
from local.processes.signals import Interruptions
from local.processes.supervisor import Supervisor
from local.run_record import RunRecord
from local.screen import Screen
from local.stores.monitor import StoreMonitor

READY_LIMIT_SECONDS = 30.0
MIGRATE_LIMIT_SECONDS = 600.0
PAUSE_SECONDS = 0.05


class StopRequestedError(Exception):
    """A signal has asked for the end."""


class Service:
    """One run of all processes in one home."""

    def __init__(
        self,
        local: LocalService,
        address: ListenAddress,
        screen: Screen,
        interruptions: Interruptions,
    ) -> None:
        self._home = local.home
        self._address = address
        self._environment = {
            **local.environment,
            "PYTHONUNBUFFERED": "1",
            **self._metrics(local.environment),
            MARKER: str(local.home),
        }
        self._screen = screen
        self._interruptions = interruptions
        self._links = {
            "API": f"{address.url}/api/payouts/",
            "Docs": f"{address.url}/api/docs/",
            "Console": f"{address.url}/console/",
            "Health": f"{address.url}/health/",
            "Metrics": f"{address.url}/metrics",
        }
        self._supervisor = Supervisor(report=screen.warn)
        self._monitor = StoreMonitor(local.stores, report=screen.warn)

    def run(self, *, with_demo: bool) -> None:
        """Start everything, then supervise it until a signal asks for the end."""
        try:
            self._start(with_demo=with_demo)
            self._screen.message("\nCtrl-C ends it; the data stays.")
            while True:
                self.pause()
        except StopRequestedError:
            self._screen.message("Stopping ...")
        finally:
            # The bank is last, so that it can answer what the worker has sent.
            stages = (("web", "worker", "beat"), ("bank",))
            self._supervisor.stop(*stages, kill_requested=self._interruptions.kill_requested)

    def pause(self) -> None:
        """Wait a moment and restart what has ended; raise StopRequestedError after a signal."""
        time.sleep(PAUSE_SECONDS)
        if self._interruptions.stop_requested():
            raise StopRequestedError
        self._supervisor.check()
        self._monitor.check()

    def _metrics(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Give all processes one directory for their metrics, which start with each run."""
        if is_given("METRICS_DIR", environment):
            return {}
        directory = self._home / "metrics"
        shutil.rmtree(directory, ignore_errors=True)
        return {"METRICS_DIR": str(directory)}

    def _start(self, *, with_demo: bool) -> None:
        if not is_given("BANK_URL", self._environment):
            self._start_bank()
        # Empty when the address comes from BANK_URL_FILE, which the other commands read too.
        bank_url = self._environment.get("BANK_URL", "")
        RunRecord(os.getpid(), self._address.url, bank_url).write(self._home)
        self._run_to_end(self._child("migrate"), MIGRATE_LIMIT_SECONDS)
        listen = ("--host", self._address.ip, "--port", str(self._address.port))
        self._supervisor.start(
            self._child("web", *listen), self._child("worker"), self._child("beat")
        )
        if with_demo:
            self._run_to_end(self._child("demo-accounts"), READY_LIMIT_SECONDS)
        ready = f"{self._address.url}/health/ready/"
        complaint = f"{ready} did not respond with 200; read {self._log('web')}; it took longer"
        self._wait(lambda: responds_ok(ready), READY_LIMIT_SECONDS, complaint)
        self._screen.table("Payouts is running", self._links | self._hints())
        if with_demo:
            Demo(self._address.url, self._home, self._screen, self.pause).run()

    def _hints(self) -> dict[str, str]:
        return {
            "Logs": str(self._home / "logs"),
            "Other port": 'payouts up --port N, or make run ARGS="--port N"',
            "Start afresh": f"end it, then remove {self._home}",
        }

    def _start_bank(self) -> None:
        port = _free_port()
        bank_url = f"http://127.0.0.1:{port}"
        self._environment["BANK_URL"] = bank_url
        if not is_given("BANK_CALLBACK_URL", self._environment):
            callback_url = f"{self._address.url}/api/bank/callbacks/"
            self._environment["BANK_CALLBACK_URL"] = callback_url
        self._links["Bank"] = f"{bank_url}/v1/ledger (token: {self._home / 'bank_token'})"
        ledger = str(self._home / "bank.sqlite3")
        self._supervisor.start(self._child("bank", "--port", str(port), "--ledger", ledger))

    def _child(self, verb: str, *options: str) -> Child:
        # -P: the working directory must not provide modules.
        command = [sys.executable, "-P", "-m", "payouts.entrypoints.cli", verb, *options]
        return Child(verb, command, environment=self._environment, log=self._log(verb))

    def _run_to_end(self, child: Child, limit_seconds: float) -> None:
        child.start()
        try:
            self._wait(child.has_ended, limit_seconds, f"{child.name} did not end")
        finally:
            status = child.clear()
        if status != 0:
            raise LocalError(f"{child.name} failed: {child.last_line()}; read {child.log}")

    def _wait(self, condition: Callable[[], bool], limit_seconds: float, complaint: str) -> None:
        deadline = time.monotonic() + limit_seconds
        while not condition():
            if time.monotonic() > deadline:
                raise LocalError(f"{complaint} within {limit_seconds:.0f} s")
            self.pause()

    def _log(self, name: str) -> Path:
        return self._home / "logs" / f"{name}.log"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
