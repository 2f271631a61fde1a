"""The sandbox bank as a process, over HTTP."""

import asyncio
import json
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiohttp.test_utils import TestServer
from tests.running import eventually
from tests.sandbox import (
    LIMIT_SECONDS,
    TOKEN,
    Bank,
    launch,
    make_order,
    running_bank,
)

from sandbox_bank import api
from sandbox_bank.ledger import Ledger
from sandbox_bank.settings import Settings


def post_until_killed(bank: Bank, orders: Sequence[dict[str, Any]], *, kill_after: int) -> set[str]:
    """Post from eight threads, kill the bank on the way; return the references it answered."""
    answered: list[str] = []

    def post(order: dict[str, Any]) -> None:
        try:
            answered.append(bank.post(order).json()["reference"])
        except httpx.TransportError:
            return
        if len(answered) == kill_after:
            bank.process.kill()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(post, orders))
    return set(answered)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    with running_bank(tmp_path_factory.mktemp("bank")) as bank:
        yield bank


class TestTransfers:
    def test_are_settled_at_once_by_default(self, bank: Bank) -> None:
        order = make_order()

        response = bank.post(order)

        assert response.status_code == 201
        assert response.json() == {
            "id": response.json()["id"],
            "reference": order["reference"],
            "status": "ACSC",
            "reason": None,
            "amount": "100.00",
            "currency": "EUR",
            "remittance_information": None,
        }
        assert bank.look_up(order).json() == response.json()

    def test_move_money_once_when_the_reference_repeats(self, bank: Bank) -> None:
        order = make_order()

        first = bank.post(order)
        second = bank.post({**order, "amount": "100"})

        assert (first.status_code, second.status_code) == (201, 200)
        assert second.json() == first.json()
        assert len(bank.entries(order)) == 1

    @pytest.mark.parametrize("order", [make_order() for _ in range(3)], ids=range(3))
    def test_move_money_once_when_fifty_clients_post_concurrently(
        self, bank: Bank, order: dict[str, Any]
    ) -> None:
        barrier = Barrier(50)

        def post(_number: int) -> httpx.Response:
            barrier.wait(LIMIT_SECONDS)
            return bank.post(order)

        with ThreadPoolExecutor(50) as threads:
            responses = list(threads.map(post, range(50)))

        assert sorted(response.status_code for response in responses) == [200] * 49 + [201]
        assert len({response.json()["id"] for response in responses}) == 1
        assert len(bank.entries(order)) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": "100.01"},
            {"currency": "USD"},
            {"creditor": {"name": "Ann Example", "account": "DE00 1235", "agent": "BANKCODE"}},
            {"creditor": {"name": "Ann Exampl", "account": "DE00 1234", "agent": "BANKCODE"}},
            {"creditor": {"name": "Ann Example", "account": "DE00 1234"}},
            {"remittance_information": "Invoice 7"},
        ],
    )
    def test_are_refused_when_a_known_reference_comes_with_other_content(
        self, bank: Bank, change: dict[str, Any]
    ) -> None:
        order = make_order()
        bank.post(order)

        response = bank.post({**order, **change})

        assert response.status_code == 409
        assert response.json()["code"] == "reference_reused"
        assert bank.entries(order)[0]["amount"] == "100.00"

    def test_may_omit_the_agent(self, bank: Bank) -> None:
        creditor = {"name": "Ann", "account": "1", "agent": None}

        assert bank.post(make_order(creditor=creditor)).status_code == 201

    def test_keep_remittance_information(self, bank: Bank) -> None:
        order = make_order(remittance_information="Invoice 7")

        transfer = bank.post(order).json()

        assert transfer["remittance_information"] == "Invoice 7"
        assert bank.look_up(order).json() == transfer
        assert bank.entries(order)[0]["remittance_information"] == "Invoice 7"

    def test_are_not_found_when_the_reference_is_unknown(self, bank: Bank) -> None:
        response = bank.look_up(make_order())

        assert response.status_code == 404
        assert response.headers["Content-Type"].startswith("application/problem+json")


class TestLedger:
    def test_lists_every_transfer_that_moved_money(self, tmp_path: Path) -> None:
        orders = [make_order(), make_order(amount="0.50"), make_order(amount="7", currency="JPY")]
        with running_bank(tmp_path) as bank:
            for order in [*orders, make_order("0AC04"), make_order("0PEND")]:
                bank.post(order)
            ledger = bank.ledger()

        assert ledger["count"] == 3
        assert ledger["sums"] == {"EUR": "100.50", "JPY": "7"}
        assert [entry["reference"] for entry in ledger["transfers"]] == [
            order["reference"] for order in orders
        ]
        assert ledger["transfers"][0].keys() == {
            "id",
            "reference",
            "amount",
            "currency",
            "name",
            "account",
            "agent",
            "remittance_information",
            "settled_at",
        }
        assert ledger["transfers"][0]["account"] == "DE00 1234"

    def test_survives_a_kill_of_the_bank_under_load(self, tmp_path: Path) -> None:
        orders = [make_order() for _ in range(2000)]
        with running_bank(tmp_path) as bank:
            answered = post_until_killed(bank, orders, kill_after=200)

        with running_bank(tmp_path) as bank:
            remembered = {entry["reference"] for entry in bank.ledger()["transfers"]}
            statuses = [bank.post(order).status_code for order in orders[:400]]
            count = bank.ledger()["count"]

        assert 200 <= len(answered) < len(orders)
        assert answered <= remembered
        # What was committed without an answer is known as well: nothing moves a second time.
        known = remembered & {order["reference"] for order in orders[:400]}
        assert statuses.count(200) == len(known)
        assert statuses.count(201) == 400 - len(known) == count - len(remembered)


class TestWithoutKeys:
    def test_money_moves_each_time_that_a_reference_is_posted(self, tmp_path: Path) -> None:
        order = make_order()
        with running_bank(tmp_path, BANK_KEEPS_KEYS="false") as bank:
            responses = [bank.post(order) for _ in range(3)]
            entries = bank.entries(order)
            ledger = bank.ledger()
            newest = bank.look_up(order).json()

        assert [response.status_code for response in responses] == [201, 201, 201]
        assert [entry["id"] for entry in entries] == [each.json()["id"] for each in responses]
        assert len({entry["id"] for entry in entries}) == 3
        assert (ledger["count"], ledger["sums"]) == (3, {"EUR": "300.00"})
        assert newest == responses[-1].json()

    def test_other_content_makes_another_transfer(self, tmp_path: Path) -> None:
        order = make_order()
        with running_bank(tmp_path, BANK_KEEPS_KEYS="false") as bank:
            statuses = [bank.post({**order, "amount": amount}).status_code for amount in "12"]
            amounts = [entry["amount"] for entry in bank.entries(order)]

        assert statuses == [201, 201]
        assert amounts == ["1.00", "2.00"]

    def test_the_newest_transfer_counts_when_keys_are_enabled_again(self, tmp_path: Path) -> None:
        order = make_order()
        responses = []
        for keeps_keys in ("true", "false", "true"):
            with running_bank(tmp_path, BANK_KEEPS_KEYS=keeps_keys) as bank:
                responses.append(bank.post(order))

        assert [response.status_code for response in responses] == [201, 201, 200]
        assert responses[2].json() == responses[1].json() != responses[0].json()


BAD_BODIES: list[bytes] = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"[" * 10_000,
    b'{"reference": ' + b"9" * 5_000 + b"}",
    b"\xff\xfe",
    b"NaN",
    json.dumps(make_order()).encode("utf-16"),
    json.dumps(make_order(account="\ud800")).encode(),
    json.dumps(make_order(account="a\x00b")).encode(),
    json.dumps(make_order(amount=100)).encode(),
    json.dumps(make_order(amount="0.00")).encode(),
    json.dumps(make_order(currency="XAU")).encode(),
    json.dumps(make_order(extra=1)).encode(),
    b" " * 20_000,
]


class TestRequests:
    @pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
    def test_get_a_problem_when_the_body_is_bad(self, bank: Bank, body: bytes) -> None:
        response = bank.client.post(
            "/v1/transfers", content=body, headers={"Content-Type": "application/json"}
        )

        assert response.status_code in {400, 413, 422}
        assert response.headers["Content-Type"].startswith("application/problem+json")
        assert response.json()["status"] == response.status_code

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Idempotency-Key": "another"}, 400),
            ({"Idempotency-Key": ""}, 400),
            ({"Content-Type": "text/plain"}, 415),
            ({"Content-Encoding": "gzip"}, 415),
            ({"Authorization": ""}, 401),
            ({"Authorization": "Bearer wrong"}, 401),
            ({"Authorization": f"Basic {TOKEN}"}, 401),
            ({"Authorization": b"Bearer \xff\xfe"}, 401),
        ],
    )
    def test_get_a_problem_when_a_header_is_bad(
        self, bank: Bank, headers: dict[str, str], status: int
    ) -> None:
        order = make_order()

        response = bank.client.post(
            "/v1/transfers",
            json=order,
            headers={"Idempotency-Key": order["reference"], **headers},
        )

        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("application/problem+json")
        assert bank.look_up(order).status_code == 404

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/v1/transfers/%00", 404),
            ("GET", "/v1/transfers/%ff", 404),
            ("GET", "/v1/transfers/%ED%A0%80", 404),
            ("GET", "/v1/transfers/a%2Fb", 404),
            ("GET", "/v1/transfers/" + "a" * 2000, 404),
            ("GET", "/nothing", 404),
            ("GET", "/v1/transfers", 405),
            ("DELETE", "/v1/ledger", 405),
            ("POST", "/health", 405),
        ],
    )
    def test_get_a_problem_when_the_path_is_bad(
        self, bank: Bank, method: str, path: str, status: int
    ) -> None:
        response = bank.client.request(method, path)

        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("application/problem+json")

    def test_need_the_token_except_for_health(self, bank: Bank) -> None:
        url = f"http://127.0.0.1:{bank.port}"

        assert httpx.get(f"{url}/health").status_code == 200
        assert httpx.get(f"{url}/v1/ledger").status_code == 401
        assert httpx.get(f"{url}/v1/transfers/abc").status_code == 401
        assert httpx.get(f"{url}/nothing").status_code == 401

    def test_get_408_when_the_body_does_not_arrive(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api, "_BODY_SECONDS", 0.1)
        head = (
            f"POST /v1/transfers HTTP/1.1\r\nHost: bank\r\nAuthorization: Bearer {TOKEN}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )

        async def post() -> bytes:
            settings = Settings.read({"BANK_TOKEN": TOKEN})
            with closing(Ledger(tmp_path / "l", keeps_keys=True, sends_callbacks=False)) as ledger:
                async with (
                    asyncio.timeout(LIMIT_SECONDS),
                    TestServer(api.build_app(settings=settings, ledger=ledger)) as server,
                ):
                    reader, writer = await asyncio.open_connection(server.host, server.port)
                    writer.write(head.encode())
                    status_line = await reader.readline()
                    writer.close()
                    return status_line

        assert asyncio.run(post()) == b"HTTP/1.1 408 Request Timeout\r\n"

    def test_take_at_least_the_base_latency(self, tmp_path: Path) -> None:
        with running_bank(tmp_path, BANK_LATENCY_MS="300") as bank:
            started = time.monotonic()
            bank.post(make_order())

            assert time.monotonic() - started >= 0.3


class TestLog:
    def test_has_a_line_for_each_request(self, bank: Bank) -> None:
        order = make_order("0000AC04")
        bank.post(order, **{"X-Request-ID": "request-7"})

        line = eventually(lambda: bank.find_line(request_id="request-7"))

        assert line["reference"] == order["reference"]
        assert (line["http_status"], line["status"], line["reason"]) == (201, "RJCT", "AC04")
        assert line["account"] == "****AC04"
        assert line["duration_ms"] > 0

    def test_contains_only_facts_of_its_own_request(self, bank: Bank) -> None:
        bank.post(make_order("0000AC04"))
        bank.client.get("/v1/ledger", headers={"X-Request-ID": "request-8"})

        line = eventually(lambda: bank.find_line(request_id="request-8"))

        assert not line.keys() & {"reference", "account", "behaviour", "status"}

    def test_never_shows_a_whole_account_number(self, bank: Bank) -> None:
        planted = "GB00PLANTED7777"
        bank.post(make_order(planted))
        bank.post(make_order(planted, reference=f"{uuid4().hex}/"))
        bank.post(make_order(planted, amount="1e3"))
        bank.post(make_order(planted, **{planted: 1}))
        bank.client.get(f"/v1/transfers?account={planted}")
        bank.client.get(f"/v1/accounts/{planted}")
        bank.client.get(f"/v1/transfers/{planted}%20")
        bank.client.post("/v1/transfers", json=planted)
        with socket.create_connection(("127.0.0.1", bank.port), LIMIT_SECONDS) as line:
            line.sendall(f"POST {planted}\r\n{planted}\r\n\r\n".encode())
            line.recv(1000)
        last = make_order()
        bank.post(last)

        eventually(lambda: bank.find_line(reference=last["reference"]))
        assert planted not in bank.log.read_text()
        assert "7777" in bank.log.read_text()


class TestProcess:
    @pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
    def test_stops_quickly_on_a_signal(self, tmp_path: Path, signal_number: int) -> None:
        with running_bank(tmp_path) as bank, ThreadPoolExecutor(1) as threads:
            stalled = make_order("0000STALL")
            threads.submit(bank.post, stalled)
            eventually(lambda: bank.look_up(stalled).status_code == 200)
            started = time.monotonic()

            assert bank.end(signal_number) == 0
            assert time.monotonic() - started < 2
            assert bank.lines()[-1]["event"] == "bank.stopped"

    @pytest.mark.parametrize(
        ("variables", "hint"),
        [
            ({}, "BANK_TOKEN"),
            ({"BANK_TOKEN": " "}, "BANK_TOKEN"),
            ({"BANK_TOKEN_FILE": "/nowhere/at/all"}, "BANK_TOKEN_FILE"),
            ({"BANK_TOKEN": TOKEN, "BANK_LATENCY_MS": "-1"}, "BANK_LATENCY_MS"),
            ({"BANK_TOKEN": TOKEN, "BANK_KEEPS_KEYS": "no"}, "BANK_KEEPS_KEYS"),
            ({"BANK_TOKEN": TOKEN, "LOG_FORMAT": "xml"}, "LOG_FORMAT"),
            ({"BANK_TOKEN": TOKEN, "BANK_CALLBACK_URL": "http://a/"}, "BANK_CALLBACK_SECRET"),
            ({"BANK_TOKEN": TOKEN, "BANK_CALLBACK_SECRET": "short"}, "BANK_CALLBACK_SECRET"),
        ],
    )
    def test_reports_in_one_line_that_a_setting_is_wrong(
        self, tmp_path: Path, variables: dict[str, str], hint: str
    ) -> None:
        log = tmp_path / "log"

        process = launch(tmp_path / "ledger.sqlite3", log, variables)

        assert process.wait(LIMIT_SECONDS) == 1
        assert len(log.read_text().splitlines()) == 1
        assert hint in log.read_text()

    def test_reports_in_one_line_that_the_port_is_taken(self, bank: Bank, tmp_path: Path) -> None:
        log = tmp_path / "log"

        process = launch(tmp_path / "ledger.sqlite3", log, {"BANK_TOKEN": TOKEN}, port=bank.port)

        assert process.wait(LIMIT_SECONDS) == 1
        assert log.read_text().splitlines() == [
            f"Error: cannot listen on 127.0.0.1:{bank.port}: Address already in use"
        ]

    def test_reports_in_one_line_that_the_ledger_is_another_file(self, tmp_path: Path) -> None:
        ledger, log = tmp_path / "ledger.sqlite3", tmp_path / "log"
        ledger.write_text("not a database, " * 100)

        process = launch(ledger, log, {"BANK_TOKEN": TOKEN})

        assert process.wait(LIMIT_SECONDS) == 1
        assert len(log.read_text().splitlines()) == 1

    def test_takes_its_token_from_a_file(self, tmp_path: Path) -> None:
        secret = tmp_path / "token"
        secret.write_text(f"{TOKEN}\n")

        with running_bank(tmp_path, BANK_TOKEN="", BANK_TOKEN_FILE=str(secret)) as bank:
            assert bank.post(make_order()).status_code == 201

    @pytest.mark.parametrize("host", ["localhost", "::1"])
    def test_listens_on_names_and_ipv6_addresses(self, tmp_path: Path, host: str) -> None:
        with running_bank(tmp_path, host=host) as bank:
            assert bank.client.get("/health").json() == {"status": "healthy"}

    def test_reports_in_one_line_that_a_host_is_unknown(self, tmp_path: Path) -> None:
        log = tmp_path / "log"

        process = launch(
            tmp_path / "ledger.sqlite3", log, {"BANK_TOKEN": TOKEN}, host="nowhere.invalid"
        )

        assert process.wait(LIMIT_SECONDS) == 1
        [line] = log.read_text().splitlines()
        assert line.startswith("Error: cannot listen on nowhere.invalid:0: ")
