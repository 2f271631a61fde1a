import stat
from pathlib import Path

import pytest

from local.accounts import own_account
from local.errors import LocalError
from local.stores import postgres
from local.stores.postgres import Postgres
from local.stores.server import Answer


@pytest.fixture
def stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Postgres:
    """A PostgreSQL whose programs do not end."""
    for name in ("initdb", "pg_isready"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexec sleep 60\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(postgres, "find_binaries", lambda: tmp_path)
    monkeypatch.setattr(postgres, "INITDB_LIMIT_SECONDS", 0.1)
    monkeypatch.setattr(postgres, "ASK_LIMIT_SECONDS", -0.9)
    log = tmp_path / "postgres.log"
    return Postgres(data=tmp_path / "data", sockets=tmp_path, log=log, account=own_account())


class TestPostgres:
    def test_limits_the_wait_for_initdb(self, stuck: Postgres) -> None:
        with pytest.raises(LocalError, match=r"could not be made .* within 0.1 s; read .*\.log"):
            stuck.prepare()

        assert not stuck.data.exists()

    def test_limits_the_wait_for_pg_isready(self, stuck: Postgres) -> None:
        assert stuck.ask() is Answer.NONE
