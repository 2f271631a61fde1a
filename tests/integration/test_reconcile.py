"""`payouts reconcile`, with the bank's ledger and with statements in files."""

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
from click.testing import CliRunner
from tests.camt import paid, returned, statement
from tests.service import Service

from payouts.entrypoints.cli import main

EVER = ("2026-01-01T00:00:00Z", "2099-12-31T23:59:59Z")
LONG_AGO = ("2020-01-01T00:00:00Z", "2020-01-01T23:59:59Z")
Payout = dict[str, Any]


def completed(service: Service, **fields: Any) -> Payout:
    payout = service.make_payout(**fields)
    return service.wait_for(payout["id"], "COMPLETED")


def as_paid(payout: Payout) -> str:
    return paid(payout["reference"], payout["amount"], payout["currency"])


def references_by_heading(result: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """Return the references under each heading that has any."""
    report = json.loads(result.stdout)
    found = {name: [line["reference"] for line in report[name]] for name in report["counts"]}
    assert {name: len(lines) for name, lines in found.items()} == report["counts"]
    return {name: lines for name, lines in found.items() if lines}


@contextmanager
def serving(body: bytes) -> Iterator[str]:
    """Serve a ledger; yield its address."""

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


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the command in this process. In one of its own, Django starts for each case."""
    result = CliRunner().invoke(main, ["reconcile", *options], catch_exceptions=False)
    return subprocess.CompletedProcess(options, result.exit_code, result.stdout, result.stderr)


class Reconciler:
    """Reconciles statements that a test writes."""

    def __init__(self, service: Service, path: Path) -> None:
        self.service = service
        self.path = path

    def reconcile(self, *entries: str, **options: Any) -> subprocess.CompletedProcess[str]:
        self.path.write_bytes(statement(entries, **options))
        return run("--from", str(self.path), "--json")


@pytest.fixture
def reconciler(service: Service, tmp_path: Path) -> Reconciler:
    return Reconciler(service, tmp_path / "statement.xml")


class TestBank:
    def test_finds_all_payouts_and_unexpected_transfers_in_the_ledger(
        self, service: Service
    ) -> None:
        # The bank remembers what it paid for other tests, whose payouts are gone.
        others = [transfer["reference"] for transfer in service.ledger()]
        payouts = [completed(service), completed(service, currency="EUR", amount="7")]
        recipient_id = service.make_recipient(account_number="A-1-AC04")["id"]
        service.wait_for(service.make_payout(recipient_id)["id"], "FAILED")

        result = service.run("reconcile", "--bank", "--json")

        found = references_by_heading(result)
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
    def test_reports_a_ledger_that_is_unavailable(
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
    def test_reads_the_readable_entries_of_a_damaged_ledger(
        self,
        asked_service: Service,
        settings: Any,
        ledger: bytes,
        code: int,
        outcome: str,
    ) -> None:
        with serving(ledger) as settings.BANK_URL:
            result = run("--bank")
        assert (result.returncode, outcome in result.stdout + result.stderr) == (code, True)


class TestFile:
    def test_matches_a_complete_statement(self, reconciler: Reconciler) -> None:
        payout = completed(reconciler.service)
        result = reconciler.reconcile(as_paid(payout), period=EVER)
        assert (result.returncode, references_by_heading(result)) == (
            0,
            {"matched": [payout["reference"]]},
        )

    def test_reports_each_kind_of_difference(self, reconciler: Reconciler) -> None:
        service = reconciler.service
        same, less, absent = (completed(service) for _ in range(3))
        recipient_id = service.make_recipient(account_number="A-1-AC04")["id"]
        failed = service.make_payout(recipient_id)
        service.wait_for(failed["id"], "FAILED")

        result = reconciler.reconcile(
            as_paid(same),
            paid(less["reference"], "9.99"),
            as_paid(failed),
            paid("ANOTHER-PAYER", "5.00"),
            as_paid(same),
        )

        assert result.returncode == 1
        assert references_by_heading(result) == {
            "matched": [same["reference"]],
            "differing": [less["reference"], failed["reference"]],
            "unexpected": ["ANOTHER-PAYER", same["reference"]],
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

    def test_reports_nothing_missing_outside_its_period(self, reconciler: Reconciler) -> None:
        payout = completed(reconciler.service)
        assert references_by_heading(reconciler.reconcile(period=EVER)) == {
            "missing": [payout["reference"]]
        }
        assert references_by_heading(reconciler.reconcile(period=LONG_AGO)) == {}

    def test_reports_a_deleted_payout_as_missing(self, reconciler: Reconciler) -> None:
        payout = completed(reconciler.service)
        assert reconciler.service.staff.delete(f"/api/payouts/{payout['id']}/").status_code == 204
        assert references_by_heading(reconciler.reconcile()) == {"missing": [payout["reference"]]}
        assert references_by_heading(reconciler.reconcile(as_paid(payout))) == {
            "matched": [payout["reference"]]
        }

    def test_does_not_expect_payouts_that_staff_paid_in_another_way(
        self, reconciler: Reconciler
    ) -> None:
        with reconciler.service.frozen("worker"):
            payout = reconciler.service.make_payout()
            reconciler.service.move(payout["id"], "PROCESSING", reason="by cheque")
            reconciler.service.move(payout["id"], "COMPLETED")
        assert references_by_heading(reconciler.reconcile()) == {}

    def test_records_a_return_once_and_keeps_the_payout_completed(
        self, reconciler: Reconciler
    ) -> None:
        payout = completed(reconciler.service)
        for _ in range(2):
            result = reconciler.reconcile(
                as_paid(payout), returned(payout["reference"], reason="AC06")
            )
            assert result.returncode == 0
            assert set(references_by_heading(result)) == {"matched", "returned"}

        shown = reconciler.service.payout(payout["id"])
        changed = {name for name, value in shown.items() if payout[name] != value}
        assert changed == {"returned_at", "updated_at"}
        events = reconciler.service.events(payout["id"])
        assert [event["type"] for event in events][-2:] == ["payout.completed", "payout.returned"]
        last = events[-1]
        assert (last["actor"], last["from_status"], last["to_status"]) == ("system", None, None)
        assert last["reason"] == "AC06, 10.00 USD, 2026-11-20, B-118"

    def test_ends_as_a_process_with_the_exit_code_and_only_the_report_on_standard_output(
        self, reconciler: Reconciler
    ) -> None:
        payout = completed(reconciler.service)
        for entries, code in (([as_paid(payout)], 0), ([], 1)):
            reconciler.path.write_bytes(statement(entries))
            result = reconciler.service.run("reconcile", "--from", str(reconciler.path), "--json")
            assert (result.returncode, result.stderr) == (code, "")
            assert set(references_by_heading(result)) == {"missing" if code else "matched"}

    def test_prints_a_table_for_people(self, reconciler: Reconciler) -> None:
        payout = completed(reconciler.service)
        reconciler.path.write_bytes(statement([as_paid(payout), paid("ANOTHER-PAYER", "5.00")]))

        result = reconciler.service.run("reconcile", "--from", str(reconciler.path))

        assert result.returncode == 1
        lines = [line.split() for line in result.stdout.splitlines()]
        assert ["1", "unexpected"] in [line[:2] for line in lines]
        assert ["1", "matched"] in [line[:2] for line in lines]
        assert ["unexpected", "ANOTHER-PAYER", "5.00", "USD"] in [line[:4] for line in lines]

    def test_reports_an_entry_that_cannot_be_read_and_compares_the_others(
        self, reconciler: Reconciler
    ) -> None:
        good, damaged = completed(reconciler.service), completed(reconciler.service)
        result = reconciler.reconcile(as_paid(good), paid(damaged["reference"], ""), period=EVER)
        assert (result.returncode, references_by_heading(result)) == (
            1,
            {"matched": [good["reference"]], "unreadable": [damaged["reference"]]},
        )
        [finding] = json.loads(result.stdout)["unreadable"]
        assert finding["detail"] == (
            "Cannot read entry 2 (line 1) of statement.xml: it has no amount."
        )
        assert finding["bank_reference"] == "B-118"

    def test_counts_a_booking_in_two_files_once(self, reconciler: Reconciler) -> None:
        payout = completed(reconciler.service)
        other = reconciler.path.with_name("week.xml")
        fields = payout["reference"], payout["amount"], payout["currency"]
        for bank_reference, code in (("B-118", 0), ("B-119", 1)):
            reconciler.path.write_bytes(statement([paid(*fields, bank_reference="B-118")]))
            other.write_bytes(statement([paid(*fields, bank_reference=bank_reference)]))
            files = ["--from", str(reconciler.path), "--from", str(other)]
            assert run(*files).returncode == code

    @pytest.mark.parametrize("since", [0, 30])
    def test_expects_payouts_of_the_day_of_its_end_at_midnight(
        self, reconciler: Reconciler, since: int
    ) -> None:
        payout = completed(reconciler.service)
        today = datetime.now(UTC).date()
        first = today - timedelta(days=since)
        result = reconciler.reconcile(period=(f"{first}T00:00:00", f"{today}T00:00:00"))
        assert (result.returncode, references_by_heading(result)) == (
            1,
            {"missing": [payout["reference"]]},
        )

    def test_lists_returned_payouts(self, reconciler: Reconciler) -> None:
        kept, returned_ = completed(reconciler.service), completed(reconciler.service)
        before = reconciler.service.user.get("/api/payouts/?returned=true").json()["results"]
        reconciler.reconcile(*map(as_paid, (kept, returned_)), returned(returned_["reference"]))
        shown = {
            flag: reconciler.service.user.get(f"/api/payouts/?returned={flag}").json()["results"]
            for flag in ("true", "false")
        }
        assert before == []
        assert [each["id"] for each in shown["true"]] == [returned_["id"]]
        assert [each["id"] for each in shown["false"]] == [kept["id"]]
        assert datetime.fromisoformat(shown["true"][0]["returned_at"])
        assert shown["false"][0]["returned_at"] is None

    def test_prints_markup_in_bank_texts_literally(self, reconciler: Reconciler) -> None:
        texts = ["INV [/2024] [red]17[/red]", "A\u009b31mB", "A\u202eB", "[link=http://x]y[/link]"]
        reconciler.path.write_bytes(statement([paid(text, "5.00") for text in texts]))
        result = run("--from", str(reconciler.path))
        assert (result.returncode, result.stderr) == (1, "")
        assert "INV [/2024] [red]17[/red]" in result.stdout
        assert "A\\x9b31mB" in result.stdout
        assert "A\\u202eB" in result.stdout
        assert "[link=http://x]y[/link]" in result.stdout

    def test_escapes_control_characters_in_a_file_name(self, reconciler: Reconciler) -> None:
        path = reconciler.path.with_name("\x1b[31mstatement.xml")
        path.write_bytes(b"<Document/>")
        result = run("--from", str(path))
        assert result.returncode == 2
        assert "\\x1b[31mstatement.xml: not a camt.053 statement" in result.stderr

    @pytest.mark.parametrize(
        "environment",
        [
            {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"},
            {"PAYOUTS_CURRENCIES": "dollars"},
        ],
    )
    def test_reports_in_one_line_that_nothing_can_be_compared(
        self, reconciler: Reconciler, environment: dict[str, str]
    ) -> None:
        reconciler.path.write_bytes(statement())
        result = reconciler.service.run("reconcile", "--from", str(reconciler.path), **environment)
        assert (result.returncode, result.stdout) == (3, "")
        assert len(result.stderr.splitlines()) == 1

    def test_reports_in_one_line_that_the_database_has_no_tables(
        self, reconciler: Reconciler
    ) -> None:
        reconciler.path.write_bytes(statement([paid("REF-1")]))
        elsewhere = re.sub(
            r"/test_\w+", "/postgres", reconciler.service.environment["DATABASE_URL"]
        )
        result = reconciler.service.run(
            "reconcile", "--from", str(reconciler.path), DATABASE_URL=elsewhere
        )
        assert (result.returncode, result.stdout) == (3, "")
        assert "payouts_payout" in result.stderr
        assert len(result.stderr.splitlines()) == 1

    def test_documents_its_exit_codes(self, reconciler: Reconciler) -> None:
        lines = run("--help").stdout.splitlines()
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
    def test_reports_errors_in_one_line(
        self, reconciler: Reconciler, options: list[str], complaint: str
    ) -> None:
        reconciler.path.write_bytes(b"<Document/>")
        filled = [option.format(reconciler.path) for option in options]
        result = run(*filled)
        assert (result.returncode, result.stdout) == (2, "")
        assert len(result.stderr.splitlines()) == 1
        assert complaint in result.stderr

    def test_reads_the_same_file_once(self, reconciler: Reconciler) -> None:
        payout = completed(reconciler.service)
        reconciler.path.write_bytes(statement([as_paid(payout)]))
        twice = ["--from", str(reconciler.path)] * 2
        result = run(*twice, "--json")
        assert (result.returncode, references_by_heading(result)) == (
            0,
            {"matched": [payout["reference"]]},
        )
