import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import command

from devstack.directories import prepare_home
from devstack.leftovers import ProcessRecord, RunRecord, own_record
from payouts.entrypoints.cli.environment import RUN_RECORD, local_environment

GENERATED = ("SECRET_KEY", "BANK_TOKEN", "BANK_CALLBACK_SECRET")


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with command.open_directory() as directory:
        yield directory


@pytest.fixture
def home(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in an environment that says nothing else."""
    for name in set(os.environ) - set(command.environment({})):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PAYOUTS_HOME", str(directory / "home"))
    return directory / "home"


class TestLocalEnvironment:
    def test_is_that_of_the_process_during_the_block(self, home: Path) -> None:
        before = dict(os.environ)

        with local_environment() as environment:
            assert dict(os.environ) == environment
            assert environment["DJANGO_SETTINGS_MODULE"] == "config.settings"

        assert dict(os.environ) == before

    def test_keeps_its_secrets_from_one_time_to_the_next(self, home: Path) -> None:
        with local_environment() as environment:
            first = [environment[name] for name in GENERATED]
        with local_environment() as environment:
            assert [environment[name] for name in GENERATED] == first

        assert len(set(first)) == len(GENERATED)
        for name in GENERATED:
            assert (home / name.lower()).stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("name", [*GENERATED, "LOG_FORMAT", "ALLOWED_HOSTS"])
    def test_leaves_alone_what_is_given(
        self, home: Path, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, "given")

        with local_environment() as environment:
            assert environment[name] == "given"

    def test_leaves_to_its_file_what_is_given_by_file(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_KEY_FILE", "/run/secrets/key")

        with local_environment() as environment:
            assert "SECRET_KEY" not in environment

    def test_makes_up_no_secrets_for_a_bank_that_is_given(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BANK_URL", "https://bank.example")

        with local_environment() as environment:
            assert not {"BANK_TOKEN", "BANK_CALLBACK_SECRET"} & environment.keys()

    def test_hides_variables_meant_for_another_postgresql(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPORT", "6543")

        with local_environment() as environment:
            assert "PGPORT" not in environment

    def test_leaves_a_deployment_as_it_is(
        self, home: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PAYOUTS_HOME", str(directory / "unused"))
        monkeypatch.setenv("DATABASE_URL", "postgresql://db/payouts")
        monkeypatch.setenv("SECRET_KEY", "given")

        with local_environment() as environment:
            assert "REDIS_URL" not in environment
        assert not (directory / "unused").exists()

    def test_names_the_bank_of_the_run_in_this_home(self, home: Path) -> None:
        with local_environment() as environment:
            assert "BANK_URL" not in environment
        RunRecord(own_record("up"), "http://127.0.0.1:9").write(home / RUN_RECORD)

        with local_environment() as environment:
            assert environment["BANK_URL"] == "http://127.0.0.1:9"

    def test_forgets_the_bank_of_a_run_that_is_over(self, home: Path) -> None:
        me = own_record("up")
        dead = ProcessRecord(me.name, me.pid, me.created_at - 1000)
        RunRecord(dead, "http://127.0.0.1:9").write(prepare_home(home) / RUN_RECORD)

        with local_environment() as environment:
            assert "BANK_URL" not in environment
