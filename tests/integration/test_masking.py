"""Account numbers, which viewers see the last four characters of."""

from collections.abc import Iterator

import httpx
import pytest
from tests.event_horizon import wait_until_shown
from tests.problems import expect_problem
from tests.service import Service

NUMBER = "GB29NWBK60161331926819"
MASKED = "•••• 6819"


@pytest.fixture
def viewer(service: Service) -> Iterator[httpx.Client]:
    with service.make_client("vera", role="viewer") as client:
        yield client


@pytest.fixture
def payout_path(unattended_database: None, service: Service) -> str:
    """A payout whose number is repeated by texts of its own."""
    payout = service.make_payout(
        metadata={"account": "gb29 NWBK 6016 1331 9268 19"},
        remittance_information=f"To {NUMBER}",
    )
    assert service.move(payout["id"], "FAILED", reason=f"{NUMBER} is closed").status_code == 200
    return f"/api/payouts/{payout['id']}/"


class TestViewer:
    def test_sees_masked_numbers_in_every_answer(
        self, service: Service, payout_path: str, viewer: httpx.Client
    ) -> None:
        lists = ["/api/payouts/", "/api/recipients/", "/api/events/"]
        paths = [payout_path, f"{payout_path}events/", *lists]
        recipient_id = service.user.get(payout_path).json()["recipient_id"]
        wait_until_shown()
        for path in [*paths, f"/api/recipients/{recipient_id}/"]:
            answer = viewer.get(path)
            assert answer.status_code == 200
            assert MASKED in answer.text, path
            assert "NWBK" not in answer.text, path
            assert NUMBER in service.user.get(path).text

    def test_sees_only_what_is_masked_of_a_deleted_payout(
        self, service: Service, payout_path: str, viewer: httpx.Client
    ) -> None:
        assert service.staff.delete(payout_path).status_code == 204
        for path in ("/api/payouts/", payout_path, f"{payout_path}events/"):
            answer = viewer.get(path, params={"include_deleted": "true"})
            assert MASKED in answer.text, path
            assert NUMBER not in answer.text, path
        wait_until_shown()
        events = viewer.get("/api/events/").text
        assert MASKED in events
        assert NUMBER not in events

    def test_is_never_given_a_page_that_others_are_given(
        self, service: Service, payout_path: str, viewer: httpx.Client
    ) -> None:
        for _ in range(8):  # each web process, whichever of the two asked it first
            for client, number in (
                (service.user, NUMBER),
                (viewer, MASKED),
                (service.staff, NUMBER),
            ):
                [payout] = client.get("/api/payouts/").json()["results"]
                assert payout["account_number_snapshot"] == number

    def test_cannot_try_numbers_by_a_filter(self, service: Service, viewer: httpx.Client) -> None:
        service.make_recipient(account_number=NUMBER)
        for number in (NUMBER, "GB82WEST12345698765432", "x"):
            refused = viewer.get("/api/recipients/", params={"account_number": number})
            expect_problem(refused, 403, "permission_denied")
        found = service.user.get("/api/recipients/", params={"account_number": NUMBER}).json()
        assert len(found["results"]) == 1
