"""A worker that is asked to stop finishes the payouts and messages that are in progress."""

from threading import Timer

from tests.running import eventually
from tests.service import Service
from tests.webhook_receiver import WebhookReceiver


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

    def test_records_the_answer_that_an_endpoint_gives_after_the_signal(
        self, service: Service
    ) -> None:
        with WebhookReceiver.start() as receiver:
            receiver.hangs = True
            fields = {"url": receiver.url, "event_types": ["payout.created"]}
            endpoint = service.staff.post("/api/webhooks/", json=fields).json()
            service.make_payout()
            eventually(lambda: receiver.messages)
            Timer(1, receiver.has_ended.set).start()
            try:
                service.processes["worker"].stop()
                path = f"/api/webhooks/{endpoint['id']}/deliveries/"
                [delivery] = service.staff.get(path).json()["results"]
                assert delivery["status"] == "DELIVERED"
            finally:
                service.up("worker")
