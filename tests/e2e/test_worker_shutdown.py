"""A worker that is asked to stop finishes the payouts that are in progress."""

from tests.service import Service


class TestShutdown:
    def test_records_the_answer_that_the_bank_gives_after_the_signal(
        self, service: Service
    ) -> None:
        recipient = service.make_recipient(account_number="LOCAL-1-SLOW")
        payout = service.make_payout(recipient["id"])
        service.wait_for(payout["id"], "PROCESSING")
        try:
            service.processes["worker"].stop()
            assert service.payout(payout["id"])["status"] == "COMPLETED"
        finally:
            service.up("worker")
