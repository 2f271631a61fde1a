"""Each command reports a wrong setting in one line when it starts."""

import socket
from pathlib import Path

import pytest
from tests.command import COMMAND, environment, run_payouts
from tests.running import Process, answers, eventually, free_port

GIVEN = {
    "SECRET_KEY": "x",
    "DATABASE_URL": "postgresql://127.0.0.1:1/payouts",
    "REDIS_URL": "redis://127.0.0.1:1",
    "BANK_URL": "http://127.0.0.1:1",
}
# One of each kind; tests/unit/config/test_environment.py has the others.
WRONG = {
    # Celery reads it too.
    "CELERY_BROKER_URL": "amqp://u:hush@:5672",
    "PAYOUTS_CURRENCIES": ",",
    "SECRET_KEY": "",
}
COMMANDS = [
    (["web"], 1),
    (["worker"], 1),
    (["beat"], 1),
    (["migrate"], 1),
    (["check-settings"], 1),
    (["token", "ann"], 1),
    (["drain"], 1),
    # 1 means that the bank and we differ.
    (["reconcile", "--bank"], 3),
]


def complaint(*arguments: str, status: int = 1, **given: str) -> str:
    """Return the one line on standard error with which the command ends."""
    result = run_payouts(*arguments, **given)

    assert result.returncode == status
    assert result.stdout == ""
    assert result.stderr.startswith("payouts: ")
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("\n")
    return result.stderr.removeprefix("payouts: ")


class TestSettings:
    @pytest.mark.parametrize("name", WRONG)
    def test_refuses_a_wrong_value_in_one_line(self, name: str) -> None:
        line = complaint("migrate", **(GIVEN | {name: WRONG[name]}))

        assert line.startswith((f"{name} must be ", f"Set {name}"))
        assert "hush" not in line

    @pytest.mark.parametrize(("arguments", "status"), COMMANDS)
    def test_refuses_a_wrong_value_in_every_command(
        self, arguments: list[str], status: int
    ) -> None:
        given = GIVEN | {"WORKER_CONCURRENCY": "abc"}

        line = complaint(*arguments, status=status, **given)

        assert line == "WORKER_CONCURRENCY must be a whole number from 1 to 1000, not 'abc'.\n"

    def test_refuses_a_directory_for_a_file(self, tmp_path: Path) -> None:
        line = complaint("worker", **GIVEN, BANK_TOKEN_FILE=str(tmp_path))

        assert line == f"BANK_TOKEN_FILE cannot be read: Is a directory: {tmp_path}\n"

    def test_refuses_a_host_that_cannot_be_resolved(self) -> None:
        line = complaint("web", **GIVEN, HOST="no-such-host.invalid")

        assert line.startswith("HOST 'no-such-host.invalid' cannot be resolved: ")

    def test_is_its_own_module_despite_others_on_the_path(self, tmp_path: Path) -> None:
        foreign = tmp_path / "config"
        foreign.mkdir()
        (foreign / "__init__.py").write_text("")
        (foreign / "settings.py").write_text("raise RuntimeError('foreign')")

        line = complaint(
            *["token", "ann"],
            **GIVEN,
            PYTHONPATH=str(tmp_path),
            DJANGO_SETTINGS_MODULE="foreign.settings",
        )

        assert "connection refused" in line.lower()


class TestListening:
    @pytest.mark.parametrize(
        ("host", "address"),
        [
            ("localhost", "localhost"),
            ("::1", "[::1]"),
            ("::", "[::1]"),
            ("::", "127.0.0.1"),
            ("0.0.0.0", "127.0.0.1"),
        ],
    )
    def test_serves_on_a_name_and_on_ipv6(self, tmp_path: Path, host: str, address: str) -> None:
        port = free_port()
        variables = {"HOST": host, "PORT": str(port), "WEB_WORKERS": "1"}
        web = Process.start(
            [COMMAND, "web"], log=tmp_path / "log", environment=environment(GIVEN | variables)
        )
        try:
            eventually(lambda: answers(f"http://{address}:{port}/health/live/"))
        finally:
            web.stop()

    @pytest.mark.parametrize("is_shared", [False, True], ids=["own", "shared"])
    def test_refuses_a_port_on_which_another_process_listens(self, is_shared: bool) -> None:
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, is_shared)
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]

            line = complaint("web", **GIVEN, HOST="127.0.0.1", PORT=str(port))

        assert line == f"Port {port} of 127.0.0.1 cannot be used: Address already in use.\n"
