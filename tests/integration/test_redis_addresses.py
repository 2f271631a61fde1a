"""Cache, publisher and worker on real Redis servers: behind a socket, and with TLS."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from redis import Redis as Client
from redis import RedisError
from tests.running import Process, eventually, free_port

from local.stores.redis import find_program

PASSWORD = "p,ss@/?#%"
# Runs as a process of the service and uses the Redis that its environment names.
PROGRAM = """
import json, sys
import django
django.setup()
from django.core.cache import caches
from config.celery import app
from payouts import bootstrap

def receive():
    with app.connection_for_read() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
        message = app.amqp.queues["payouts"](connection.default_channel).get()
        return json.loads(message.body)[0]

def outcome(call):
    try:
        return call()
    except Exception as error:
        return type(error).__name__

cached = outcome(lambda: caches["redis"].set("key", "value") or caches["redis"].get("key"))
published = outcome(lambda: bootstrap._celery_task_queue().enqueue([17]))
print(json.dumps([cached, bootstrap.redis_answers(), published, outcome(receive)]))
"""
WORKS = ["value", True, 1, [17]]


def use(url: str, *, broker_url: str = "") -> list[object]:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ
        | {"REDIS_URL": url, "CELERY_BROKER_URL": broker_url, "LOG_LEVEL": "CRITICAL"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    used: list[object] = json.loads(result.stdout)
    return used


@contextmanager
def serve(directory: Path, *options: str, client: Client) -> Iterator[None]:
    log = directory / "redis.log"
    command = [str(find_program()), "--save", "", "--dir", str(directory), *options]
    process = Process.start(command, log=log, environment=dict(os.environ))
    try:
        eventually(lambda: _accepts(client) or process.child.poll() is not None)
        yield
    finally:
        client.close()
        process.kill()


def _accepts(client: Client) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


@pytest.fixture(scope="module")
def socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("redis socket")
    path = directory / "r.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--requirepass", PASSWORD]
    client = Client(unix_socket_path=str(path), password=PASSWORD)
    with serve(directory, *options, client=client):
        yield path


class TestSocket:
    @pytest.mark.parametrize(
        "address", ["unix://{path}?db=1&password={word}", "unix://:{word}@{path}?db=1"]
    )
    def test_serves_cache_and_broker_with_its_password(self, socket: Path, address: str) -> None:
        url = address.format(path=quote(str(socket)), word=quote(PASSWORD, safe=""))

        assert use(url) == WORKS
        assert use(url, broker_url=url.replace("db=1", "db=2")) == WORKS

        with Client(unix_socket_path=str(socket), password=PASSWORD, db=1) as client:
            assert any(b"payouts" in key for key in client.scan_iter())

    def test_refuses_a_wrong_password(self, socket: Path) -> None:
        used = use(f"unix://{quote(str(socket))}?password=wrong")

        assert used[1] is False
        assert "value" not in used


@dataclass(frozen=True)
class TlsRedis:
    port: int
    authority: Path


@pytest.fixture(scope="module")
def tls_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsRedis]:
    """A Redis whose certificate is for localhost only, by an authority of the tests' own."""
    directory = tmp_path_factory.mktemp("tls")
    if not _speaks_tls(directory):
        pytest.skip("this redis-server was built without TLS")
    _make_certificates(directory)
    port = free_port()
    server = ["--tls-cert-file", str(directory / "server.crt")]
    server += ["--tls-key-file", str(directory / "server.key")]
    server += ["--tls-ca-cert-file", str(directory / "ca.crt"), "--tls-auth-clients", "no"]
    address = ["--bind", "127.0.0.1", "--port", "0", "--tls-port", str(port)]
    client = Client(port=port, host="localhost", ssl=True, ssl_ca_certs=str(directory / "ca.crt"))
    with serve(directory, *address, *server, client=client):
        yield TlsRedis(port, directory / "ca.crt")


def _speaks_tls(directory: Path) -> bool:
    """Start it with a TLS option and without its port: it complains about the one or the other."""
    command = [str(find_program()), "--port", "0", "--tls-port", "1", "--dir", str(directory)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return "Bad directive" not in result.stdout + result.stderr


def _make_certificates(directory: Path) -> None:
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"]
    (directory / "names").write_text("subjectAltName=DNS:localhost\n")
    for command in (
        ["req", "-x509", *key, "-subj", "/CN=tests", "-keyout", "ca.key", "-out", "ca.crt"],
        ["req", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "request"],
        ["x509", "-req", "-in", "request", *authority, "-extfile", "names", "-out", "server.crt"],
    ):
        subprocess.run(["openssl", *command], cwd=directory, capture_output=True, check=True)


class TestTls:
    def test_serves_cache_and_broker_with_a_verified_certificate(self, tls_redis: TlsRedis) -> None:
        url = f"rediss://localhost:{tls_redis.port}/1?ssl_ca_certs={tls_redis.authority}"

        assert use(url) == WORKS
        assert use(url, broker_url=url.replace("/1", "/2")) == WORKS

    @pytest.mark.parametrize(
        "address",
        ["rediss://localhost:{port}", "rediss://127.0.0.1:{port}?ssl_ca_certs={authority}"],
    )
    @pytest.mark.parametrize("names_broker", [True, False])
    def test_refuses_an_unknown_authority_and_another_name(
        self, tls_redis: TlsRedis, address: str, *, names_broker: bool
    ) -> None:
        url = address.format(port=tls_redis.port, authority=tls_redis.authority)
        cached, answers, published, received = use(url, broker_url=url if names_broker else "")

        assert cached == "ConnectionError"
        assert answers is False
        assert published == 0
        assert received == "OperationalError"

    def test_verifies_nothing_when_verification_is_off(self, tls_redis: TlsRedis) -> None:
        assert use(f"rediss://127.0.0.1:{tls_redis.port}?ssl_cert_reqs=none") == WORKS
