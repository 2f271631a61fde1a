import os
import shutil
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from tests.integration.local.user import User
from tests.running import eventually

from local.errors import LocalError
from local.processes.liveness import is_alive
from local.stores import Stores, running_stores, server

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another user")
IBAN = "GB82WEST12345698765432"


def runs(pid: int) -> bool:
    try:
        return is_alive(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def pids_of(stores: Stores) -> list[int]:
    processes = [stores.postgres.process(), stores.redis.process()]
    return [process.pid for process in processes if process]


def value_of(stores: Stores, statement: str) -> object:
    with psycopg.connect(stores.database_url) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


def write_mark(stores: Stores) -> None:
    with psycopg.connect(stores.database_url) as connection:
        connection.execute("CREATE TABLE mark ()")


def has_mark(stores: Stores) -> bool:
    return value_of(stores, "SELECT to_regclass('mark')") is not None


def redis_of(stores: Stores) -> redis.Redis:
    return redis.Redis.from_url(stores.redis_url)


class TestStores:
    def test_serve_a_durable_database_named_payouts(self, home: Path) -> None:
        with running_stores(home) as stores:
            assert value_of(stores, "SELECT current_database()") == "payouts"
            assert value_of(stores, "SHOW fsync") == "on"
            assert value_of(stores, "SHOW synchronous_commit") == "on"

    def test_serve_a_redis_that_loses_nothing(self, home: Path) -> None:
        with running_stores(home) as stores, redis_of(stores) as client:
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}

    def test_keep_cache_and_broker_apart(self, home: Path) -> None:
        with running_stores(home) as stores:
            assert stores.redis_url.endswith("?db=0")
            assert stores.broker_url.endswith("?virtual_host=1")

    def test_listen_on_no_port(self, home: Path) -> None:
        with running_stores(home) as stores:
            for pid in pids_of(stores):
                assert psutil.Process(pid).net_connections("inet") == []

    def test_keep_their_data(self, home: Path) -> None:
        with running_stores(home) as stores, redis_of(stores) as client:
            write_mark(stores)
            client.set("kept", "42")

        with running_stores(home) as stores, redis_of(stores) as client:
            assert has_mark(stores)
            assert client.get("kept") == b"42"

    def test_start_only_the_needed_stores(self, home: Path) -> None:
        with running_stores(home, with_database=False) as stores, redis_of(stores) as client:
            assert client.ping()
            assert stores.postgres.process() is None

    def test_start_a_store_that_an_earlier_user_did_not_need(self, home: Path) -> None:
        with running_stores(home, with_database=False):
            with running_stores(home) as stores:
                assert value_of(stores, "SELECT 1") == 1
            assert stores.postgres.process() is not None

    def test_stop_when_the_last_user_leaves(self, home: Path) -> None:
        with running_stores(home) as stores:
            pids = pids_of(stores)

        assert len(pids) == 2
        assert not any(runs(pid) for pid in pids)

    def test_keep_servers_running_while_another_user_remains(self, home: Path) -> None:
        with User(home) as other:
            with running_stores(home) as stores:
                assert pids_of(stores) == other.pids
            assert all(runs(pid) for pid in other.pids)

        assert not any(runs(pid) for pid in other.pids)

    def test_stop_when_the_user_that_started_them_left_first(self, home: Path) -> None:
        first = User(home)
        assert all(runs(pid) for pid in first.pids)
        with running_stores(home) as stores:
            first.leave()
            assert value_of(stores, "SELECT 1") == 1

        assert not any(runs(pid) for pid in first.pids)

    def test_start_once_for_concurrent_users(self, home: Path) -> None:
        with User(home) as first, User(home) as second, User(home) as third:
            assert len(first.pids) == 2
            assert first.pids == second.pids == third.pids

    def test_stop_when_the_block_fails(self, home: Path) -> None:
        pids: list[int] = []

        def use_them_and_fail() -> None:
            with running_stores(home) as stores:
                pids.extend(pids_of(stores))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            use_them_and_fail()
        assert not any(runs(pid) for pid in pids)


class TestStoresAfterAKill:
    def test_adopt_servers_that_a_killed_user_left(self, home: Path) -> None:
        with User(home) as user:
            assert len(user.pids) == 2
            user.be_killed()
            assert all(runs(pid) for pid in user.pids)

            with running_stores(home) as stores:
                assert pids_of(stores) == user.pids

        assert not any(runs(pid) for pid in user.pids)

    @pytest.mark.parametrize("frozen", [0, 1], ids=["postgresql", "redis"])
    def test_replace_a_server_that_is_frozen(
        self, home: Path, frozen: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(server, "SILENCE_LIMIT_SECONDS", 0.5)
        with User(home) as user:
            os.kill(user.pids[frozen], signal.SIGSTOP)
            user.be_killed()

            with running_stores(home) as stores:
                assert pids_of(stores)[frozen] != user.pids[frozen]
                assert value_of(stores, "SELECT 1") == 1

        assert not any(runs(pid) for pid in user.pids)

    def test_start_after_servers_were_killed_too(self, home: Path) -> None:
        with User(home) as user:
            assert len(user.pids) == 2
            user.be_killed()
            for pid in user.pids:
                os.kill(pid, signal.SIGKILL)

            with running_stores(home) as stores:
                assert value_of(stores, "SELECT 1") == 1

    def test_start_although_the_recorded_pids_were_reused(self, home: Path) -> None:
        with running_stores(home) as stores:
            pid_files = [stores.postgres.data / "postmaster.pid", stores.redis.data / "redis.pid"]
            lines = pid_files[0].read_text().split("\n")
        # PostgreSQL takes a process of its own account for another server.
        stranger = subprocess.Popen(["sleep", "60"], **stores.postgres.account.popen_options())
        pid_files[0].write_text("\n".join([str(stranger.pid), *lines[1:]]))
        pid_files[1].write_text(str(stranger.pid))

        with running_stores(home) as stores:
            assert value_of(stores, "SELECT 1") == 1
            assert stranger.pid not in pids_of(stores)

        assert stranger.poll() is None
        stranger.kill()
        stranger.wait()

    def test_start_again_after_an_interrupted_first_start(self, new_home: Path) -> None:
        (new_home / "postgres.new").mkdir(parents=True)
        (new_home / "postgres.new" / "PG_VERSION").write_text("18")
        new_home.chmod(0o711)

        with running_stores(new_home) as stores:
            assert value_of(stores, "SELECT current_database()") == "payouts"

    def test_end_with_their_user_although_the_home_was_deleted(self, new_home: Path) -> None:
        with running_stores(new_home) as stores:
            pids = pids_of(stores)
            shutil.rmtree(new_home)

        assert not any(runs(pid) for pid in pids)


class TestStartDead:
    def test_restarts_a_server_that_died_in_use(self, home: Path) -> None:
        with running_stores(home) as stores:
            [_, dead] = pids_of(stores)
            os.kill(dead, signal.SIGKILL)
            eventually(stores.dead, within_seconds=5)
            assert [each.title for each in stores.dead()] == ["Redis"]

            stores.start_dead()

            assert stores.dead() == []
            with redis_of(stores) as client:
                assert client.ping()

    def test_leaves_a_frozen_server_alone(self, home: Path) -> None:
        with running_stores(home) as stores:
            [_, frozen] = pids_of(stores)
            os.kill(frozen, signal.SIGSTOP)
            try:
                assert stores.dead() == []
            finally:
                os.kill(frozen, signal.SIGCONT)


class TestPlaces:
    def test_work_in_a_path_with_spaces(self, open_directory: Path) -> None:
        with running_stores(open_directory / 'my home, 100% "mine"') as stores:
            assert value_of(stores, "SELECT 1") == 1
            with redis_of(stores) as client:
                assert client.ping()

    def test_work_in_a_path_too_long_for_a_socket(self, open_directory: Path) -> None:
        with running_stores(open_directory / ("long" * 50)) as stores, redis_of(stores) as client:
            assert value_of(stores, "SELECT 1") == 1
            assert client.ping()
            sockets = stores.sockets

        assert not sockets.exists()

    def test_refuse_a_home_that_is_writable_for_all(self, new_home: Path) -> None:
        new_home.mkdir()
        new_home.chmod(0o777)

        with pytest.raises(LocalError, match="anybody may write"), running_stores(new_home):
            pass

    def test_refuse_a_home_that_is_not_a_directory(self, new_home: Path) -> None:
        new_home.write_text("")

        with pytest.raises(LocalError, match="set PAYOUTS_HOME"), running_stores(new_home):
            pass


@as_root
class TestPlacesOfRoot:
    """The data of a home which the demoted server may not enter."""

    def test_are_outside_the_home(self, closed_directory: Path) -> None:
        with running_stores(closed_directory / "home") as stores:
            assert closed_directory not in stores.postgres.data.parents
            write_mark(stores)

        with running_stores(closed_directory / "home") as stores:
            assert has_mark(stores)

    def test_do_not_depend_on_the_umask(self, closed_directory: Path) -> None:
        previous = os.umask(0o077)
        try:
            with running_stores(closed_directory / "home") as stores:
                assert value_of(stores, "SELECT 1") == 1
        finally:
            os.umask(previous)

    def test_contain_a_copy_of_programs_that_the_server_cannot_read(
        self, closed_directory: Path, copied_programs: Path
    ) -> None:
        with running_stores(closed_directory / "home") as stores:
            process = stores.postgres.process()

            assert process is not None
            assert Path(process.exe()).is_relative_to(copied_programs)

    def test_are_fresh_for_a_home_that_was_deleted(self, closed_directory: Path) -> None:
        with running_stores(closed_directory / "home") as stores:
            write_mark(stores)
        shutil.rmtree(closed_directory / "home")

        with running_stores(closed_directory / "home") as stores:
            assert not has_mark(stores)

    def test_are_removed_once_a_temporary_home_is_gone(self, closed_directory: Path) -> None:
        with running_stores(closed_directory / "home") as stores:
            data = stores.postgres.data
        shutil.rmtree(closed_directory / "home")

        with running_stores(closed_directory / "another home"):
            assert not data.parent.exists()

    def test_move_with_their_home(self, closed_directory: Path) -> None:
        with running_stores(closed_directory / "home") as stores:
            write_mark(stores)
        (closed_directory / "home").rename(closed_directory / "moved")

        with running_stores(closed_directory / "moved") as stores:
            assert has_mark(stores)

    def test_are_not_shared_with_a_copy(self, closed_directory: Path) -> None:
        with running_stores(closed_directory / "home") as stores:
            write_mark(stores)
        shutil.copytree(closed_directory / "home", closed_directory / "copy", symlinks=True)

        with running_stores(closed_directory / "copy") as stores:
            assert not has_mark(stores)
        with running_stores(closed_directory / "home") as stores:
            assert has_mark(stores)


class TestLogs:
    def test_contain_no_values_of_rows(self, home: Path) -> None:
        with running_stores(home) as stores:
            with psycopg.connect(stores.database_url, autocommit=True) as connection:
                connection.execute("CREATE TABLE account (number text UNIQUE CHECK (number > 'B'))")
                connection.execute(f"INSERT INTO account VALUES ('{IBAN}')")
                for statement in (
                    f"INSERT INTO account VALUES ('{IBAN}')",
                    f"INSERT INTO account VALUES ('A{IBAN}')",
                ):
                    with pytest.raises(psycopg.errors.IntegrityError):
                        connection.execute(statement)
            log = stores.postgres.log.read_text()

        assert "violates unique constraint" in log
        assert "violates check constraint" in log
        assert IBAN not in log

    def test_are_named_when_a_server_cannot_start(self, new_home: Path) -> None:
        with running_stores(new_home) as stores:
            configuration = stores.postgres.data / "postgresql.conf"
        configuration.write_text("nonsense")

        complaint = pytest.raises(LocalError, match=r"PostgreSQL ended .* read .*postgres\.log")
        with complaint, running_stores(new_home):
            pass

        assert stores.redis.process() is None
