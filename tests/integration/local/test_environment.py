import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests import command

from local.environment import existing_service, home_directory, local_service
from local.errors import LocalError
from local.run_record import RunRecord, only_run

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


@contextmanager
def environment_of(home: Path) -> Iterator[dict[str, str]]:
    with local_service(home, os.environ) as service:
        yield service.environment


class TestLocalService:
    @pytest.mark.parametrize("settings", [None, "another_project.settings"])
    def test_has_our_settings_module_despite_the_environment(
        self, home: Path, settings: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if settings:
            monkeypatch.setenv("DJANGO_SETTINGS_MODULE", settings)

        with environment_of(home) as environment:
            assert environment["DJANGO_SETTINGS_MODULE"] == "config.settings"

    def test_keeps_its_secrets_between_starts(self, home: Path) -> None:
        with environment_of(home) as environment:
            first = [environment[name] for name in GENERATED]
        with environment_of(home) as environment:
            assert [environment[name] for name in GENERATED] == first

        assert len(set(first)) == len(GENERATED)
        for name in GENERATED:
            assert (home / name.lower()).stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        "name", [*GENERATED, "LOG_FORMAT", "ALLOWED_HOSTS", "WEBHOOK_ALLOWED_NETWORKS"]
    )
    def test_keeps_given_values(
        self, home: Path, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(name, "given")

        with environment_of(home) as environment:
            assert environment[name] == "given"

    def test_keeps_values_that_are_given_by_file(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECRET_KEY_FILE", "/run/secrets/key")

        with environment_of(home) as environment:
            assert "SECRET_KEY" not in environment

    def test_generates_no_secrets_for_a_given_bank(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BANK_URL", "https://bank.example")

        with environment_of(home) as environment:
            assert not {"BANK_TOKEN", "BANK_CALLBACK_SECRET"} & environment.keys()

    def test_hides_variables_meant_for_another_postgresql(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGPORT", "6543")

        with environment_of(home) as environment:
            assert "PGPORT" not in environment

    @pytest.mark.parametrize(
        ("host", "allowed"), [("10.0.0.7", "10.0.0.7"), ("fd00::7", "[fd00::7]")]
    )
    def test_allows_the_host_that_it_listens_on(
        self, home: Path, host: str, allowed: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOST", host)

        with environment_of(home) as environment:
            assert allowed in environment["ALLOWED_HOSTS"].split(",")

    def test_names_the_bank_of_the_run_in_this_home(self, home: Path) -> None:
        with environment_of(home) as environment:
            assert "BANK_URL" not in environment

        with only_run(home):
            RunRecord(os.getpid(), "http://web", "http://127.0.0.1:9").write(home)
            with environment_of(home) as environment:
                assert environment["BANK_URL"] == "http://127.0.0.1:9"

    def test_omits_the_bank_of_a_run_that_has_ended(self, home: Path) -> None:
        with environment_of(home):
            RunRecord(os.getpid(), "http://web", "http://127.0.0.1:9").write(home)

        with environment_of(home) as environment:
            assert "BANK_URL" not in environment


class TestExistingService:
    def test_is_in_the_environment_of_this_process_during_the_block(self, home: Path) -> None:
        with environment_of(home) as environment:
            database_url = environment["DATABASE_URL"]
        before = dict(os.environ)

        with existing_service():
            assert os.environ["DATABASE_URL"] == database_url

        assert dict(os.environ) == before

    @pytest.mark.parametrize("given", [None, "postgresql://db/payouts"])
    def test_is_refused_where_there_is_none_and_creates_nothing(
        self, home: Path, directory: Path, given: str | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PAYOUTS_HOME", str(directory / "unused"))
        if given:
            monkeypatch.setenv("DATABASE_URL", given)

        refusal = pytest.raises(LocalError, match=r"no service in .*unused: .*payouts up")
        with refusal, existing_service():
            pass
        assert not (directory / "unused").exists()


class TestHomeDirectory:
    def test_is_in_the_working_directory_unless_it_is_given(self) -> None:
        assert home_directory({}) == Path.cwd() / ".payouts"
        assert home_directory({"PAYOUTS_HOME": "/srv/p"}) == Path("/srv/p")

    def test_is_refused_in_a_deleted_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "deleted").mkdir()
        monkeypatch.chdir(tmp_path / "deleted")
        (tmp_path / "deleted").rmdir()

        with pytest.raises(LocalError, match="was deleted"):
            home_directory({})
