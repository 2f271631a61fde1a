"""`payouts up`, as a user at a terminal sees it."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from tests import command
from tests.command import COMMAND, run_payouts
from tests.running import Process, answers, eventually, free_port
from tests.up import Up

from local.processes.liveness import is_alive


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if is_alive(process)]


def read(log: Path) -> str:
    return log.read_text() if log.exists() else ""


@pytest.fixture
def home() -> Iterator[Path]:
    with command.open_directory() as directory:
        yield directory / "my home"


@pytest.fixture(scope="module")
def used_home() -> Iterator[Path]:
    """A home for several tests, which saves each of them a new database."""
    with command.open_directory() as directory:
        yield directory / "my home"


@pytest.fixture(scope="module")
def demo() -> Iterator[Up]:
    """A demonstration that has come to its end, and serves."""
    with command.open_directory() as directory, Up(directory / "my home", "--demo") as up:
        up.wait_for("the data stays")
        yield up


def client(up: Up, whose: str) -> httpx.Client:
    token = up.wait_for(rf"{whose}'s token.* (\w{{40,}})$").group(1)
    return httpx.Client(base_url=up.url, headers={"Authorization": f"Bearer {token}"}, timeout=10)


class TestDemo:
    def test_shows_the_progress_of_a_payout(self, demo: Up) -> None:
        demo.wait_for(
            r"payout\.created +NEW +demo\n.*payout\.claimed +PROCESSING +system\n"
            r".*payout\.completed +COMPLETED +system$"
        )

    def test_prints_a_curl_that_works_when_it_is_pasted(self, demo: Up) -> None:
        [pasted] = re.findall(r"^curl .*?\n(?=\n)", demo.screen, re.MULTILINE | re.DOTALL)

        result = subprocess.run(["sh", "-c", pasted], capture_output=True, text=True, check=True)

        assert result.stdout.startswith("HTTP/1.1 201 ")

    def test_gives_the_operator_more_rights_than_the_user(self, demo: Up) -> None:
        body = {"type": "INDIVIDUAL", "name": "Ann", "account_number": "1234567890"}
        with client(demo, "demo") as user, client(demo, "operator") as operator:
            assert user.get("/api/recipients/").status_code == 200
            assert user.post("/api/recipients/", json=body).status_code == 403
            assert operator.post("/api/recipients/", json=body).status_code == 201

    @pytest.mark.parametrize(
        ("name", "statuses"),
        [("demo", [403, 403]), ("integrator", [201, 403]), ("administrator", [201, 200])],
    )
    def test_has_a_token_of_each_kind(self, demo: Up, name: str, statuses: list[int]) -> None:
        body = {"type": "INDIVIDUAL", "name": "Ann", "account_number": "1234567890"}
        with client(demo, name) as user:
            made = user.post("/api/recipients/", json=body)
            webhooks = user.get("/api/webhooks/")
        assert [made.status_code, webhooks.status_code] == statuses

    def test_has_a_recipient_that_the_bank_refuses(self, demo: Up) -> None:
        refused = demo.wait_for(r", (\d+) Charlie Closed \(refused by the bank\)$").group(1)
        body = {"recipient_id": int(refused), "amount": "1.00", "currency": "EUR"}
        with client(demo, "demo") as user:
            path = "/api/payouts/"
            made = user.post(path, json=body, headers={"Idempotency-Key": "to-a-closed-account"})
            assert made.status_code == 201, made.text

            def ended() -> dict[str, Any] | None:
                payout: dict[str, Any] = user.get(f"{path}{made.json()['id']}/").json()
                return payout if payout["status"] == "FAILED" else None

            payout = eventually(ended)
        assert payout is not None
        assert payout["failure_code"] == "AC04"

    def test_has_a_bank_that_sends_callbacks(self, demo: Up) -> None:
        recipient = {"type": "INDIVIDUAL", "name": "Penny", "account_number": "1234-PEND"}
        with client(demo, "demo") as user, client(demo, "operator") as operator:
            recipient_id = operator.post("/api/recipients/", json=recipient).json()["id"]
            body = {"recipient_id": recipient_id, "amount": "1.00", "currency": "EUR"}
            key = {"Idempotency-Key": "pending-payout"}
            reference = user.post("/api/payouts/", json=body, headers=key).json()["reference"]

        def received_callbacks() -> list[str]:
            lines = read(demo.home / "logs" / "web.log").splitlines()
            received = [line for line in lines if "bank.callback_received" in line]
            return [line for line in received if reference in line]

        assert eventually(received_callbacks)

    def test_shows_webhooks_to_a_listener_and_forgets_it_afterwards(
        self, demo: Up, tmp_path: Path
    ) -> None:
        listener = Process.start(
            [COMMAND, "listen", "--json"],
            log=tmp_path / "listen.log",
            environment=command.environment({"PAYOUTS_HOME": str(demo.home)}),
        )
        with client(demo, "demo") as user, client(demo, "administrator") as administrator:
            try:
                eventually(lambda: "appear here" in read(listener.log), within_seconds=60)
                [webhook] = administrator.get("/api/webhooks/").json()["results"]
                body = {"recipient_id": 1, "amount": "1.00", "currency": "EUR"}
                key = {"Idempotency-Key": "payout-with-a-listener"}
                payout_id = user.post("/api/payouts/", json=body, headers=key).json()["id"]

                def types() -> list[str]:
                    lines = read(listener.log).splitlines()
                    messages = [json.loads(line) for line in lines if line.startswith("{")]
                    ours = [each for each in messages if each["data"]["payout_id"] == payout_id]
                    return [each["type"] for each in ours]

                eventually(lambda: "payout.completed" in types())
                assert set(types()) == {"payout.created", "payout.processing", "payout.completed"}
            finally:
                listener.stop()
            assert administrator.get(f"/api/webhooks/{webhook['id']}/").status_code == 404

    @pytest.mark.parametrize("name", ["operator", "viewer", "approver", "administrator"])
    def test_admits_users_to_the_console(self, demo: Up, name: str) -> None:
        assert name in demo.wait_for(r"console login .*\n +the same password .*$").group(0)
        password = demo.wait_for(r"console login +operator / (\S+)$").group(1)
        with httpx.Client(base_url=demo.url, timeout=10) as browser:
            page = browser.get("/console/login/")
            fields = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "next": "/console/"}
            login = fields | {"username": name, "password": password}

            answer = browser.post("/console/login/", data=login, follow_redirects=True)

        assert page.status_code == 200
        assert answer.url.path == "/console/"
        assert answer.status_code == 200

    def test_makes_secrets_readable_for_its_owner_only(self, demo: Up) -> None:
        names = ("secret_key", "bank_token", "bank_callback_secret", "demo.json", "up.json")
        modes = {name: (demo.home / name).stat().st_mode & 0o077 for name in names}

        assert modes == dict.fromkeys(names, 0)
        assert (demo.home / "logs").stat().st_mode & 0o077 == 0

    def test_accepts_a_token_of_a_command_beside_it(self, demo: Up) -> None:
        result = run_payouts("token", "ann", PAYOUTS_HOME=str(demo.home))

        assert re.fullmatch(r"\S{40,}\n", result.stdout)
        headers = {"Authorization": f"Bearer {result.stdout.strip()}"}
        assert httpx.get(f"{demo.url}/api/payouts/", headers=headers).status_code == 200

    def test_is_the_only_one_in_its_home(self, demo: Up) -> None:
        result = run_payouts("up", "--port", str(free_port()), PAYOUTS_HOME=str(demo.home))

        assert result.returncode == 1
        assert result.stderr.endswith(f"(pid {demo.process.pid})\n")
        assert result.stderr.count("\n") == 1

    def test_restarts_a_killed_child(self, demo: Up) -> None:
        killed = demo.child("web")

        killed.kill()

        demo.wait_for(r"^web was killed by signal 9; starting it again")
        eventually(lambda: answers(f"{demo.url}/health/ready/"))
        assert demo.child("web") != killed

    def test_restarts_a_killed_store(self, demo: Up) -> None:
        pid = int((demo.home / "postgres" / "postmaster.pid").read_text().split("\n")[0])

        os.kill(pid, signal.SIGKILL)

        demo.wait_for(r"^PostgreSQL ended; starting it again")
        eventually(lambda: answers(f"{demo.url}/health/ready/"))


class TestUp:
    def test_leaves_no_process_behind(self, used_home: Path) -> None:
        with Up(used_home) as up:
            up.wait_for("Payouts is running")
            family = up.family()
            assert len(family) > 10

            assert up.end() == 0

        assert living(family) == []
        assert up.screen.endswith("Stopped.\n")

    def test_starts_after_a_run_that_was_killed(self, used_home: Path) -> None:
        with Up(used_home) as first:
            first.wait_for("Payouts is running")
            family = first.family()
            first.end(signal.SIGKILL)
        assert len(living(family)) > 10

        with Up(used_home) as second:
            second.wait_for("Payouts is running")
            second.end(signal.SIGINT)

        assert "processes of an earlier run" in second.screen
        assert living(family) == []

    def test_shows_the_same_accounts_and_makes_no_second_payout_when_it_starts_again(
        self, home: Path
    ) -> None:
        with Up(home, "--demo") as first:
            first.wait_for(r"payout\.completed .*\n+.*the data stays")
            first.end()
        with Up(home, "--demo") as second:
            second.wait_for("the data stays")
            assert answers(f"http://{second.bank}/health")
            second.end()

        assert second.accounts() == first.accounts()
        assert "Payout " not in second.screen
        assert f"remove {home}" in second.screen

    def test_replaces_accounts_that_do_not_work(self, home: Path) -> None:
        with Up(home, "--demo") as first:
            first.wait_for("the data stays")
            first.end()
        stored = (home / "demo.json").read_text()
        (home / "demo.json").write_text(stored.replace('"demo": "', '"demo": "x'))

        with Up(home, "--demo") as second:
            second.wait_for("the data stays")
            with client(second, "demo") as user:
                assert user.get("/api/payouts/").status_code == 200

        assert second.accounts()[0] != first.accounts()[0]
        assert second.accounts()[1:] == first.accounts()[1:]

    @pytest.mark.parametrize(
        ("host", "shown"), [("localhost", "localhost"), ("::1", r"\[::1\]"), ("::", r"\[::1\]")]
    )
    def test_listens_on_names_and_ipv6_addresses(
        self, used_home: Path, host: str, shown: str
    ) -> None:
        with Up(used_home, HOST=host) as up:
            url = up.wait_for(rf"Health +(http://{shown}:{up.port}/health/)$").group(1)

            assert answers(url)

    def test_continues_when_its_output_is_not_read(self, home: Path) -> None:
        with subprocess.Popen(
            [COMMAND, "up", "--port", str(free_port())],
            env=command.environment({"PAYOUTS_HOME": str(home)}),
            stdout=subprocess.PIPE,
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == b"Starting ...\n"
                process.stdout.close()
                log = home / "logs" / "worker.log"
                eventually(lambda: "ready." in read(log), within_seconds=60)
            finally:
                process.terminate()

            assert process.wait(30) == 0

    def test_starts_nothing_when_its_port_is_taken(self, home: Path) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]

            result = run_payouts("up", "--port", str(port), PAYOUTS_HOME=str(home))

        assert result.returncode == 1
        assert re.fullmatch(rf"payouts: port {port} of .* cannot be used: .*\n", result.stderr)
        assert not (home / "postgres").exists()

    def test_gives_up_when_a_child_keeps_dying(self, used_home: Path) -> None:
        with Up(used_home) as up:

            def has_given_up() -> bool:
                with suppress(ValueError, psutil.Error):  # between two children
                    up.child("web").kill()
                return up.process.poll() is not None

            eventually(has_given_up, within_seconds=60)

            assert up.process.wait(30) == 1
            pattern = r"^payouts: web was killed .*, 6 times in a row .*; read .*/logs/web\.log$"
            assert re.search(pattern, up.screen, re.MULTILINE), up.screen

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("BANK_URL", "ftp://me:hush@bank.example", "http:// or https:// and a host"),
            ("METRICS_TOKEN", "hush hush", "visible ASCII characters"),
            ("PAYOUTS_CURRENCIES", ",", "ISO 4217 codes"),
            ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8", "addresses or networks"),
            ("WORKER_CONCURRENCY", "abc", "a whole number from 1 to 1000, not 'abc'"),
        ],
    )
    def test_starts_nothing_when_a_setting_is_wrong(
        self, home: Path, name: str, value: str, expected: str
    ) -> None:
        given = {"PAYOUTS_HOME": str(home), name: value}

        result = run_payouts("up", "--port", str(free_port()), **given)

        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(f"payouts: {name} must be {expected}")
        assert result.stderr.count("\n") == 1
        assert "hush" not in result.stderr
        assert not home.exists()

    def test_starts_nothing_when_the_file_of_a_setting_is_missing(self, home: Path) -> None:
        given = {"PAYOUTS_HOME": str(home), "SECRET_KEY_FILE": "/none"}

        result = run_payouts("up", "--port", str(free_port()), **given)

        assert result.returncode == 1
        assert re.fullmatch(r"payouts: SECRET_KEY_FILE cannot be read: .*: /none\n", result.stderr)
        assert not home.exists()

    def test_starts_nothing_when_its_port_is_none(self, home: Path) -> None:
        result = run_payouts("up", PAYOUTS_HOME=str(home), PORT="70000")

        assert (result.returncode, result.stdout) == (2, "")
        assert re.fullmatch(r"payouts: .*'PORT'.*70000 is not in the range.*\n", result.stderr)
        assert not home.exists()
