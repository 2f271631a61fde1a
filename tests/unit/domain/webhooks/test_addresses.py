from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.domain.errors import HttpsRequiredError, WebhookAddressRefusedError
from payouts.domain.webhooks.addresses import Address, AddressRules, is_public

REFUSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # Alibaba's metadata
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # Azure's metadata
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # Oracle's metadata
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",  # Teredo
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",  # AWS' metadata
    "fe80::1",
    "fe80::1%1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.32.0.1", "168.63.129.17"]
PUBLIC_IPV6 = ["2606:4700:4700::1111", "2a00:1450::1", "2001:4860:4860::8888"]
# Public by IANA's registry, and refused all the same or in another way by Python's releases.
ANYCAST = [ip_network(text) for text in ("192.0.0.0/24", "2001::/23")]


class TestIsPublic:
    @pytest.mark.parametrize("text", REFUSED)
    def test_is_false_for_special_addresses(self, text: str) -> None:
        assert not is_public(ip_address(text))

    @pytest.mark.parametrize("text", [*PUBLIC, *PUBLIC_IPV6])
    def test_is_true_for_addresses_of_the_internet(self, text: str) -> None:
        assert is_public(ip_address(text))

    @given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
    def test_is_never_true_for_what_python_calls_not_global(self, address: Address) -> None:
        if not address.is_global or address.is_multicast or address.is_reserved:
            assert not is_public(address)

    @given(st.ip_addresses(v=4))
    def test_is_false_for_every_form_of_an_ipv4_address_in_ipv6(self, address: IPv4Address) -> None:
        number = int(address)
        for prefix in ("::", "::ffff:0:0", "64:ff9b::", "64:ff9b:1::"):
            assert not is_public(IPv6Address(int(IPv6Address(prefix)) + number))
        assert not is_public(IPv6Address((0x2002 << 112) + (number << 80) + 1))


class TestAddressRules:
    rules = AddressRules([ip_network("10.0.0.0/8"), ip_network("::1/128")])

    @pytest.mark.parametrize("is_plain", [True, False])
    @pytest.mark.parametrize("text", ["10.1.2.3", "::1"])
    def test_allows_what_a_setting_names(self, text: str, is_plain: bool) -> None:
        self.rules.ensure_allowed(ip_address(text), is_plain=is_plain)

    def test_allows_public_addresses_over_https_only(self) -> None:
        self.rules.ensure_allowed(ip_address("8.8.8.8"), is_plain=False)
        with pytest.raises(HttpsRequiredError):
            self.rules.ensure_allowed(ip_address("8.8.8.8"), is_plain=True)

    @pytest.mark.parametrize("is_plain", [True, False])
    @pytest.mark.parametrize("text", ["127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::a01:203", "::2"])
    def test_refuses_others_and_names_them(self, text: str, is_plain: bool) -> None:
        with pytest.raises(WebhookAddressRefusedError, match=str(ip_address(text))):
            self.rules.ensure_allowed(ip_address(text), is_plain=is_plain)
