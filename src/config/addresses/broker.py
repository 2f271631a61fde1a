"""The address of the broker: a Redis, read as the cache's is, or RabbitMQ."""

from urllib.parse import urlsplit

from config.addresses.parts import require_host, split_address
from config.addresses.redis import RedisAddress

_AMQP = ("amqp", "amqps")
_KOMBU_SOCKET = "redis+socket"


def parse_broker(text: str) -> str:
    """Return the address as kombu reads it; raise ValueError, which does not quote the address."""
    scheme = urlsplit(text).scheme
    if scheme in _AMQP:
        # kombu tries the nodes of a cluster in turn.
        for node in text.split(";"):
            require_host(split_address(node, _AMQP))
        return text
    if scheme == _KOMBU_SOCKET:
        text = text.replace(_KOMBU_SOCKET, "unix", 1).replace("virtual_host=", "db=", 1)
    return RedisAddress.parse(text).for_kombu()
