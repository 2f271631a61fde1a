import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests import command
from tests.command import COMMAND, run_payouts
from tests.running import eventually

from payouts.entrypoints.cli import VERBS

PUBLIC_VERBS = [verb for verb in VERBS if verb != "demo-accounts"]
PRINT_HEAVY_MODULES = """
import sys
from payouts.entrypoints.cli import main
try:
    main(["--help"])
except SystemExit:
    print([name for name in ("django", "celery", "rich", "granian") if name in sys.modules])
"""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with command.open_directory() as directory:
        yield directory / "home"


def names_of(processes: list[psutil.Process]) -> set[str]:
    """Name those that still run: the `sleep` of a moment ago may not."""
    names = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            names.add(process.name())
    return names


class TestPayouts:
    @pytest.mark.parametrize("verb", PUBLIC_VERBS)
    def test_explains_each_verb(self, verb: str) -> None:
        result = run_payouts(verb, "--help")

        assert result.returncode == 0
        assert result.stdout.startswith(f"Usage: payouts {verb}")

    def test_lists_the_verbs_without_loading_what_they_need(self) -> None:
        result = subprocess.run(
            [sys.executable, "-c", PRINT_HEAVY_MODULES], capture_output=True, text=True, check=True
        )

        assert all(f"\n  {verb} " in result.stdout for verb in PUBLIC_VERBS)
        assert result.stdout.endswith("[]\n")

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["nonsense"], "No such command"),
            (["up", "--port", "0"], "not in the range"),
            (["token"], "Missing argument"),
            (["exec", "--", "no-such-program"], "no-such-program: No such file"),
        ],
    )
    def test_complains_in_one_line(self, home: Path, arguments: list[str], complaint: str) -> None:
        result = run_payouts(*arguments, PAYOUTS_HOME=str(home))

        assert result.returncode in {1, 2}
        assert result.stdout == ""
        assert result.stderr.startswith("payouts: ")
        assert complaint in result.stderr
        assert result.stderr.count("\n") == 1

    @pytest.mark.parametrize("verb", ["web", "worker", "beat", "migrate"])
    def test_refuses_to_start_without_a_secret_key(self, verb: str) -> None:
        result = run_payouts(verb)

        assert result.returncode == 1
        assert result.stderr.startswith("payouts: Set SECRET_KEY")
        assert result.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        ("name", "address"),
        [
            ("DATABASE_URL", "nonsense"),
            ("DATABASE_URL", "mysql://root:hush@localhost/payouts"),
            ("REDIS_URL", "nonsense"),
            ("BANK_URL", "nonsense"),
            ("BANK_CALLBACK_SECRET", "nonsense"),
            # No base64 has this length.
            ("BANK_CALLBACK_SECRET", f"whsec_{'A' * 33}"),
            ("PAYOUTS_CURRENCIES", "USD,ABC"),
        ],
    )
    def test_refuses_to_start_with_a_wrong_setting(self, name: str, address: str) -> None:
        given = {
            "SECRET_KEY": "x",
            "DATABASE_URL": "postgresql://localhost/payouts",
            "REDIS_URL": "redis://localhost",
        }
        result = run_payouts("worker", **(given | {name: address}))

        assert result.returncode == 1
        assert result.stderr.startswith(f"payouts: {name}")
        assert result.stderr.count("\n") == 1
        assert "hush" not in result.stderr

    def test_refuses_to_start_a_worker_without_a_bank(self) -> None:
        result = run_payouts(
            "worker",
            SECRET_KEY="x",
            DATABASE_URL="postgresql://localhost/payouts",
            REDIS_URL="redis://localhost",
        )

        assert result.returncode == 1
        assert result.stderr.startswith("payouts: Set BANK_URL")


class TestExec:
    def test_gives_the_command_an_environment_in_which_the_service_works(self, home: Path) -> None:
        check = "import django; django.setup(); from django.core.management import call_command; "
        result = run_payouts(
            *["exec", "--", sys.executable, "-c", f"{check} call_command('check')"],
            PAYOUTS_HOME=str(home),
        )

        assert result.returncode == 0, result.stderr
        assert "no issues" in result.stdout

    @pytest.mark.parametrize(("program", "status"), [("exit 3", 3), ("kill -9 $$", 137)])
    def test_ends_as_its_command_ends(self, home: Path, program: str, status: int) -> None:
        result = run_payouts("exec", "--", "sh", "-c", program, PAYOUTS_HOME=str(home))

        assert result.returncode == status

    def test_uses_real_servers_that_are_named(self, home: Path) -> None:
        urls = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://cache/0"}
        result = run_payouts("exec", "--", "env", PAYOUTS_HOME=str(home), **urls)

        variables = dict(line.split("=", 1) for line in result.stdout.splitlines())
        assert variables.items() >= urls.items()
        assert "CELERY_BROKER_URL" not in variables
        assert not (home / "run").exists()

    def test_forwards_signals_and_stops_the_stores(self, home: Path) -> None:
        program = (
            "trap 'echo told; exit 5' TERM; echo ready; for _ in $(seq 200); do sleep 0.05; done"
        )
        with subprocess.Popen(
            [COMMAND, "exec", "--", "sh", "-c", program],
            env=command.environment({"PAYOUTS_HOME": str(home)}),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            children = psutil.Process(process.pid).children(recursive=True)
            assert names_of(children) >= {"postgres", "redis-server"}

            process.send_signal(signal.SIGTERM)

            assert process.wait(30) == 5
            assert process.stdout.read() == "told\n"
        eventually(lambda: not any(child.is_running() for child in children))
