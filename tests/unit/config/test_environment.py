"""What each variable may be, and how a wrong value is reported."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment

GIVEN = {
    "SECRET_KEY": "x",
    "DATABASE_URL": "postgresql://localhost/payouts",
    "REDIS_URL": "redis://localhost",
}
# Part of every secret value below, so that none may appear in an error.
HUSH = "hush"
WRONG = [
    ("SECRET_KEY", "", "Set SECRET_KEY, or SECRET_KEY_FILE"),
    ("DEBUG", "maybe", "true or false, not 'maybe'"),
    ("BEHIND_TLS_PROXY", "2", "true or false, not '2'"),
    ("ALLOWED_HOSTS", ",", "host names"),
    ("ALLOWED_HOSTS", "https://pay.example", "host names"),
    ("ALLOWED_HOSTS", "pay.example:8000", "host names"),
    ("ALLOWED_HOSTS", "::1", "host names"),
    ("TRUSTED_PROXIES", "10.0.0.0/8,proxy", "addresses or networks"),
    ("TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks"),
    ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/8,localhost", "addresses or networks"),
    ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8", "addresses or networks"),
    ("WEBHOOK_PROXY", f"{HUSH}.example:3128", "its scheme is not one of http, https"),
    ("WEBHOOK_PROXY", f"socks5://{HUSH}@proxy.example", "its scheme is not one of http, https"),
    ("WEBHOOK_PROXY", f"http://{HUSH}@proxy.example/path", "more than a host and a port"),
    ("WEBHOOK_PROXY", f"http://{HUSH}@", "it names no host"),
    ("METRICS_TOKEN", "hush hush", "visible ASCII"),
    ("PAYOUTS_ENVIRONMENT", "production", "sandbox or live, not 'production'"),
    ("PAYOUTS_PAGE_CACHE", "disk", "redis or memory, not 'disk'"),
    ("PAYOUTS_CURRENCIES", ",", "ISO 4217 codes"),
    ("PAYOUTS_CURRENCIES", "usd", "not 'usd'"),
    ("PAYOUTS_CURRENCIES", "USD,ABC", "'ABC' is none"),
    ("PAYOUTS_RATE_LIMIT", "10", "such as 600/min, not '10'"),
    ("PAYOUTS_RATE_LIMIT", "5 / min", "not '5 / min'"),
    ("PAYOUTS_RATE_LIMIT", "0/min", "not '0/min'"),
    ("PAYOUTS_RATE_LIMIT", "5/fortnight", "not '5/fortnight'"),
    ("LOG_FORMAT", "xml", "json or console, not 'xml'"),
    ("LOG_LEVEL", "LOUD", "DEBUG, INFO"),
    ("LOG_LEVEL", "INFO\nline two", r"not 'INFO\nline two'"),
    ("HOST", "[::1]", "a host name or an IP address, not '[::1]'"),
    ("HOST", "http://here", "a host name or an IP address"),
    ("PORT", "70000", "from 1 to 65535, not '70000'"),
    ("PORT", "0", "from 1 to 65535"),
    ("PORT", "http", "from 1 to 65535"),
    ("WEB_WORKERS", "0", "a whole number from 1"),
    ("WEB_THREADS", "none", "a whole number from 1"),
    ("WORKER_CONCURRENCY", "abc", "a whole number from 1 to 1000, not 'abc'"),
    ("WORKER_CONCURRENCY", "0", "a whole number from 1"),
    ("WORKER_CONCURRENCY", "-1", "a whole number from 1"),
    ("WORKER_CONCURRENCY", "1.5", "a whole number from 1"),
    ("WORKER_CONCURRENCY", str(10**9), "a whole number from 1"),
    ("BANK_URL", "nonsense", "its scheme is not one of http, https"),
    ("BANK_URL", "ftp://bank.example", "its scheme is not one of http, https"),
    ("BANK_URL", "https://", "it names no host"),
    ("BANK_URL", "https://:443", "it names no host"),
    ("BANK_URL", "https://bank.example:99999", "its port"),
    ("BANK_URL", "https://bank.example:http", "its port"),
    ("BANK_URL", "https://bank.example:0", "its port"),
    ("BANK_URL", "https://bänk.example", "not ASCII"),
    ("BANK_URL", "https://bank example", "spaces"),
    ("BANK_URL", "https://bank.example/\nx", "not ASCII"),
    ("BANK_URL", "https://[::1", "its brackets"),
    ("BANK_URL", "https://bank..%zz", "its host"),
    ("BANK_URL", "https://me:hush@bank.example", "a login"),
    ("BANK_URL", "https://bank.example/?key=hush", "a query"),
    ("BANK_URL", "https://bank.example/#x", "a fragment"),
    ("BANK_TOKEN", "hush-é", "visible ASCII"),
    ("BANK_TOKEN", "hush\nhush", "visible ASCII"),
    ("BANK_TOKEN", "hush hush", "visible ASCII"),
    ("BANK_CALLBACK_SECRET", "hush", "whsec_"),
    # No base64 has this length.
    ("BANK_CALLBACK_SECRET", f"whsec_{'A' * 33}", "whsec_"),
    ("DATABASE_URL", "nonsense-hush", "its scheme is not postgresql"),
    ("DATABASE_URL", "mysql://root:hush@localhost/payouts", "its scheme is not postgresql"),
    ("DATABASE_URL", "postgresql://u:hush@localhost", "it names no database"),
    ("DATABASE_URL", "postgresql://u:hush@db/p?colour=red", 'query parameter: "colour"'),
    ("DATABASE_URL", "postgresql://u:hush%zz@db/p", "it cannot be read"),
    ("DATABASE_URL", "postgresql://u:hush@[::1/p", "it cannot be read"),
    ("DATABASE_URL", "postgresql://u:hush@db:70000/p", "its port"),
    ("DATABASE_URL", "postgresql://u:hush@db/p?sslmode=maybe", "its sslmode"),
    ("DATABASE_URL", "postgresql://u:hush@db/p?connect_timeout=soon", "its connect_timeout"),
    ("REDIS_URL", "nonsense-hush", "its scheme is not one of redis, rediss, unix"),
    ("REDIS_URL", "redis://:hush@:6379", "it names no host"),
    ("REDIS_URL", "redis://:hush@h:70000", "its port"),
    ("REDIS_URL", "redis://:hush@h/first", "its database is not a number"),
    ("REDIS_URL", "redis://:hush@h/1/2", "its database is not a number"),
    ("REDIS_URL", "redis://:hush@h?db=-1", "its database is not a number"),
    ("REDIS_URL", "redis://:hush@h?dd=1", "unknown option 'dd'"),
    ("REDIS_URL", "redis://:hush@h?ssl_cert_reqs=none", "unknown option 'ssl_cert_reqs'"),
    ("REDIS_URL", "redis://h?db=1&db=2&password=hush", "an option twice"),
    ("REDIS_URL", "unix://?password=hush", "it names no socket"),
    ("REDIS_URL", "unix://run/redis.sock?password=hush", "it names no socket"),
    ("REDIS_URL", "rediss://:hush@h?ssl_cert_reqs=perhaps", "its ssl_cert_reqs"),
    ("REDIS_URL", "rediss://:hush@h?ssl_check_hostname=perhaps", "its ssl_check_hostname"),
    ("REDIS_URL", "rediss://:hush@h?ssl_ca_certs=/no/such/ca", "its ssl_ca_certs is not a file"),
    ("CELERY_BROKER_URL", "sqs://hush", "its scheme is not one of"),
    ("CELERY_BROKER_URL", "amqp://u:hush@:5672", "it names no host"),
    ("CELERY_BROKER_URL", "amqp://u:hush@h:x", "its port"),
    ("CELERY_BROKER_URL", "redis+socket:///run/redis.sock?virtual_host=x", "its database"),
]


def read(**given: str) -> Environment:
    return Environment.read(GIVEN | given)


def complaint(**given: str) -> str:
    with pytest.raises(ImproperlyConfigured) as raised:
        read(**given)
    return str(raised.value)


class TestEnvironment:
    def test_has_a_wrong_value_of_each_variable_here(self) -> None:
        any_text_is_a_path = {"METRICS_DIR"}
        names = {name.upper() for name in Environment.model_fields}
        assert {name for name, _, _ in WRONG} == names - any_text_is_a_path

    @pytest.mark.parametrize(("name", "value", "wanted"), WRONG)
    def test_names_the_variable_and_the_expected_value(
        self, name: str, value: str, wanted: str
    ) -> None:
        line = complaint(**{name: value})

        assert name in line
        assert wanted in line
        assert HUSH not in line
        assert line.isprintable()

    def test_does_not_keep_secrets_in_the_cause_of_an_error(self) -> None:
        with pytest.raises(ImproperlyConfigured) as raised:
            read(BANK_TOKEN="hush hush")

        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__

    def test_does_not_show_secrets(self) -> None:
        secrets = {
            "SECRET_KEY": "hush",
            "BANK_TOKEN": "hush",
            "DATABASE_URL": "postgresql://u:hush@db/p",
            "REDIS_URL": "redis://:hush@h",
            "CELERY_BROKER_URL": "redis://:hush@h",
        }

        assert "hush" not in repr(read(**secrets))

    @pytest.mark.parametrize("name", ["PORT", "BANK_URL", "PAYOUTS_RATE_LIMIT", "ALLOWED_HOSTS"])
    def test_ignores_an_empty_variable(self, name: str) -> None:
        assert read(**{name: ""}) == read()

    @pytest.mark.parametrize(
        ("name", "value", "parsed"),
        [
            ("DEBUG", "True", True),
            ("DEBUG", "off", False),
            (
                "ALLOWED_HOSTS",
                "pay.example, .a.example,[::1],*,",
                ["pay.example", ".a.example", "[::1]", "*"],
            ),
            ("PAYOUTS_CURRENCIES", "EUR, USD", frozenset({"EUR", "USD"})),
            ("PAYOUTS_RATE_LIMIT", "600/min", "600/min"),
            ("LOG_LEVEL", "info", "INFO"),
            ("TRUSTED_PROXIES", "10.0.0.0/8", [ip_network("10.0.0.0/8")]),
            ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/8", [ip_network("10.0.0.0/8")]),
            ("WEBHOOK_PROXY", "http://me:key@proxy.example/", "http://me:key@proxy.example"),
            ("TRUSTED_PROXIES", "::1, 192.0.2.1", [ip_network("::1"), ip_network("192.0.2.1")]),
            ("PORT", "443", 443),
            ("HOST", "::1", "::1"),
            ("HOST", "web-1.internal", "web-1.internal"),
            ("BANK_URL", "https://bank.example:8443/api/", "https://bank.example:8443/api"),
            ("BANK_URL", "http://[::1]:8001", "http://[::1]:8001"),
            ("CELERY_BROKER_URL", "amqp://u:p@a;amqp://u:p@b", "amqp://u:p@a;amqp://u:p@b"),
        ],
    )
    def test_reads_a_valid_value(self, name: str, value: str, parsed: object) -> None:
        assert getattr(read(**{name: value}), name.lower()) == parsed

    @pytest.mark.parametrize(
        ("content", "wanted"),
        [
            (None, "cannot be read: No such file or directory"),
            (b"", "names an empty file"),
            (b"\n \n", "names an empty file"),
            (b"hush\xff", "names a file that is not UTF-8"),
        ],
    )
    def test_refuses_a_file_without_a_value(
        self, tmp_path: Path, content: bytes | None, wanted: str
    ) -> None:
        path = tmp_path / "token"
        if content is not None:
            path.write_bytes(content)

        assert complaint(BANK_TOKEN_FILE=str(path)) == f"BANK_TOKEN_FILE {wanted}: {path}"

    def test_refuses_a_directory_for_a_file(self, tmp_path: Path) -> None:
        line = complaint(BANK_TOKEN_FILE=str(tmp_path))

        assert line == f"BANK_TOKEN_FILE cannot be read: Is a directory: {tmp_path}"

    @pytest.mark.parametrize("content", ["the-token", "the-token\n", "the-token\r\n\n"])
    def test_reads_a_file_without_its_last_line_ends(self, tmp_path: Path, content: str) -> None:
        path = tmp_path / "token"
        path.write_text(content)

        assert read(BANK_TOKEN_FILE=str(path)).bank_token == "the-token"

    def test_refuses_a_value_beside_a_file(self, tmp_path: Path) -> None:
        line = complaint(SECRET_KEY_FILE=str(tmp_path / "key"))

        assert line == "Set SECRET_KEY or SECRET_KEY_FILE, not both."

    def test_is_described_in_the_documentation(self) -> None:
        documented = Path("docs/operations.md").read_text()

        for name in Environment.model_fields:
            assert f"`{name.upper()}`" in documented
