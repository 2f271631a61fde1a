"""`payouts listen`: show the webhooks of the service that runs on this machine."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Event, Lock

from local.client import Client, UnexpectedResponseError
from local.environment import home_directory
from local.errors import LocalError
from local.processes.signals import raising_signals
from local.run_record import current_run
from local.screen import Screen
from local.webhook_receiver import ReceivedMessage, WebhookReceiver

USER = "payouts-listen"
DESCRIPTION = "payouts listen"
COMMAND_LIMIT_SECONDS = 60


def run(*, as_json: bool) -> None:
    """Register a receiver, print what it receives until a signal ends it, and remove it again."""
    screen = Screen()
    home = home_directory(os.environ)
    service = current_run(home)
    if service is None:
        raise LocalError(f"no service runs in {home}: start it with `payouts up`")
    receiver = WebhookReceiver(_Printer(screen, as_json=as_json))
    with (
        raising_signals(signal.SIGTERM, signal.SIGHUP),
        receiver.serving(),
        _administrator(service.url) as client,
        _registered(client, receiver),
    ):
        screen.message(f"Webhooks of {service.url} appear here. Ctrl-C ends it.")
        try:
            Event().wait()
        except KeyboardInterrupt:
            screen.message("Stopping ...")


class _Printer:
    """Prints one line per message. Messages arrive in several threads."""

    def __init__(self, screen: Screen, *, as_json: bool) -> None:
        self._screen, self._as_json, self._lock = screen, as_json, Lock()

    def __call__(self, message: ReceivedMessage) -> None:
        with self._lock:
            if not message.is_genuine:
                self._screen.warn(f"{message.id or 'a message'}: the signature is wrong")
            elif self._as_json:
                self._screen.line(json.dumps({"webhook-id": message.id} | message.content))
            else:
                self._show(message)

    def _show(self, message: ReceivedMessage) -> None:
        data = message.content.get("data", {})
        payout = f"payout {data['payout_id']}  " if "payout_id" in data else ""
        at = datetime.now().astimezone().strftime("%H:%M:%S.%f")[:-3]
        type_, status = str(message.content.get("type")), str(data.get("status") or "")
        self._screen.event(at, type_, status, f"{payout}{message.id}")


@contextmanager
def _administrator(base_url: str) -> Iterator[Client]:
    """Yield a client with a token of an administrator, which is revoked at the end."""
    token = _payouts("token", USER, "--role", "administrator", "--expires-in-days", "1")
    try:
        yield Client(base_url, token)
    finally:
        _payouts("token", "--revoke", token)


@contextmanager
def _registered(client: Client, receiver: WebhookReceiver) -> Iterator[None]:
    try:
        _remove_abandoned(client)
        webhook = client.post(
            "/api/webhooks/", {"url": receiver.url, "description": f"{DESCRIPTION} {os.getpid()}"}
        )
        receiver.secret = webhook["secret"]
        try:
            yield
        finally:
            client.delete(f"/api/webhooks/{webhook['id']}/")
    except UnexpectedResponseError as error:
        raise LocalError(str(error)) from error


def _remove_abandoned(client: Client) -> None:
    """Remove the webhooks of processes that were killed before they could."""
    for webhook in client.get("/api/webhooks/")["results"]:
        text, _, pid = webhook["description"].rpartition(" ")
        if text == DESCRIPTION and pid.isdecimal() and not _runs(int(pid)):
            client.delete(f"/api/webhooks/{webhook['id']}/")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _payouts(*arguments: str) -> str:
    """Run a command of this package in a process of its own, because this one loads no Django."""
    result = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-P", "-m", "payouts.entrypoints.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        raise LocalError(result.stderr.strip().removeprefix("payouts: "))
    return result.stdout.strip()
