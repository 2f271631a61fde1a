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

from payouts.entrypoints.cli import COMMANDS

HIDDEN_COMMANDS = {"check-settings"}
PUBLIC_COMMANDS = [
    *(verb for verb in COMMANDS if verb not in HIDDEN_COMMANDS),
    "bank",
    "exec",
    "up",
]
ADDED = [("up", "psutil", "local"), ("bank", "aiohttp", "sandbox-bank")]
# `payouts` where a package is not installed.
WITHOUT_PACKAGE = """
import sys
from payouts.entrypoints.cli import PROGRAM, main
sys.modules[sys.argv.pop(1)] = None
main(prog_name=PROGRAM)
"""
PRINT_HEAVY_MODULES = """
import sys
from payouts.entrypoints.cli import main
try:
    main(["--help"])
except SystemExit:
    heavy = {"django", "celery", "rich", "granian", "psutil", "aiohttp"}
    print(sorted(heavy & sys.modules.keys()))
"""


@pytest.fixture
def open_directory() -> Iterator[Path]:
    with command.open_directory() as directory:
        yield directory


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with command.open_directory() as directory:
        yield directory / "home"


def names_of(processes: list[psutil.Process]) -> set[str]:
    """Return the names of the processes that still run; some may have ended meanwhile."""
    names = set()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            names.add(process.name())
    return names


class TestPayouts:
    @pytest.mark.parametrize("verb", PUBLIC_COMMANDS)
    def test_explains_each_command(self, verb: str) -> None:
        result = run_payouts(verb, "--help")

        assert result.returncode == 0
        assert result.stdout.startswith(f"Usage: payouts {verb}")

    def test_lists_the_commands_without_importing_their_packages(self) -> None:
        result = subprocess.run(
            [sys.executable, "-c", PRINT_HEAVY_MODULES], capture_output=True, text=True, check=True
        )

        assert all(f"\n  {verb} " in result.stdout for verb in PUBLIC_COMMANDS)
        assert result.stdout.endswith("[]\n")

    @pytest.mark.parametrize(("name", "package", "extra"), ADDED)
    def test_names_the_extra_that_a_command_needs(
        self, home: Path, name: str, package: str, extra: str
    ) -> None:
        result = subprocess.run(
            [sys.executable, "-c", WITHOUT_PACKAGE, package, name],
            env=command.environment({"PAYOUTS_HOME": str(home)}),
            capture_output=True,
            text=True,
            check=False,
        )

        assert result.returncode == 1
        assert result.stderr == f"payouts: no package {package} here: install payouts[{extra}]\n"

    @pytest.mark.parametrize(
        ("arguments", "status"),
        [(["token", "ann"], 1), (["drain"], 1), (["reconcile", "--bank"], 3)],
    )
    def test_creates_no_home_where_no_service_was_started(
        self, tmp_path: Path, arguments: list[str], status: int
    ) -> None:
        result = run_payouts(*arguments, working_directory=tmp_path)

        assert result.returncode == status
        assert result.stderr.startswith("payouts: no service in ")
        assert result.stderr.count("\n") == 1
        assert list(tmp_path.iterdir()) == []

    def test_asks_for_a_database_where_no_service_can_run(self, tmp_path: Path) -> None:
        result = subprocess.run(
            [sys.executable, "-c", WITHOUT_PACKAGE, "psutil", "token", "ann"],
            env=command.environment({}),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

        assert result.returncode == 1
        assert result.stderr == "payouts: Set DATABASE_URL and SECRET_KEY.\n"

    def test_asks_for_a_migration_where_there_are_no_tables(self, open_directory: Path) -> None:
        token = [COMMAND, "token", "ann"]
        result = run_payouts("exec", "--", *token, PAYOUTS_HOME=str(open_directory / "home"))

        assert result.returncode == 1
        assert result.stderr.endswith("Run `payouts migrate`.\n")
        assert result.stderr.count("\n") == 1

    @pytest.mark.parametrize("name", ["up", "exec"])
    def test_reports_a_directory_that_cannot_be_used_in_one_line(
        self, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "home").mkdir(mode=0o700)
        (tmp_path / "home" / "logs").write_text("")
        options = ["--", "true"] if name == "exec" else ["--port", "1"]

        result = run_payouts(name, *options, PAYOUTS_HOME=str(tmp_path / "home"))

        assert result.returncode == 1
        assert result.stderr.startswith(f"payouts: {tmp_path}/home/logs")
        assert result.stderr.count("\n") == 1

    def test_uses_its_own_settings_module_despite_the_environment(self) -> None:
        result = run_payouts(
            *["token", "ann"],
            DJANGO_SETTINGS_MODULE="another_project.settings",
            SECRET_KEY="x",
            DATABASE_URL="postgresql://127.0.0.1:1/payouts",
            REDIS_URL="redis://localhost",
        )

        assert result.returncode == 1
        assert "Connection refused" in result.stderr
        assert result.stderr.count("\n") == 1

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["nonsense"], "No such command"),
            (["up", "--port", "0"], "not in the range"),
            (["token"], "Missing argument"),
            (["exec", "--", "no-such-program"], "no-such-program: No such file"),
        ],
    )
    def test_reports_errors_in_one_line(
        self, home: Path, arguments: list[str], complaint: str
    ) -> None:
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
    def test_exits_with_the_code_of_its_command(
        self, home: Path, program: str, status: int
    ) -> None:
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
            "trap 'echo stopped; exit 5' TERM; echo ready; for _ in $(seq 200); do sleep 0.05; done"
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
            assert process.stdout.read() == "stopped\n"
        eventually(lambda: not any(child.is_running() for child in children))
