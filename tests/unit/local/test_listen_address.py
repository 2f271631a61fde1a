import socket

import pytest

from local.errors import LocalError
from local.listen_address import ListenAddress, free_address


class TestListenAddress:
    @pytest.mark.parametrize(
        ("host", "url"),
        [
            ("127.0.0.1", "http://127.0.0.1:80"),
            ("0.0.0.0", "http://127.0.0.1:80"),
            ("localhost", "http://localhost:80"),
            ("::1", "http://[::1]:80"),
            ("::", "http://[::1]:80"),
        ],
    )
    def test_has_a_url_to_connect_to(self, host: str, url: str) -> None:
        assert ListenAddress(host, host, 80).url == url


class TestFreeAddress:
    @pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
    def test_keeps_an_address_as_it_is(self, host: str) -> None:
        assert free_address(host, 0, limit_seconds=0) == ListenAddress(host, host, 0)

    def test_resolves_a_name(self) -> None:
        assert free_address("localhost", 0, limit_seconds=0).ip in {"127.0.0.1", "::1"}

    def test_refuses_a_port_in_use(self) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]

            with pytest.raises(LocalError, match=rf"^port {port} of 127\.0\.0\.1 .*; try --port$"):
                free_address("127.0.0.1", port, limit_seconds=0)

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70, "[::1]"])
    def test_refuses_an_invalid_address(self, host: str) -> None:
        with pytest.raises(LocalError, match="is not a name or an address"):
            free_address(host, 0, limit_seconds=0)
