"""The behaviours of the sandbox bank, over HTTP."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.running import eventually
from tests.sandbox import Bank, make_order, running_bank


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with running_bank(tmp_path_factory.mktemp("bank")) as bank:
        yield bank


class TestBehaviours:
    @pytest.mark.parametrize("reason", ["AC01", "AC04", "AM04", "RR04"])
    def test_refuse_with_the_reason_that_ends_the_account(self, bank: Bank, reason: str) -> None:
        order = make_order(f"0000{reason}")

        response = bank.post(order)

        assert response.status_code == 201
        assert (response.json()["status"], response.json()["reason"]) == ("RJCT", reason)
        assert bank.look_up(order).json() == bank.post(order).json() == response.json()
        assert bank.entries(order) == []

    def test_leave_transfers_pending_that_end_later(self, bank: Bank) -> None:
        settled, refused = make_order("0000PEND"), make_order("0000PENDAC04")

        def ended(order: dict[str, Any]) -> dict[str, Any] | None:
            transfer: dict[str, Any] = bank.look_up(order).json()
            return None if transfer["status"] == "PDNG" else transfer

        for order in (settled, refused):
            transfer = bank.post(order).json()
            assert (transfer["status"], transfer["reason"]) == ("PDNG", None)
            assert bank.entries(order) == []

        assert eventually(lambda: ended(settled))["status"] == "ACSC"
        assert len(bank.entries(settled)) == 1
        refusal = eventually(lambda: ended(refused))
        assert (refusal["status"], refusal["reason"]) == ("RJCT", "AC04")
        assert bank.entries(refused) == []
        assert bank.post(refused).json() == refusal

    def test_respond_late_when_slow(self, bank: Bank) -> None:
        started = time.monotonic()

        response = bank.post(make_order("0000SLOW"))

        assert time.monotonic() - started >= 3
        assert (response.status_code, response.json()["status"]) == (201, "ACSC")

    def test_settle_before_they_stall(self, bank: Bank) -> None:
        order = make_order("0000STALL")

        with pytest.raises(httpx.ReadTimeout):
            bank.post_impatiently(order)

        assert bank.look_up(order).json()["status"] == "ACSC"
        assert len(bank.entries(order)) == 1

    def test_settle_and_drop_the_first_connection_when_lost(self, bank: Bank) -> None:
        order = make_order("0000LOST")

        with pytest.raises(httpx.TransportError):
            bank.post(order)

        assert len(bank.entries(order)) == 1
        assert bank.post(order).status_code == 200
        assert len(bank.entries(order)) == 1

    def test_accept_nothing_the_first_time_when_busy(self, bank: Bank) -> None:
        order = make_order("0000BUSY")

        response = bank.post(order)

        assert (response.status_code, response.headers["Retry-After"]) == (429, "1")
        assert bank.look_up(order).status_code == 404
        assert bank.post(order).status_code == 201

    def test_fail_twice_in_two_ways_when_flaky(self, bank: Bank) -> None:
        order = make_order("0000FLAKY")

        response = bank.post(order)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
        assert bank.look_up(order).status_code == 404

        assert bank.post(order).status_code == 500
        assert len(bank.entries(order)) == 1

        assert bank.post(order).status_code == 200
        assert len(bank.entries(order)) == 1

    def test_report_another_amount_than_the_ledger_on_a_mismatch(self, bank: Bank) -> None:
        order = make_order("0000MISMATCH")

        assert bank.post(order).json()["amount"] == "101.00"
        assert bank.entries(order)[0]["amount"] == "100.00"
        assert bank.look_up(order).json()["amount"] == "100.00"

    def test_respond_with_invalid_json_when_garbled(self, bank: Bank) -> None:
        order = make_order("0000GARBLED")

        response = bank.post(order)

        assert response.status_code == 201
        with pytest.raises(json.JSONDecodeError):
            response.json()
        assert len(bank.entries(order)) == 1

    def test_report_another_reference_than_the_ledger_when_asked_to(self, bank: Bank) -> None:
        order = make_order("0000OTHERREF")

        references = [bank.post(order).json()["reference"] for _ in range(2)]

        assert order["reference"] not in references
        assert bank.look_up(order).json()["reference"] == order["reference"]
        assert len(bank.entries(order)) == 1

    def test_respond_with_prose_when_in_prose(self, bank: Bank) -> None:
        order = make_order("0000PROSE")

        responses = [bank.post(order) for _ in range(2)]

        assert [response.status_code for response in responses] == [200, 200]
        assert responses[0].headers["Content-Type"].startswith("text/html")
        with pytest.raises(json.JSONDecodeError):
            responses[0].json()
        assert bank.look_up(order).json()["status"] == "ACSC"
        assert len(bank.entries(order)) == 1

    def test_respond_with_two_megabytes_of_json_when_huge(self, bank: Bank) -> None:
        order = make_order("0000HUGE")

        response = bank.post(order)

        assert len(response.content) > 2_000_000
        assert response.json()["reference"] == order["reference"]
        assert len(bank.look_up(order).content) < 1000
        assert len(bank.entries(order)) == 1

    def test_respond_byte_by_byte_when_they_drip(self, bank: Bank) -> None:
        order = make_order("0000DRIP")
        chunks = []

        with bank.client.stream(
            "POST",
            "/v1/transfers",
            json=order,
            headers={"Idempotency-Key": order["reference"]},
        ) as response:
            promised = int(response.headers["Content-Length"])
            for chunk in response.iter_raw():
                chunks.append(chunk)
                if len(chunks) == 3:
                    break

        assert [len(chunk) for chunk in chunks] == [1, 1, 1]
        assert promised > 100
        line = eventually(lambda: bank.find_line(reference=order["reference"], method="POST"))
        assert not line["answered"]
        assert bank.look_up(order).json()["status"] == "ACSC"
        assert len(bank.entries(order)) == 1
        assert "request.failed" not in bank.log.read_text()

    def test_accept_nothing_the_first_time_without_saying_so_when_down(self, bank: Bank) -> None:
        order = make_order("0000DOWN")

        response = bank.post(order)

        assert response.status_code == 503
        assert "Retry-After" not in response.headers
        assert bank.look_up(order).status_code == 404
        assert bank.post(order).status_code == 201

    def test_redirect_the_first_request_when_they_redirect(self, bank: Bank) -> None:
        order = make_order("0000REDIRECT")

        response = bank.post(order)

        assert response.status_code == 307
        assert bank.client.post(response.headers["Location"], json=order).status_code == 404
        assert bank.look_up(order).status_code == 404
        assert bank.post(order).status_code == 201

    def test_refuse_the_token_twice_when_locked(self, bank: Bank) -> None:
        order = make_order("0000LOCKED")

        assert [bank.post(order).status_code for _ in range(2)] == [401, 401]
        assert bank.look_up(order).status_code == 404
        assert [bank.post(order).status_code for _ in range(2)] == [201, 200]

    def test_accept_nothing_ever_when_refused(self, bank: Bank) -> None:
        order = make_order("0000REFUSED")

        responses = [bank.post(order) for _ in range(3)]

        assert {response.status_code for response in responses} == {422}
        assert responses[0].headers["Content-Type"].startswith("application/problem+json")
        assert responses[0].json()["reason"] == "AC01"
        assert bank.look_up(order).status_code == 404
        assert bank.entries(order) == []

    def test_settle_and_never_respond_when_deaf(self, bank: Bank) -> None:
        order = make_order("0000DEAF")

        statuses = {bank.post(order).status_code for _ in range(3)}
        statuses |= {bank.look_up(order).status_code for _ in range(3)}

        assert statuses == {500}
        assert len(bank.entries(order)) == 1

    def test_settle_once_long_after_the_client_disconnected_when_late(self, bank: Bank) -> None:
        left, raced = make_order("0000LATE"), make_order("0000LATE")
        started = time.monotonic()
        for order in (left, raced):
            with pytest.raises(httpx.ReadTimeout):
                bank.post_impatiently(order)
            assert bank.look_up(order).status_code == 404

        assert bank.post(raced).status_code == 201
        assert bank.look_up(left).status_code == 404
        eventually(lambda: bank.look_up(left).status_code == 200)

        assert time.monotonic() - started >= 9.9
        # By then the bank has finished both orders whose clients have disconnected.
        eventually(lambda: bank.find_line(reference=raced["reference"], answered=False))
        assert bank.post(left).status_code == 200
        assert len(bank.entries(left)) == len(bank.entries(raced)) == 1

    def test_continue_after_a_restart_of_the_bank(self, tmp_path: Path) -> None:
        order = make_order("0000FLAKY")
        statuses = []
        for _ in range(3):
            with running_bank(tmp_path) as bank:
                statuses.append(bank.post(order).status_code)

        assert statuses == [503, 500, 200]
