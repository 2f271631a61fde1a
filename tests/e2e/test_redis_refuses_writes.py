"""Redis answers PING and refuses to write: as a replica, when it is full, without permission."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import pytest
from redis import Redis as Client
from tests.running import eventually
from tests.service import Service, order

# What makes Redis refuse, and what ends it.
REFUSALS = {
    "replica": (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    "full": (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
    "without permission": (
        ("ACL", "SETUSER", "default", "-@write"),
        ("ACL", "SETUSER", "default", "+@all"),
    ),
}


@contextmanager
def refusing(service: Service, refusal: str) -> Iterator[None]:
    begin, end = REFUSALS[refusal]
    with Client.from_url(service.redis.url) as client:
        client.execute_command(*begin)
        try:
            assert client.ping()
            yield
        finally:
            client.execute_command(*end)
            eventually(lambda: is_healthy(service))


def is_healthy(service: Service) -> bool:
    """Return whether each web process says so. Twelve connections are enough for that."""
    with service.users(12) as clients:
        return all(client.get("/health/").json()["status"] == "healthy" for client in clients)


class TestRefusedWrites:
    @pytest.mark.parametrize("refusal", REFUSALS)
    def test_degrade_health_and_fail_no_request(self, service: Service, refusal: str) -> None:
        recipient_id = service.make_recipient()["id"]
        with refusing(service, refusal):
            for _ in range(3):
                health = service.health()
                assert (health["status"], health["redis"]) == ("degraded", False)
                started = monotonic()
                made = service.user.post("/api/payouts/", json=order(recipient_id))
                assert made.status_code == 201
                assert service.user.get("/api/payouts/").json()["results"][0] == made.json()
                assert monotonic() - started < 1

    @pytest.mark.parametrize("refusal", REFUSALS)
    def test_do_not_end_the_worker(self, service: Service, refusal: str) -> None:
        service.wait_for(service.make_payout()["id"], "COMPLETED")
        worker = service.up("worker")
        recipient_id = service.make_recipient()["id"]
        with refusing(service, refusal):
            made = service.make_payout(recipient_id)
            # A full Redis still lets messages be taken out.
            eventually(lambda: refusal == "full" or not service.redis.has_listener())
        paid = service.wait_for(made["id"], "COMPLETED", within_seconds=60)
        assert len(service.transfers(paid)) == 1
        assert service.up("worker") is worker
