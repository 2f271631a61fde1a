"""The feed of events over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.answers import MESSAGE_DATA_FIELDS, MESSAGE_FIELDS
from tests.event_horizon import wait_until_shown
from tests.review import put_in_review
from tests.service import Service, order

WRITERS = 4
PAYOUTS_OF_A_WRITER = 10
TYPES_OF_A_PAYOUT = ["payout.created", "payout.processing", "payout.completed"]


def page(service: Service, query: str = "", **parameters: Any) -> dict[str, Any]:
    """Return the page, and fail unless it has the form of one; wait for what is held back."""
    wait_until_shown()
    answer = service.user.get(query or "/api/events/", params=parameters or None)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["next", "results"]
    return dict(answer.json())


def types_of(page: dict[str, Any]) -> list[str]:
    return [event["type"] for event in page["results"]]


class TestEventFeed:
    def test_tells_what_happened_to_a_payout(self, service: Service) -> None:
        made = service.make_payout(metadata={"order": "17"})
        ended = service.wait_for(made["id"], "COMPLETED")

        events = page(service)["results"]

        assert [event["type"] for event in events] == TYPES_OF_A_PAYOUT
        history = service.events(made["id"])
        for event, entry in zip(events, history, strict=True):
            assert list(event) == MESSAGE_FIELDS
            assert list(event["data"]) == MESSAGE_DATA_FIELDS
            assert event["timestamp"] == entry["at"]
            assert event["payout_id"] == event["data"]["payout_id"] == made["id"]
            assert event["id"] == f"evt_{event['data']['sequence']}"
            assert event["data"]["status"] == entry["to_status"]
            for name in ("reference", "idempotency_key", "amount", "currency", "metadata"):
                assert event["data"][name] == ended[name]
            assert (event["data"]["failure_code"], event["data"]["failure_reason"]) == (None, None)
            assert event["data"]["needs_review"] is False

    def test_tells_why_a_payout_failed_in_that_event_alone(self, service: Service) -> None:
        recipient = service.make_recipient(account_number="LOCAL-1-AC04")
        failed = service.wait_for(service.make_payout(recipient["id"])["id"], "FAILED")

        *earlier, last = page(service)["results"]

        names = ("failure_code", "failure_reason")
        assert [last["data"][name] for name in names] == [failed[name] for name in names]
        assert last["data"]["failure_code"] == "AC04"
        assert all(event["data"][name] is None for event in earlier for name in names)

    def test_has_a_link_that_stays_usable_at_the_end(self, service: Service) -> None:
        empty = page(service)
        assert empty["results"] == []
        assert page(service, empty["next"]) == empty

        with service.frozen("worker"):
            made = service.make_payout()
            first = page(service, empty["next"])
            assert [event["payout_id"] for event in first["results"]] == [made["id"]]
            end = page(service, first["next"])
            assert end == {"next": first["next"], "results": []}
        service.wait_for(made["id"], "COMPLETED")
        assert types_of(page(service, end["next"])) == TYPES_OF_A_PAYOUT[1:]

    def test_filters_by_type_and_keeps_the_filter_in_its_link(self, service: Service) -> None:
        payouts = [service.make_payout()["id"] for _ in range(2)]
        for payout_id in payouts:
            service.wait_for(payout_id, "COMPLETED")

        seen, following = [], page(service, type="payout.completed", page_size=1)
        while following["results"]:
            seen += following["results"]
            following = page(service, following["next"])

        assert {event["type"] for event in seen} == {"payout.completed"}
        assert sorted(event["payout_id"] for event in seen) == payouts
        assert "type=payout.completed" in following["next"]

    def test_keeps_the_events_of_deleted_payouts(self, service: Service) -> None:
        payout_id = service.make_payout()["id"]
        service.wait_for(payout_id, "COMPLETED")
        before = page(service)
        assert service.staff.delete(f"/api/payouts/{payout_id}/").status_code == 204

        assert page(service) == before

    def test_tells_that_staff_took_a_payout_over(self, service: Service) -> None:
        with service.frozen("worker"):
            payout_id = service.make_payout()["id"]
            service.move(payout_id, "PROCESSING")
            service.move(payout_id, "FAILED")
        assert types_of(page(service)) == ["payout.created", "payout.processing", "payout.failed"]

    def test_tells_that_staff_ended_a_review_by_a_retry(self, service: Service) -> None:
        with service.frozen("worker"):
            payout = service.make_payout()
            put_in_review(payout["id"])
            body = {"outcome": "RETRY", "evidence": "the bank is back"}
            answer = service.staff.post(f"/api/payouts/{payout['id']}/resolve/", json=body)
            assert answer.status_code == 200

            events = page(service)["results"]

        assert [(event["type"], event["data"]["needs_review"]) for event in events[1:]] == [
            ("payout.processing", False),
            ("payout.needs_review", True),
            ("payout.processing", False),
        ]

    @pytest.mark.parametrize(("size", "status"), [("500", 200), ("501", 400), ("0", 400)])
    def test_limits_the_size_of_a_page(self, service: Service, size: str, status: int) -> None:
        assert service.user.get(f"/api/events/?page_size={size}").status_code == status

    def test_misses_and_repeats_nothing_while_payouts_are_processed(self, service: Service) -> None:
        recipient_id = service.make_recipient()["id"]

        def create(client: Any) -> list[int]:
            made = [client.post("/api/payouts/", json=order(recipient_id)) for _ in range(10)]
            return [int(answer.json()["id"]) for answer in made]

        seen: dict[int, list[str]] = {}
        following = page(service, page_size=7)
        with service.users(WRITERS) as clients, ThreadPoolExecutor(WRITERS) as threads:
            created = [threads.submit(create, client) for client in clients]
            expected = WRITERS * PAYOUTS_OF_A_WRITER * len(TYPES_OF_A_PAYOUT)
            asked = 0
            while sum(map(len, seen.values())) < expected:
                for event in following["results"]:
                    seen.setdefault(event["payout_id"], []).append(event["type"])
                asked += 1
                assert asked < 5_000
                following = service.user.get(following["next"]).json()
            payouts = [payout_id for each in created for payout_id in each.result()]

        assert seen == dict.fromkeys(payouts, TYPES_OF_A_PAYOUT)
        assert following["results"] == []
