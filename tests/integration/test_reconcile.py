"""`payouts reconcile`: against the bank's ledger, and against statements in files."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.camt import paid, returned, statement
from tests.service import Service

EVER = ("2026-01-01T00:00:00Z", "2099-12-31T23:59:59Z")
LONG_AGO = ("2020-01-01T00:00:00Z", "2020-01-01T23:59:59Z")
Payout = dict[str, Any]


def completed(service: Service, **fields: Any) -> Payout:
    payout = service.make_payout(**fields)
    return service.wait_for(payout["id"], "COMPLETED")


def as_paid(payout: Payout) -> str:
    return paid(payout["reference"], payout["amount"], payout["currency"])


def told(result: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """The references under each heading that has any."""
    report = json.loads(result.stdout)
    found = {name: [line["reference"] for line in report[name]] for name in report["counts"]}
    assert {name: len(lines) for name, lines in found.items()} == report["counts"]
    return {name: lines for name, lines in found.items() if lines}


@contextmanager
def serving(body: bytes) -> Iterator[str]:
    """Serve a ledger to whoever asks; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Desk:
    """Reconciles statements that a test writes."""

    def __init__(self, service: Service, path: Path) -> None:
        self.service = service
        self.path = path

    def reconcile(self, *entries: str, **options: Any) -> subprocess.CompletedProcess[str]:
        self.path.write_bytes(statement(entries, **options))
        return self.service.run("reconcile", "--from", str(self.path), "--json")


@pytest.fixture
def desk(service: Service, tmp_path: Path) -> Desk:
    return Desk(service, tmp_path / "statement.xml")


class TestBank:
    def test_finds_all_payouts_in_the_ledger_and_what_is_there_besides(
        self, service: Service
    ) -> None:
        # The bank remembers what it paid for other tests, whose payouts are gone.
        others = [transfer["reference"] for transfer in service.ledger()]
        payouts = [completed(service), completed(service, currency="EUR", amount="7")]
        recipient_id = service.make_recipient(account_number="A-1-AC04")["id"]
        service.wait_for(service.make_payout(recipient_id)["id"], "FAILED")

        result = service.run("reconcile", "--bank", "--json")

        found = told(result)
        assert found.pop("matched") == [payout["reference"] for payout in payouts]
        assert found == ({"unexpected": others} if others else {})
        assert result.returncode == bool(others), result.stderr

    @pytest.mark.parametrize(
        ("environment", "complaint"),
        [
            ({"BANK_TOKEN": "yesterday"}, "HTTP 401"),
            ({"BANK_URL": "http://127.0.0.1:9"}, "ConnectError"),
        ],
    )
    def test_tells_when_the_bank_does_not_give_it(
        self, asked_service: Service, environment: dict[str, str], complaint: str
    ) -> None:
        result = asked_service.run("reconcile", "--bank", **environment)
        assert (result.returncode, result.stdout) == (3, "")
        assert result.stderr == f"payouts: the bank does not give its ledger ({complaint})\n"

    @pytest.mark.parametrize(
        ("ledger", "code", "outcome"),
        [
            (b"{}", 2, "payouts: the bank's ledger is not a list of transfers\n"),
            (b"<html>", 2, "payouts: the bank's ledger is not JSON\n"),
            (b"[1]", 1, "Cannot read transfer 1 of the bank's ledger: it is not an object."),
            (
                b'[{"reference": "R", "amount": "1e3", "currency": "USD"}]',
                *(1, "Cannot read transfer 1 of the bank's ledger: Write the amount in plain"),
            ),
            (
                b'[{"reference": "R", "amount": "1", "currency": null}]',
                *(1, "Cannot read transfer 1 of the bank's ledger: its currency is not a"),
            ),
        ],
    )
    def test_reads_what_it_can_of_a_damaged_ledger(
        self, asked_service: Service, ledger: bytes, code: int, outcome: str
    ) -> None:
        with serving(ledger) as address:
            result = asked_service.run("reconcile", "--bank", BANK_URL=address)
        assert (result.returncode, outcome in result.stdout + result.stderr) == (code, True)


class TestFile:
    def test_agrees_with_a_statement_that_has_it_all(self, desk: Desk) -> None:
        payout = completed(desk.service)
        result = desk.reconcile(as_paid(payout), period=EVER)
        assert (result.returncode, told(result)) == (0, {"matched": [payout["reference"]]})

    def test_tells_each_kind_of_difference(self, desk: Desk) -> None:
        service = desk.service
        same, less, absent = (completed(service) for _ in range(3))
        recipient_id = service.make_recipient(account_number="A-1-AC04")["id"]
        failed = service.make_payout(recipient_id)
        service.wait_for(failed["id"], "FAILED")

        result = desk.reconcile(
            as_paid(same),
            paid(less["reference"], "9.99"),
            as_paid(failed),
            paid("SOMEBODY-ELSE", "5.00"),
            as_paid(same),
        )

        assert result.returncode == 1
        assert told(result) == {
            "matched": [same["reference"]],
            "differing": [less["reference"], failed["reference"]],
            "unexpected": ["SOMEBODY-ELSE", same["reference"]],
            "missing": [absent["reference"]],
        }
        [line, _] = json.loads(result.stdout)["differing"]
        assert line == {
            "match": "differing",
            "reference": less["reference"],
            "payout_id": less["id"],
            "status": "COMPLETED",
            "expected": "10.00 USD",
            "found": "9.99 USD",
            "booked_at": "2026-11-20",
            "bank_reference": "B-118",
            "detail": "The amounts differ.",
        }

    def test_misses_nothing_outside_of_its_period(self, desk: Desk) -> None:
        payout = completed(desk.service)
        assert told(desk.reconcile(period=EVER)) == {"missing": [payout["reference"]]}
        assert told(desk.reconcile(period=LONG_AGO)) == {}

    def test_misses_what_was_deleted_after_it_had_been_paid(self, desk: Desk) -> None:
        payout = completed(desk.service)
        assert desk.service.staff.delete(f"/api/payouts/{payout['id']}/").status_code == 204
        assert told(desk.reconcile()) == {"missing": [payout["reference"]]}
        assert told(desk.reconcile(as_paid(payout))) == {"matched": [payout["reference"]]}

    def test_does_not_miss_what_staff_paid_by_another_way(self, desk: Desk) -> None:
        with desk.service.frozen("worker"):
            payout = desk.service.make_payout()
            desk.service.move(payout["id"], "PROCESSING", reason="by cheque")
            desk.service.move(payout["id"], "COMPLETED")
        assert told(desk.reconcile()) == {}

    def test_notes_a_return_once_and_leaves_the_payout_completed(self, desk: Desk) -> None:
        payout = completed(desk.service)
        for _ in range(2):
            result = desk.reconcile(as_paid(payout), returned(payout["reference"], reason="AC06"))
            assert result.returncode == 0
            assert set(told(result)) == {"matched", "returned"}

        shown = desk.service.payout(payout["id"])
        changed = {name for name, value in shown.items() if payout[name] != value}
        assert changed == {"returned_at", "updated_at"}
        events = desk.service.events(payout["id"])
        assert [event["type"] for event in events][-2:] == ["payout.completed", "payout.returned"]
        last = events[-1]
        assert (last["actor"], last["from_status"], last["to_status"]) == ("system", None, None)
        assert last["reason"] == "AC06, 10.00 USD, 2026-11-20, B-118"

    def test_prints_a_table_for_people(self, desk: Desk) -> None:
        payout = completed(desk.service)
        desk.path.write_bytes(statement([as_paid(payout), paid("SOMEBODY-ELSE", "5.00")]))

        result = desk.service.run("reconcile", "--from", str(desk.path))

        assert result.returncode == 1
        lines = [line.split() for line in result.stdout.splitlines()]
        assert ["1", "unexpected"] in [line[:2] for line in lines]
        assert ["1", "matched"] in [line[:2] for line in lines]
        assert ["unexpected", "SOMEBODY-ELSE", "5.00", "USD"] in [line[:4] for line in lines]

    def test_reports_an_entry_that_cannot_be_read_and_compares_the_others(self, desk: Desk) -> None:
        good, damaged = completed(desk.service), completed(desk.service)
        result = desk.reconcile(as_paid(good), paid(damaged["reference"], ""), period=EVER)
        assert (result.returncode, told(result)) == (
            1,
            {"matched": [good["reference"]], "unreadable": [damaged["reference"]]},
        )
        [finding] = json.loads(result.stdout)["unreadable"]
        assert finding["detail"] == (
            "Cannot read entry 2 (line 1) of statement.xml: it has no amount."
        )
        assert finding["bank_reference"] == "B-118"

    def test_takes_a_booking_that_is_in_two_files_once(self, desk: Desk) -> None:
        payout = completed(desk.service)
        other = desk.path.with_name("week.xml")
        fields = payout["reference"], payout["amount"], payout["currency"]
        for bank_reference, code in (("B-118", 0), ("B-119", 1)):
            desk.path.write_bytes(statement([paid(*fields, bank_reference="B-118")]))
            other.write_bytes(statement([paid(*fields, bank_reference=bank_reference)]))
            files = ["--from", str(desk.path), "--from", str(other)]
            assert desk.service.run("reconcile", *files).returncode == code

    @pytest.mark.parametrize("since", [0, 30])
    def test_misses_what_completed_on_the_day_of_its_end_at_midnight(
        self, desk: Desk, since: int
    ) -> None:
        payout = completed(desk.service)
        today = datetime.now(UTC).date()
        first = today - timedelta(days=since)
        result = desk.reconcile(period=(f"{first}T00:00:00", f"{today}T00:00:00"))
        assert (result.returncode, told(result)) == (1, {"missing": [payout["reference"]]})

    def test_lists_what_the_bank_sent_back(self, desk: Desk) -> None:
        kept, returned_ = completed(desk.service), completed(desk.service)
        before = desk.service.user.get("/api/payouts/?returned=true").json()["results"]
        desk.reconcile(*map(as_paid, (kept, returned_)), returned(returned_["reference"]))
        shown = {
            flag: desk.service.user.get(f"/api/payouts/?returned={flag}").json()["results"]
            for flag in ("true", "false")
        }
        assert before == []
        assert [each["id"] for each in shown["true"]] == [returned_["id"]]
        assert [each["id"] for each in shown["false"]] == [kept["id"]]
        assert datetime.fromisoformat(shown["true"][0]["returned_at"])
        assert shown["false"][0]["returned_at"] is None

    def test_shows_texts_of_others_as_they_are(self, desk: Desk) -> None:
        texts = ["INV [/2024] [red]17[/red]", "A\u009b31mB", "A\u202eB", "[link=http://x]y[/link]"]
        desk.path.write_bytes(statement([paid(text, "5.00") for text in texts]))
        result = desk.service.run("reconcile", "--from", str(desk.path))
        assert (result.returncode, result.stderr) == (1, "")
        assert "INV [/2024] [red]17[/red]" in result.stdout
        assert "A\\x9b31mB" in result.stdout
        assert "A\\u202eB" in result.stdout
        assert "[link=http://x]y[/link]" in result.stdout

    def test_shows_no_control_characters_of_a_file_name(self, desk: Desk) -> None:
        path = desk.path.with_name("\x1b[31mstatement.xml")
        path.write_bytes(b"<Document/>")
        result = desk.service.run("reconcile", "--from", str(path))
        assert result.returncode == 2
        assert "\\x1b[31mstatement.xml: not a camt.053 statement" in result.stderr

    @pytest.mark.parametrize(
        "environment",
        [
            {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"},
            {"PAYOUTS_CURRENCIES": "dollars"},
        ],
    )
    def test_says_in_one_line_when_nothing_can_be_compared(
        self, desk: Desk, environment: dict[str, str]
    ) -> None:
        desk.path.write_bytes(statement())
        result = desk.service.run("reconcile", "--from", str(desk.path), **environment)
        assert (result.returncode, result.stdout) == (3, "")
        assert len(result.stderr.splitlines()) == 1

    def test_says_in_one_line_when_the_database_has_no_tables(self, desk: Desk) -> None:
        desk.path.write_bytes(statement([paid("REF-1")]))
        elsewhere = re.sub(r"/test_\w+", "/postgres", desk.service.environment["DATABASE_URL"])
        result = desk.service.run("reconcile", "--from", str(desk.path), DATABASE_URL=elsewhere)
        assert (result.returncode, result.stdout) == (3, "")
        assert "payouts_payout" in result.stderr
        assert len(result.stderr.splitlines()) == 1

    def test_documents_its_exit_codes(self, desk: Desk) -> None:
        lines = desk.service.run("reconcile", "--help").stdout.splitlines()
        assert [line.split()[0] for line in lines if line.strip()[:1].isdigit()] == list("0123")

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ([], "Give either --from FILE or --bank."),
            (["--bank", "--from", "{}"], "Give either --from FILE or --bank."),
            (["--from", "{}"], "not a camt.053 statement: it has no Stmt"),
            (["--from", "{}.old"], "does not exist."),
        ],
    )
    def test_complains_in_one_line(self, desk: Desk, options: list[str], complaint: str) -> None:
        desk.path.write_bytes(b"<Document/>")
        filled = [option.format(desk.path) for option in options]
        result = desk.service.run("reconcile", *filled)
        assert (result.returncode, result.stdout) == (2, "")
        assert len(result.stderr.splitlines()) == 1
        assert complaint in result.stderr

    def test_takes_the_same_file_once(self, desk: Desk) -> None:
        payout = completed(desk.service)
        desk.path.write_bytes(statement([as_paid(payout)]))
        twice = ["--from", str(desk.path)] * 2
        result = desk.service.run("reconcile", *twice, "--json")
        assert (result.returncode, told(result)) == (0, {"matched": [payout["reference"]]})
