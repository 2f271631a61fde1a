"""One address, as each library reads it."""

import ssl
from typing import Any

import pytest
from kombu import Connection
from redis.connection import ConnectionPool

from config.addresses.broker import parse_broker
from config.addresses.postgresql import parse_database
from config.addresses.redis import RedisAddress

VERIFIED = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}


def as_redis_py(address: RedisAddress) -> dict[str, Any]:
    return ConnectionPool.from_url(address.for_redis_py()).connection_kwargs


def as_kombu(url: str) -> dict[str, Any]:
    """Return the arguments that kombu gives to redis-py."""
    with Connection(url) as connection:
        transport = connection.transport
        channel = transport.Channel.__new__(transport.Channel)
        channel.connection = type("Virtual", (), {"client": connection, "default_port": 6379})()
        return channel._connparams()


class TestRedisAddress:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("redis://h", {"host": "h", "port": 6379, "db": 0}),
            ("redis://h?db=2", {"host": "h", "db": 2}),
            ("redis://h:7000/3", {"host": "h", "port": 7000, "db": 3}),
            ("redis://h/1?db=2", {"db": 2}),
            ("redis://[::1]:7000/1", {"host": "::1", "port": 7000, "db": 1}),
            ("redis://:p@h:1/2", {"password": "p", "db": 2}),
            ("redis://u:a%2Cb%40%2F%3Fc@h", {"username": "u", "password": "a,b@/?c"}),
            ("redis://h?username=u&password=p%20q", {"username": "u", "password": "p q"}),
            ("unix:///run/redis.sock", {"path": "/run/redis.sock", "db": 0}),
            ("unix:///a%20b/r?db=1&password=x%2Fy", {"path": "/a b/r", "db": 1, "password": "x/y"}),
            ("unix://u:p@/run/redis.sock", {"username": "u", "password": "p"}),
            ("rediss://h", VERIFIED),
            ("rediss://[::1]:7000/1", {"host": "::1", "port": 7000, "db": 1, **VERIFIED}),
            ("rediss://h?ssl_check_hostname=false", {"ssl_check_hostname": False}),
            (f"rediss://h?ssl_ca_certs={__file__}", {"ssl_ca_certs": __file__, **VERIFIED}),
        ],
    )
    def test_means_the_same_for_the_cache_and_the_broker(
        self, text: str, expected: dict[str, Any]
    ) -> None:
        address = RedisAddress.parse(text)
        cache, broker = as_redis_py(address), as_kombu(address.for_kombu())

        for name, value in expected.items():
            assert cache[name] == value
            assert broker[name] == (ssl.CERT_REQUIRED if value == "required" else value)

    @pytest.mark.parametrize("text", ["none", "CERT_NONE"])
    def test_verifies_no_certificate_when_verification_is_off(self, text: str) -> None:
        address = RedisAddress.parse(f"rediss://h?ssl_cert_reqs={text}")

        assert as_redis_py(address)["ssl_cert_reqs"] == "none"
        assert as_kombu(address.for_kombu())["ssl_cert_reqs"] == ssl.CERT_NONE


class TestParseBroker:
    def test_reads_a_redis_as_the_cache_does(self) -> None:
        assert parse_broker("redis://h?db=2") == RedisAddress.parse("redis://h/2").for_kombu()

    def test_reads_a_socket_as_kombu_writes_it(self) -> None:
        url = "redis+socket://:p@/run/redis.sock?virtual_host=1"

        assert parse_broker(url) == url


class TestParseDatabase:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
    def test_reads_both_schemes(self, scheme: str) -> None:
        database = parse_database(f"{scheme}://u:p%40%2F@[::1]:5433/name")

        parts = [database[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
        assert parts == ["u", "p@/", "::1", "5433", "name"]

    @pytest.mark.parametrize("url", ["postgresql:///p?host=/run", "postgresql://%2Frun/p"])
    def test_reads_the_directory_of_a_socket(self, url: str) -> None:
        assert parse_database(url)["HOST"] == "/run"

    def test_reads_several_hosts(self) -> None:
        database = parse_database("postgresql://a:1,b:2/p?target_session_attrs=read-write")

        assert (database["HOST"], database["PORT"]) == ("a,b", "1,2")
        assert database["OPTIONS"]["target_session_attrs"] == "read-write"

    def test_keeps_the_options_of_the_address(self) -> None:
        url = "postgresql://h/p?sslmode=require&connect_timeout=9&application_name=a"
        options = parse_database(url)["OPTIONS"]

        assert options["sslmode"] == "require"
        assert options["connect_timeout"] == "9"
        assert options["application_name"] == "a"

    def test_has_time_limits_unless_the_address_has_others(self) -> None:
        options = parse_database("postgresql://h/p?options=-c%20lock_timeout%3D9")["OPTIONS"]

        assert "statement_timeout=5000" in options["options"]
        # PostgreSQL takes the last of two values.
        assert options["options"].endswith("-c lock_timeout=9")
        assert options["connect_timeout"] == "3"
