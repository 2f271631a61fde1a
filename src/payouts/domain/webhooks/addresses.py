"""Which addresses a webhook may be sent to."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from payouts.domain.errors import HttpsRequiredError, WebhookAddressRefusedError

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

# IANA's special-purpose address registries (RFC 6890), and multicast. They are listed here because
# the answer of Python's `is_global` differs between its releases.
_NOT_PUBLIC = [
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network, with the unspecified address
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by customers of a carrier (CGNAT)
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's metadata, at a public address
        "169.254.0.0/16",  # link-local, with the metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, with broadcast
        "2001::/23",  # protocol assignments, with Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
]
# The rest of IPv6 is loopback, local, multicast or reserved, or holds an IPv4 address (mapped,
# NAT64).
_GLOBAL_UNICAST = IPv6Network("2000::/3")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Public addresses may be called over https, `allowed_networks` over http too."""

    allowed_networks: Sequence[Network] = ()

    def ensure_allowed(self, address: Address, *, is_plain: bool) -> None:
        """Raise WebhookAddressRefusedError, or HttpsRequiredError if only https is allowed."""
        if any(address in network for network in self.allowed_networks):
            return
        if not is_public(address):
            raise WebhookAddressRefusedError(address=str(address))
        if is_plain:
            raise HttpsRequiredError


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NOT_PUBLIC)
