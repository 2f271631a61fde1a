"""A server that became read-only. In one file, because one worker of pytest-xdist runs a file.

The setting is the whole server's. The databases of the other workers do not follow it.
"""

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection
from tests.read_only import read_only_database, read_only_server, server_setting_applies
from tests.running import eventually
from tests.service import Service, order
from tests.unavailable import expect_unavailable, expect_unhealthy

from payouts.adapters.database import availability


@pytest.fixture(autouse=True)
def _server_setting_applies(database: None) -> Iterator[None]:
    with server_setting_applies():
        yield


class TestReadOnlyDatabase:
    @pytest.mark.parametrize("read_only", [read_only_database, read_only_server])
    def test_is_unavailable_until_it_is_writable_again(
        self, service: Service, read_only: type
    ) -> None:
        body = order(service.make_recipient()["id"])
        with service.users(12) as clients:
            for client in clients:
                assert client.get("/api/payouts/").status_code == 200
            with read_only():
                eventually(lambda: service.user.get("/health/ready/").status_code == 503)
                for client in clients:
                    expect_unavailable(client.post("/api/payouts/", json=body))
                    expect_unhealthy(client, "read_only")
            eventually(lambda: service.user.get("/health/ready/").status_code == 200)
            for client in clients:
                assert client.post("/api/payouts/", json=body).status_code in {200, 201}
        assert service.health()["database_state"] == "available"

    def test_does_not_end_the_worker(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]
        worker = service.up("worker")
        with service.frozen("worker"):
            made = service.make_payout(recipient_id)
        # It is paid once, whether or not it was sent in between.
        with read_only_database():
            eventually(lambda: service.user.get("/health/ready/").status_code == 503)
        paid = service.wait_for(made["id"], "COMPLETED", within_seconds=60)
        assert len(service.transfers(paid)) == 1
        assert service.up("worker") is worker


class TestOpenConnection:
    def test_is_closed_when_its_server_becomes_read_only(self) -> None:
        connection.ensure_connection()
        with read_only_server():
            eventually(lambda: availability.check() == "read_only")
            assert not connection.is_usable()

            connection.close()
            with pytest.raises(OperationalError) as refused:
                connection.ensure_connection()
            assert availability.reason_unavailable(refused.value) == "read_only"
        eventually(lambda: availability.check() is None)
