from ipaddress import ip_address

import pytest

from payouts.domain.errors import WebhookUrlMalformedError
from payouts.domain.webhooks.url import URL_LIMIT, WebhookUrl

REFUSED = [
    # another scheme, or none
    ("", "visible ASCII"),
    ("example.com", "begin with"),
    ("//example.com", "begin with"),
    ("ftp://example.com/", "begin with"),
    ("file:///etc/passwd", "begin with"),
    ("HTTPS://example.com/", "begin with"),
    ("https:/example.com", "begin with"),
    ("https:example.com", "begin with"),
    # characters that parsers drop, or read as others
    (" https://example.com/", "visible ASCII"),
    ("https://example.com/ ", "visible ASCII"),
    ("https://exa mple.com/", "visible ASCII"),
    ("https://example.com\t/", "visible ASCII"),
    ("https://example.com/\r\nHost: other", "visible ASCII"),
    ("https://example.com\x00.evil.example/", "visible ASCII"),
    ("https://example.com\\@127.0.0.1/", "backslash"),
    ("https:\\\\example.com\\", "backslash"),
    ("https://bücher.example/", "xn--"),
    ("https://ⓔxample.com/", "xn--"),
    ("https://example。com/", "xn--"),
    ("https://exam\u200bple.com/", "xn--"),
    ("https://１２７.0.0.1/", "xn--"),
    # a login, a fragment
    ("https://user@example.com/", "user name"),
    ("https://user:password@example.com/", "user name"),
    ("https://example.com@127.0.0.1/", "user name"),
    ("https://@example.com/", "user name"),
    ("https://example.com/#fragment", "fragment"),
    ("https://example.com#@127.0.0.1/", "fragment"),
    ("https://example.com/#", "fragment"),
    # ports
    ("https://example.com:0/", "port"),
    ("https://example.com:/", "port"),
    ("https://example.com:65536/", "port"),
    ("https://example.com:0443/", "port"),
    ("https://example.com:+443/", "port"),
    ("https://example.com:443:443/", "port"),
    ("https://example.com:https/", "port"),
    # hosts that are no plain name
    ("https:///path", "host"),
    ("https://?query", "host"),
    ("https://.example.com/", "host"),
    ("https://example..com/", "host"),
    ("https://example.com./", "host"),
    ("https://./", "host"),
    ("https://-example.com/", "host"),
    ("https://exam%70le.com/", "host"),
    ("https://%31%32%37.0.0.1/", "four decimal"),
    (f"https://{'a' * 64}.example/", "host"),
    (f"https://{'a.' * 127}example/", "host"),
    ("https://example.com;evil/", "host"),
    # IPv4 in forms that not all parsers agree about
    ("https://2130706433/", "four decimal"),
    ("https://0x7f000001/", "four decimal"),
    ("https://0X7F000001/", "four decimal"),
    ("https://0x7f.0x0.0x0.0x1/", "four decimal"),
    ("https://0x/", "four decimal"),
    ("https://017700000001/", "four decimal"),
    ("https://0177.0.0.1/", "four decimal"),
    ("https://127.0.0.01/", "four decimal"),
    ("https://127.1/", "four decimal"),
    ("https://127.0.1/", "four decimal"),
    ("https://256.0.0.1/", "four decimal"),
    ("https://1.2.3.4.5/", "four decimal"),
    ("https://example.1/", "four decimal"),
    ("https://127.0.0.1./", "host"),
    # IPv6
    ("https://[]/", "IPv6"),
    ("https://[::1/", "host"),
    ("https://::1/", "port"),
    ("https://[::1]x/", "host"),
    ("https://[fe80::1%25eth0]/", "zone"),
    ("https://[example.com]/", "IPv6"),
    ("https://[127.0.0.1]/", "IPv6"),
    (f"https://example.com/{'x' * URL_LIMIT}", "up to"),
]


class TestWebhookUrl:
    @pytest.mark.parametrize(("text", "complaint"), REFUSED)
    def test_refuses_what_is_not_plain(self, text: str, complaint: str) -> None:
        with pytest.raises(WebhookUrlMalformedError, match=complaint):
            WebhookUrl.parse(text)

    @pytest.mark.parametrize(
        ("text", "scheme", "host", "port", "target", "netloc"),
        [
            ("https://example.com", "https", "example.com", 443, "/", "example.com"),
            ("https://example.com?a=b", "https", "example.com", 443, "/?a=b", "example.com"),
            (
                "https://Hooks.Example.com:8443/p/%20?q=@:#"[:-1],
                "https",
                "hooks.example.com",
                8443,
                "/p/%20?q=@:",
                "hooks.example.com:8443",
            ),
            ("http://localhost:80/x", "http", "localhost", 80, "/x", "localhost"),
            ("https://xn--bcher-kva.example/", "https", "xn--bcher-kva.example", 443, "/", None),
            ("https://my_service-1.internal/", "https", "my_service-1.internal", 443, "/", None),
            ("https://3scale.example.0xyz/", "https", "3scale.example.0xyz", 443, "/", None),
            ("https://192.0.2.1:443/", "https", "192.0.2.1", 443, "/", "192.0.2.1"),
            ("http://[::1]:9000/", "http", "::1", 9000, "/", "[::1]:9000"),
            ("https://[2606:4700:0::1]/", "https", "2606:4700::1", 443, "/", "[2606:4700::1]"),
        ],
    )
    def test_reads_the_parts(  # noqa: PLR0917
        self, text: str, scheme: str, host: str, port: int, target: str, netloc: str | None
    ) -> None:
        url = WebhookUrl.parse(text)
        assert url == WebhookUrl(text, scheme, host, port, target)
        assert url.netloc == (netloc or host)

    def test_knows_whether_the_host_is_an_address(self) -> None:
        assert WebhookUrl.parse("https://example.com/").address is None
        assert WebhookUrl.parse("https://192.0.2.1/").address == ip_address("192.0.2.1")
        assert WebhookUrl.parse("https://[::1]/").address == ip_address("::1")
