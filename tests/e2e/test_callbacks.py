"""Callbacks of the sandbox bank end payouts through web."""

import pytest
from tests.running import eventually
from tests.service import Service


class TestPendingPayout:
    @pytest.mark.parametrize(
        ("account", "end"), [("A-1-PEND", "COMPLETED"), ("A-1-PENDAC04", "FAILED")]
    )
    def test_is_ended_by_a_callback_without_a_worker(
        self, service: Service, account: str, end: str
    ) -> None:
        payout = service.make_payout(service.make_recipient(account_number=account)["id"])
        eventually(lambda: "payout.deferred" in self.history(service, payout["id"]))
        with service.frozen("worker"):
            claims = self.history(service, payout["id"]).count("payout.claimed")

            service.wait_for(payout["id"], end)

            history = self.history(service, payout["id"])
        assert history[-1] == f"payout.{end.lower()}"
        assert history.count("payout.claimed") == claims
        assert self.writers(service, payout["id"], history[-1]) == ["web"]
        assert len(service.transfers(payout)) == (end == "COMPLETED")

    def writers(self, service: Service, payout_id: int, event: str) -> list[str]:
        """Return the names of the processes that have logged this event."""
        return [
            name
            for name in ("web", "worker")
            for line in service.log_lines(name)
            if (line["event"], line.get("payout_id")) == (event, payout_id)
        ]

    def history(self, service: Service, payout_id: int) -> list[str]:
        return [event["type"] for event in service.events(payout_id)]
