"""The list of payouts: its order, its filters, its pages."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from tests.service import Service

Payout = dict[str, Any]
MICROSECOND = timedelta(microseconds=1)


def ids(payouts: list[Payout]) -> list[int]:
    return [payout["id"] for payout in payouts]


def listed(service: Service, **filters: Any) -> list[int]:
    answer = service.user.get("/api/payouts/", params=filters)
    assert answer.status_code == 200, answer.text
    return ids(answer.json()["results"])


def shifted(payout: Payout, by: timedelta) -> str:
    return (datetime.fromisoformat(payout["created_at"]) + by).isoformat()


@pytest.fixture(scope="module")
def payouts(asked_service: Service) -> Iterator[list[Payout]]:
    """Two recipients, two currencies, three states; newest first, as the list shows them."""
    service = asked_service
    recipients = [service.make_recipient()["id"] for _ in range(2)]
    with service.frozen("worker"):
        for number in range(12):
            payout = service.make_payout(
                recipients[number % 2], currency=("USD", "EUR")[number // 2 % 2]
            )
            if number % 3:
                service.move(payout["id"], ("PROCESSING", "FAILED")[number % 3 - 1])
        yield service.user.get("/api/payouts/").json()["results"]


class TestOrder:
    def test_is_newest_first(self, asked_service: Service, payouts: list[Payout]) -> None:
        assert ids(payouts) == sorted(ids(payouts), reverse=True)
        times = [datetime.fromisoformat(payout["created_at"]) for payout in payouts]
        assert times == sorted(times, reverse=True)

    def test_shows_each_payout_as_the_detail_endpoint_does(
        self, asked_service: Service, payouts: list[Payout]
    ) -> None:
        assert payouts == [asked_service.payout(payout["id"]) for payout in payouts]


class TestFilter:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("status", value) for value in ("NEW", "PROCESSING", "FAILED", "COMPLETED")),
            *(("currency", value) for value in ("USD", "EUR", "UAH")),
        ],
    )
    def test_returns_matching_payouts(
        self, asked_service: Service, payouts: list[Payout], name: str, value: str
    ) -> None:
        fitting = [payout for payout in payouts if payout[name] == value]
        assert listed(asked_service, **{name: value}) == ids(fitting)
        assert bool(fitting) == (value not in {"COMPLETED", "UAH"})

    def test_by_recipient_returns_their_payouts(
        self, asked_service: Service, payouts: list[Payout]
    ) -> None:
        recipient_id = payouts[0]["recipient_id"]
        theirs = [payout for payout in payouts if payout["recipient_id"] == recipient_id]
        assert len(theirs) == 6
        assert listed(asked_service, recipient_id=recipient_id) == ids(theirs)

    def test_by_key_returns_one_payout(self, asked_service: Service, payouts: list[Payout]) -> None:
        made = asked_service.make_payout(
            payouts[0]["recipient_id"], currency="UAH", idempotency_key="find-me-%&+=#?/"
        )
        assert listed(asked_service, idempotency_key="find-me-%&+=#?/") == [made["id"]]
        asked_service.move(made["id"], "FAILED")
        assert asked_service.staff.delete(f"/api/payouts/{made['id']}/").status_code == 204
        assert listed(asked_service, idempotency_key="find-me-%&+=#?/") == []

    def test_by_time_includes_the_start_and_excludes_the_end(
        self, asked_service: Service, payouts: list[Payout]
    ) -> None:
        middle = payouts[5]
        at = shifted(middle, timedelta())
        assert listed(asked_service, created_after=at) == ids(payouts[:6])
        assert listed(asked_service, created_before=at) == ids(payouts[6:])
        later = shifted(middle, MICROSECOND)
        assert listed(asked_service, created_after=later) == ids(payouts[:5])
        assert listed(asked_service, created_before=later) == ids(payouts[5:])
        first = shifted(payouts[8], timedelta())
        assert listed(asked_service, created_after=first, created_before=at) == ids(payouts[6:9])

    def test_by_time_accepts_offsets_and_defaults_to_utc(
        self, asked_service: Service, payouts: list[Payout]
    ) -> None:
        at = datetime.fromisoformat(payouts[5]["created_at"]).replace(tzinfo=None)
        for text in (
            at.isoformat(),
            f"{at.isoformat()}Z",
            f"{(at + timedelta(hours=5, minutes=30)).isoformat()}+05:30",
            f"{at.isoformat(sep=' ')}",
        ):
            assert listed(asked_service, created_before=text) == ids(payouts[6:])

    def test_combines_with_other_filters(
        self, asked_service: Service, payouts: list[Payout]
    ) -> None:
        wanted = {
            "status": "PROCESSING",
            "currency": "USD",
            "recipient_id": payouts[-2]["recipient_id"],
        }
        fitting = [payout for payout in payouts if payout | wanted == payout]
        assert len(fitting) == 1
        assert listed(asked_service, **wanted) == ids(fitting)
        oldest = shifted(payouts[-1], timedelta())
        assert listed(asked_service, **wanted, created_after=oldest) == ids(fitting)
        assert listed(asked_service, **wanted, created_before=oldest) == []


class TestPages:
    def test_link_to_their_neighbours_and_back(
        self, asked_service: Service, payouts: list[Payout]
    ) -> None:
        get = asked_service.user.get
        first = get("/api/payouts/?page_size=5&currency=USD").json()
        second = get(first["next"]).json()
        back = get(second["previous"]).json()

        fitting = [payout for payout in payouts if payout["currency"] == "USD"]
        assert (first["results"], second["results"]) == (fitting[:5], fitting[5:])
        assert (first["previous"], second["next"]) == (None, None)
        assert back["results"] == first["results"]
        assert (back["previous"], get(back["next"]).json()) == (None, second)

    def test_keep_the_filters_in_their_links(
        self, asked_service: Service, payouts: list[Payout]
    ) -> None:
        after = quote(shifted(payouts[-1], timedelta()))
        query = f"page_size=2&status=NEW&created_after={after}"
        address = asked_service.user.get(f"/api/payouts/?{query}").json()["next"]
        assert address.startswith(f"{asked_service.web_url}/api/payouts/?")
        linked = parse_qs(urlsplit(address).query)
        del linked["cursor"]
        assert linked == parse_qs(query)

    def test_end_with_the_last_payout(self, asked_service: Service, payouts: list[Payout]) -> None:
        page = asked_service.user.get(f"/api/payouts/?page_size={len(payouts)}").json()
        assert (page["next"], page["previous"]) == (None, None)
        shorter = asked_service.user.get(f"/api/payouts/?page_size={len(payouts) - 1}").json()
        assert ids(asked_service.user.get(shorter["next"]).json()["results"]) == [payouts[-1]["id"]]
