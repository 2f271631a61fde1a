from ipaddress import ip_network

import pytest

from payouts.entrypoints.client_address import find_client_address

NETWORKS = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


class TestFindClientAddress:
    @pytest.mark.parametrize(
        ("connected", "forwarded", "expected"),
        [
            ("203.0.113.9", None, "203.0.113.9"),
            # A client may send any header; only trusted proxies are believed.
            ("203.0.113.9", "198.51.100.7", "203.0.113.9"),
            ("10.0.0.1", None, "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "1.1.1.1, 198.51.100.7,10.0.0.2", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("10.0.0.1", "nonsense", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.7, nonsense", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
            ("fd00::1", "2001:db8::1", "2001:db8::1"),
            ("", "198.51.100.7", ""),
        ],
    )
    def test_trusts_only_the_named_proxies(
        self, connected: str, forwarded: str | None, expected: str
    ) -> None:
        environ = {"REMOTE_ADDR": connected}
        if forwarded is not None:
            environ["HTTP_X_FORWARDED_FOR"] = forwarded
        assert find_client_address(environ, trusted=NETWORKS) == expected

    def test_trusts_no_proxy_unless_proxies_are_named(self) -> None:
        environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.7"}
        assert find_client_address(environ, trusted=[]) == "10.0.0.1"
