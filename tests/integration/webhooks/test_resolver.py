from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from time import monotonic

import pytest
from tests.nameserver import Nameserver
from tests.running import eventually

from payouts.adapters.webhooks.resolver import NameNotResolvedError, Resolver, system_look_up


@pytest.fixture
def nameserver() -> Iterator[Nameserver]:
    with Nameserver.start() as nameserver:
        yield nameserver


@pytest.fixture
def resolver(nameserver: Nameserver) -> Resolver:
    return Resolver(nameserver.look_up, max_look_ups=3)


class TestResolver:
    def test_returns_each_address_of_the_name(
        self, nameserver: Nameserver, resolver: Resolver
    ) -> None:
        nameserver.zones["hooks.test"] = [["192.0.2.1", "2001:db8::1"]]
        found = resolver.resolve("hooks.test", timeout_seconds=5)
        assert found == [ip_address("192.0.2.1"), ip_address("2001:db8::1")]

    def test_asks_again_each_time(self, nameserver: Nameserver, resolver: Resolver) -> None:
        nameserver.zones["hooks.test"] = [["192.0.2.1"], ["192.0.2.2"]]
        found = [resolver.resolve("hooks.test", timeout_seconds=5) for _ in range(2)]
        assert found == [[ip_address("192.0.2.1")], [ip_address("192.0.2.2")]]

    def test_fails_for_a_name_without_address(self, resolver: Resolver) -> None:
        with pytest.raises(NameNotResolvedError, match=r"nobody\.test has no address"):
            resolver.resolve("nobody.test", timeout_seconds=5)

    def test_lets_a_name_that_hangs_hold_up_no_other(
        self, nameserver: Nameserver, resolver: Resolver
    ) -> None:
        nameserver.hanging.add("hangs.test")
        nameserver.zones["hooks.test"] = [["192.0.2.1"]]
        # More waiting requests than there are threads: they share one look-up.
        with ThreadPoolExecutor(8) as threads:
            waiting = [
                threads.submit(resolver.resolve, "hangs.test", timeout_seconds=1) for _ in range(8)
            ]
            eventually(lambda: nameserver.look_ups["hangs.test"])
            started = monotonic()
            assert resolver.resolve("hooks.test", timeout_seconds=5)
            assert monotonic() - started < 0.9
            for each in waiting:
                assert isinstance(each.exception(), NameNotResolvedError)
        assert nameserver.look_ups["hangs.test"] == 1

    def test_limits_how_many_look_ups_hang_and_recovers(
        self, nameserver: Nameserver, resolver: Resolver
    ) -> None:
        names = [f"hangs-{number}.test" for number in range(3)]
        nameserver.hanging.update(names)
        nameserver.zones["hooks.test"] = [["192.0.2.1"]]
        for name in names:
            with pytest.raises(NameNotResolvedError, match="took too long"):
                resolver.resolve(name, timeout_seconds=0.05)
        with pytest.raises(NameNotResolvedError, match="too many look-ups"):
            resolver.resolve("hooks.test", timeout_seconds=5)
        nameserver.released.set()

        def resolves() -> bool:
            try:
                return bool(resolver.resolve("hooks.test", timeout_seconds=5))
            except NameNotResolvedError:
                return False

        eventually(resolves)


class TestSystemLookUp:
    def test_finds_this_machine(self) -> None:
        assert ip_address("127.0.0.1") in system_look_up("localhost")

    def test_makes_a_name_that_does_not_exist_an_error(self) -> None:
        with pytest.raises(NameNotResolvedError):
            Resolver().resolve("does-not-exist.invalid", timeout_seconds=20)
