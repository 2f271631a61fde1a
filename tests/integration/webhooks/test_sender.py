"""Sending a message, to servers and names that misbehave."""

import ssl
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from ipaddress import ip_network
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from tests.nameserver import Nameserver
from tests.raw_server import RawServer, says, trickles
from tests.running import free_port

from payouts.adapters.webhooks.address_check import ResolvedAddressCheck
from payouts.adapters.webhooks.resolver import Resolver
from payouts.adapters.webhooks.sender import HttpSender
from payouts.application.webhooks.ports import Target
from payouts.domain.errors import HttpsRequiredError, WebhookAddressRefusedError
from payouts.domain.webhooks.addresses import AddressRules
from payouts.domain.webhooks.retries import Answer
from payouts.domain.webhooks.secret import new_secret
from payouts.domain.webhooks.url import WebhookUrl

SECRET, OLD_SECRET = new_secret(), new_secret()
MESSAGE: dict[str, Any] = {"type": "payout.completed", "data": {"payout_id": 1, "note": "ü"}}
DEADLINE_SECONDS = 0.6
# What the tests call, and no other address of this machine.
ALLOWED = [ip_network("127.0.0.1"), ip_network("::1"), ip_network("127.0.0.2")]
REFUSED = [
    "127.0.0.3",
    "10.0.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::1",
    "2001:0:7f00:1::1",
    "fd00:ec2::254",
    "fe80::1",
]


@pytest.fixture
def nameserver() -> Iterator[Nameserver]:
    with Nameserver.start() as nameserver:
        yield nameserver


@pytest.fixture
def resolver(nameserver: Nameserver) -> Resolver:
    return Resolver(nameserver.look_up)


@pytest.fixture
def sender(resolver: Resolver) -> Iterator[HttpSender]:
    with a_sender(resolver) as sender:
        yield sender


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer.start() as server:
        yield server


@contextmanager
def a_sender(resolver: Resolver, **options: Any) -> Iterator[HttpSender]:
    sender = HttpSender(
        resolver=resolver,
        rules=AddressRules(ALLOWED),
        connections=4,
        **{"deadline_seconds": DEADLINE_SECONDS} | options,
    )
    yield sender
    sender.close()


def a_proxied_sender(resolver: Resolver, proxy: RawServer) -> AbstractContextManager[HttpSender]:
    return a_sender(resolver, proxy_url=f"http://127.0.0.1:{proxy.port}")


def send(
    sender: HttpSender, server: RawServer, *, host: str = "127.0.0.1", path: str = "/hook"
) -> Answer:
    return send_to(sender, f"http://{host}:{server.port}{path}")


def send_to(sender: HttpSender, url: str, *secrets: str) -> Answer:
    target = Target(url, secrets or (SECRET,))
    return sender.send(message_id="evt_1", content=MESSAGE, target=target)


class TestMessage:
    def test_arrives_signed(self, sender: HttpSender, server: RawServer) -> None:
        server.behave = says(200, b"thanks")
        answer = send(sender, server, path="/hook?tenant=1")
        [request] = server.requests
        assert request.target == "/hook?tenant=1"
        assert request.headers["webhook-id"] == "evt_1"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["host"] == f"127.0.0.1:{server.port}"
        assert Webhook(SECRET).verify(request.body, request.headers) == MESSAGE
        assert (answer.status_code, answer.excerpt, answer.error) == (200, "thanks", "")
        assert answer.is_success

    def test_is_signed_with_each_secret(self, sender: HttpSender, server: RawServer) -> None:
        send_to(sender, f"http://127.0.0.1:{server.port}/", SECRET, OLD_SECRET)
        [request] = server.requests
        assert len(request.headers["webhook-signature"].split(" ")) == 2
        for secret in (SECRET, OLD_SECRET):
            Webhook(secret).verify(request.body, request.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(new_secret()).verify(request.body, request.headers)

    def test_shares_a_connection_with_others(self, sender: HttpSender, server: RawServer) -> None:
        for _ in range(5):
            assert send(sender, server).is_success
        assert [request.connection for request in server.requests] == [1] * 5

    def test_goes_to_ipv6(self, sender: HttpSender) -> None:
        with RawServer.start(host="::1") as server:
            assert send(sender, server, host="[::1]").is_success
            assert server.requests[0].headers["host"] == f"[::1]:{server.port}"


class TestAnswer:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_that_redirects_is_not_followed(
        self, sender: HttpSender, server: RawServer, status: int
    ) -> None:
        with RawServer.start() as elsewhere:
            for location in (
                f"http://127.0.0.1:{elsewhere.port}/",
                "http://169.254.169.254/latest/",
            ):
                server.behave = says(status, b"", f"Location: {location}")
                answer = send(sender, server)
                assert (answer.status_code, answer.is_success) == (status, False)
        assert elsewhere.requests == []

    @pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("soon", 0), ("-5", 0)])
    def test_tells_when_to_come_back(
        self, sender: HttpSender, server: RawServer, text: str, seconds: float
    ) -> None:
        server.behave = says(429, b"", f"Retry-After: {text}")
        assert send(sender, server).retry_after_seconds == seconds

    def test_tells_by_a_date_when_to_come_back(self, sender: HttpSender, server: RawServer) -> None:
        server.behave = says(503, b"", "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT")
        assert send(sender, server).retry_after_seconds > 1_000_000_000
        server.behave = says(503, b"", "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT")
        assert send(sender, server).retry_after_seconds == 0

    def test_of_huge_size_is_read_in_part(self, sender: HttpSender, server: RawServer) -> None:
        sent = []

        def floods(connection: Any) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
            while True:
                connection.sendall(b"x" * 65536)
                sent.append(65536)

        server.behave = floods
        answer = send(sender, server)
        assert (answer.status_code, answer.excerpt) == (200, "x" * 1024)
        # The rest waits in buffers of the system.
        assert sum(sent) < 20_000_000

    def test_keeps_no_control_characters(self, sender: HttpSender, server: RawServer) -> None:
        server.behave = says(500, b"a\x00b\x1b[31m\xff\xfe\r\nc")
        assert send(sender, server).excerpt == "a\ufffdb\ufffd[31m\ufffd\ufffd\ufffd\ufffdc"

    def test_that_breaks_off_counts_by_its_status(
        self, sender: HttpSender, server: RawServer
    ) -> None:
        def breaks_off(connection: Any) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
            connection.close()

        server.behave = breaks_off
        answer = send(sender, server)
        assert (answer.status_code, answer.excerpt) == (200, "part")

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            (b"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"),
            (b"", "not HTTP"),
            (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 30_000, "not HTTP"),
        ],
    )
    def test_that_cannot_be_read_is_none(
        self, sender: HttpSender, server: RawServer, text: bytes, complaint: str
    ) -> None:
        def behave(connection: Any) -> None:
            connection.sendall(text)
            connection.close()

        server.behave = behave
        answer = send(sender, server)
        assert answer.status_code is None
        assert complaint in answer.error
        assert len(answer.error) <= 255

    def test_is_none_if_nobody_listens(self, sender: HttpSender) -> None:
        answer = send_to(sender, f"http://127.0.0.1:{free_port()}/")
        assert (answer.status_code, answer.is_success) == (None, False)
        assert "refused" in answer.error


class TestDeadline:
    """One deadline for everything, however slowly the bytes arrive."""

    @pytest.mark.parametrize(
        ("text", "then", "status"),
        [
            (b"", b"", None),
            (b"HTTP/1.1 200 OK\r\nX: ", b"y", None),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"y", 200),
            (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", None),
        ],
        ids=["silence", "headers", "body", "informational"],
    )
    def test_ends_the_exchange(
        self, sender: HttpSender, server: RawServer, text: bytes, then: bytes, status: int | None
    ) -> None:
        server.behave = trickles(text, then)
        started = monotonic()
        answer = send(sender, server)
        assert DEADLINE_SECONDS <= monotonic() - started < DEADLINE_SECONDS + 1
        assert answer.status_code == status
        assert answer.error == ("" if status else "No answer in time.")

    def test_ends_a_look_up(self, sender: HttpSender, nameserver: Nameserver) -> None:
        nameserver.hanging.add("hangs.test")
        started = monotonic()
        answer = send_to(sender, "https://hangs.test/")
        assert monotonic() - started < DEADLINE_SECONDS + 1
        assert "took too long" in answer.error

    def test_ends_a_tls_handshake(self, sender: HttpSender) -> None:
        with RawServer.start() as server:
            server.behave = trickles(b"", b"")
            started = monotonic()
            answer = send_to(sender, f"https://127.0.0.1:{server.port}/")
            assert monotonic() - started < DEADLINE_SECONDS + 1
            assert answer.error == "No connection in time."


class TestAddress:
    @pytest.mark.parametrize("text", REFUSED)
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_in_the_url_is_refused(self, sender: HttpSender, text: str, scheme: str) -> None:
        host = f"[{text}]" if ":" in text else text
        answer = send_to(sender, f"{scheme}://{host}/")
        assert answer.error.startswith("Not sent:")
        assert answer.duration_seconds < 0.2

    @pytest.mark.parametrize("text", REFUSED)
    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_behind_a_name_is_refused(
        self, sender: HttpSender, nameserver: Nameserver, text: str, scheme: str
    ) -> None:
        nameserver.zones["hooks.test"] = [[text]]
        answer = send_to(sender, f"{scheme}://hooks.test/")
        assert answer.error.startswith("Not sent:")
        assert nameserver.look_ups["hooks.test"] == 1

    def test_of_the_internet_is_not_called_without_tls(
        self, sender: HttpSender, nameserver: Nameserver
    ) -> None:
        nameserver.zones["hooks.test"] = [["8.8.8.8"]]
        for url in ("http://hooks.test/", "http://8.8.8.8/"):
            assert send_to(sender, url).error.startswith("Not sent: Use https.")

    def test_is_refused_if_any_other_of_the_name_is(
        self, sender: HttpSender, server: RawServer, nameserver: Nameserver
    ) -> None:
        nameserver.zones["hooks.test"] = [["127.0.0.1", "10.0.0.1"]]
        answer = send(sender, server, host="hooks.test")
        assert answer.error.startswith("Not sent: 10.0.0.1")
        assert server.connections == 0

    def test_that_was_checked_is_the_one_that_is_called(
        self, sender: HttpSender, server: RawServer, nameserver: Nameserver
    ) -> None:
        """A nameserver that answers otherwise at the next look-up gains nothing."""
        nameserver.zones["hooks.test"] = [["127.0.0.1"], ["127.0.0.3"]]
        with RawServer.start(host="127.0.0.3", port=server.port) as internal:
            assert send(sender, server, host="hooks.test").is_success
            assert nameserver.look_ups["hooks.test"] == 1
            assert server.requests[0].headers["host"] == f"hooks.test:{server.port}"
            # A new connection: the name now leads to the internal server.
            with a_sender(Resolver(nameserver.look_up)) as fresh:
                answer = send(fresh, server, host="hooks.test")
            assert answer.error.startswith("Not sent: 127.0.0.3")
            assert nameserver.look_ups["hooks.test"] == 2
        assert internal.connections == 0

    def test_is_the_next_one_if_the_first_does_not_answer(
        self, sender: HttpSender, server: RawServer, nameserver: Nameserver
    ) -> None:
        nameserver.zones["hooks.test"] = [["127.0.0.2", "127.0.0.1"]]
        assert send(sender, server, host="hooks.test").is_success
        assert server.connections == 1


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for hooks.test that signs itself, with its key."""
    made = tmp_path_factory.mktemp("tls") / "certificate.pem"
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    options += " -subj /CN=hooks.test -addext subjectAltName=DNS:hooks.test"
    subprocess.run(
        ["openssl", *options.split(), "-keyout", made, "-out", f"{made}.crt"],
        check=True,
        capture_output=True,
    )
    made.write_text(made.read_text() + Path(f"{made}.crt").read_text())
    return made


class TestTls:
    @pytest.fixture
    def tls_server(self, authority: Path) -> Iterator[RawServer]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority)
        with RawServer.start(tls=context) as server:
            yield server

    def test_verifies_the_host_name(
        self,
        tls_server: RawServer,
        authority: Path,
        resolver: Resolver,
        nameserver: Nameserver,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        nameserver.zones.update({"hooks.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]})
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        with a_sender(resolver, deadline_seconds=5) as sender:
            assert send_to(sender, f"https://hooks.test:{tls_server.port}/").is_success
            answer = send_to(sender, f"https://other.test:{tls_server.port}/")
        assert "Hostname mismatch" in answer.error
        assert len(tls_server.requests) == 1

    def test_refuses_an_unknown_authority(
        self, tls_server: RawServer, sender: HttpSender, nameserver: Nameserver
    ) -> None:
        nameserver.zones["hooks.test"] = [["127.0.0.1"]]
        answer = send_to(sender, f"https://hooks.test:{tls_server.port}/")
        assert "CERTIFICATE_VERIFY_FAILED" in answer.error
        assert tls_server.requests == []


class TestProxy:
    def test_of_the_environment_is_ignored(
        self, resolver: Resolver, server: RawServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with RawServer.start() as proxy:
            for name in ("http_proxy", "https_proxy", "all_proxy"):
                for variable in (name, name.upper()):
                    monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
            with a_sender(resolver) as sender:
                assert send(sender, server).is_success
        assert proxy.connections == 0

    def test_of_the_setting_gets_everything_and_resolves_the_names(
        self, resolver: Resolver, nameserver: Nameserver
    ) -> None:
        with RawServer.start() as proxy:
            proxy.behave = says(502)
            with a_proxied_sender(resolver, proxy) as sender:
                answer = send_to(sender, "https://hooks.test/")
            assert answer.error == "The proxy refused: 502 X"
            assert proxy.requests[0].head.startswith(b"CONNECT hooks.test:443 ")
            assert b"webhook-signature" not in proxy.requests[0].head
        assert not nameserver.look_ups

    def test_is_not_asked_for_an_address_that_is_refused(self, resolver: Resolver) -> None:
        with RawServer.start() as proxy, a_proxied_sender(resolver, proxy) as sender:
            assert send_to(sender, "https://10.0.0.1/").error.startswith("Not sent:")
        assert proxy.connections == 0

    def test_is_held_to_the_deadline(self, resolver: Resolver) -> None:
        with RawServer.start() as proxy:
            proxy.behave = trickles(b"HTTP/1.1 200 OK\r\nX: ", b"y")
            started = monotonic()
            with a_proxied_sender(resolver, proxy) as sender:
                assert send_to(sender, "https://hooks.test/").error == "No answer in time."
            assert monotonic() - started < DEADLINE_SECONDS + 1


class TestAddressCheck:
    @pytest.fixture
    def check(self, resolver: Resolver, nameserver: Nameserver) -> ResolvedAddressCheck:
        nameserver.zones.update(
            {
                "public.test": [["8.8.8.8"]],
                "allowed.test": [["127.0.0.1", "::1"]],
                "private.test": [["8.8.8.8", "10.0.0.1"]],
            }
        )
        return ResolvedAddressCheck(resolver, AddressRules(ALLOWED))

    @pytest.mark.parametrize(
        "url",
        [
            "https://public.test/",
            "https://allowed.test/",
            "http://allowed.test/",
            "http://127.0.0.1/",
            "https://8.8.8.8/",
            "https://unknown.test/",
        ],
    )
    def test_allows(self, check: ResolvedAddressCheck, url: str) -> None:
        check.ensure_allowed(WebhookUrl.parse(url))

    @pytest.mark.parametrize(
        ("url", "error"),
        [
            ("https://private.test/", WebhookAddressRefusedError),
            ("https://10.0.0.1/", WebhookAddressRefusedError),
            ("https://[::ffff:127.0.0.1]/", WebhookAddressRefusedError),
            ("http://10.0.0.1/", WebhookAddressRefusedError),
            ("http://public.test/", HttpsRequiredError),
            ("http://8.8.8.8/", HttpsRequiredError),
            ("http://unknown.test/", HttpsRequiredError),
        ],
    )
    def test_refuses(self, check: ResolvedAddressCheck, url: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            check.ensure_allowed(WebhookUrl.parse(url))

    def test_leaves_names_to_the_proxy(self) -> None:
        check = ResolvedAddressCheck(None, AddressRules(ALLOWED))
        check.ensure_allowed(WebhookUrl.parse("https://private.test/"))
        with pytest.raises(HttpsRequiredError):
            check.ensure_allowed(WebhookUrl.parse("http://allowed.test/"))
