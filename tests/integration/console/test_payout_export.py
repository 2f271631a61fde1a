"""The payouts of the list as a file."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.utils import timezone
from structlog.testing import capture_logs
from tests.console_pages import change, client_of, make_recipient
from tests.payout_rows import fill_payouts
from tests.running import eventually
from tests.unit.samples import money

from payouts.domain.recipient import AccountNumber
from payouts.domain.role import Role
from payouts.entrypoints.console.payouts.export import page, temporary_file

pytestmark = pytest.mark.usefixtures("database")

LIST = "/console/payouts/payout/"
IBAN = "GB29NWBK60161331926819"
_NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def export(client: Client, format_: str = "csv", **asked: Any) -> Any:
    return client.get(f"{LIST}export/{format_}/", asked)


def content_of(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def rows_of(response: Any) -> list[dict[str, str]]:
    text = content_of(response).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def sheet_of(response: Any) -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(content_of(response))) as workbook:
        return ET.fromstring(workbook.read("xl/worksheets/sheet1.xml"))  # noqa: S314  our own


def cells_of(sheet: ET.Element, row: int) -> list[str]:
    cells = sheet.findall(".//x:row", _NAMESPACE)[row].findall("x:c", _NAMESPACE)
    return ["".join(cell.itertext()) for cell in cells]


class TestCsv:
    def test_has_the_payouts_of_the_filters_newest_first(self, operator: Client, make: Any) -> None:
        first, second = make(), make(money=money("1234.5"))
        make(money=money(currency="EUR"))
        rows = rows_of(export(operator, currency="USD", cursor="ignored"))
        assert [row["id"] for row in rows] == [str(second.id), str(first.id)]
        assert (rows[0]["amount"], rows[0]["currency"]) == ("1234.50", "USD")
        assert rows[0]["account_number"] == IBAN
        assert rows[0]["created_at"] == f"{second.created_at:%Y-%m-%dT%H:%M:%SZ}"

    def test_goes_on_over_pages_and_has_each_once(self, operator: Client) -> None:
        fill_payouts(2_500)
        rows = rows_of(export(operator))
        assert len({row["id"] for row in rows}) == len(rows) == 2_500

    @pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)"])
    def test_holds_no_formula(self, operator: Client, make: Any, start: str) -> None:
        make(recipient=make_recipient(name=start), remittance_information=start)
        [row] = rows_of(export(operator))
        assert (row["recipient_name"], row["remittance_information"]) == (f"'{start}", f"'{start}")

    def test_defuses_what_texts_of_a_bank_may_start_with(self, operator: Client, make: Any) -> None:
        payout = make()
        change(payout, failure_reason='\t=cmd|"/c calc"!A1')
        assert rows_of(export(operator))[0]["failure_reason"].startswith("'\t=")

    def test_keeps_texts_of_any_kind(self, operator: Client, make: Any) -> None:
        name = 'Zoë "the, <b>;' + "x" * 200
        make(recipient=make_recipient(name=name))
        [row] = rows_of(export(operator))
        assert row["recipient_name"] == name


class TestXlsx:
    def test_has_texts_and_numbers_and_no_formula(self, operator: Client, make: Any) -> None:
        make(recipient=make_recipient(name="=1+1 <&> _x0041_"), money=money("1234.5"))
        sheet = sheet_of(export(operator, "xlsx"))
        header, row = cells_of(sheet, 0), cells_of(sheet, 1)
        assert len(header) == len(row)
        assert "=1+1 <&> _x005F_x0041_" in row
        assert "1234.50" in row
        assert sheet.findall(".//x:f", _NAMESPACE) == []
        [number] = sheet.findall(".//x:row[2]/x:c[@s]", _NAMESPACE)
        assert "".join(number.itertext()) == "1234.50"

    def test_writes_an_amount_that_no_number_holds_as_text(
        self, operator: Client, make: Any
    ) -> None:
        make(money=money("9999999999999999.99"))
        sheet = sheet_of(export(operator, "xlsx"))
        assert "9999999999999999.99" in cells_of(sheet, 1)
        assert sheet.findall(".//x:row[2]/x:c[@s]", _NAMESPACE) == []

    def test_leaves_out_characters_that_xml_has_not(self, operator: Client, make: Any) -> None:
        change(make(), failure_reason="a\x01b\x1f")
        assert "ab" in cells_of(sheet_of(export(operator, "xlsx")), 1)


class TestMasking:
    @pytest.mark.parametrize("format_", ["csv", "xlsx"])
    def test_hides_account_numbers_from_viewers(
        self, viewer: Client, make: Any, format_: str
    ) -> None:
        payout = make(remittance_information=f"to {IBAN}")
        change(
            payout, failure_reason=f"{IBAN[:4]} {IBAN[4:]} is closed; DE89370400440532013000 too"
        )
        content = content_of(export(viewer, format_))
        if format_ == "xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as workbook:
                content = b"".join(map(workbook.read, workbook.namelist()))
        text = re.sub(r"\s", "", content.decode())
        assert IBAN not in text
        assert "DE89370400440532013000" not in text
        assert "6819" in text

    def test_hides_local_numbers_too(self, viewer: Client, make: Any) -> None:
        number = "LOCAL-00012345"
        make(
            recipient=make_recipient(account_number=AccountNumber(number)),
            remittance_information=f"to {number.lower()}",
        )
        assert number.lower() not in content_of(export(viewer)).decode().lower()


class TestAnswer:
    def test_is_a_file_that_is_named_by_date_and_filters(self, operator: Client, make: Any) -> None:
        make()
        response = export(operator, status="NEW", needs_review="false", q="Ann", failure_code="")
        name = f"payouts-{timezone.localdate()}_search_status-NEW_needs-review-false.csv"
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "no-store" in response.headers["Cache-Control"]
        assert len(rows_of(response)) == 1

    def test_is_a_line_in_the_log_without_account_numbers(
        self, operator: Client, make: Any
    ) -> None:
        make()
        with capture_logs() as lines:
            content_of(export(operator, q=IBAN, status="NEW"))
        [line] = [line for line in lines if line["event"] == "payouts.exported"]
        assert (line["actor"], line["rows"], line["format"]) == ("operator", 1, "csv")
        assert line["filters"] == {"q": "given", "status": "NEW"}
        assert IBAN not in str(lines)

    def test_is_the_list_if_a_filter_cannot_be_read(self, operator: Client) -> None:
        response = export(operator, status="LOST")
        assert response.status_code == 302
        assert operator.get(response.headers["Location"]).context["form"].errors

    def test_is_for_who_may_see_payouts(self, make: Any) -> None:
        make()
        assert export(client_of(Role.CLIENT)).status_code == 302  # to the log-in page
        for role in (Role.VIEWER, Role.APPROVER, Role.ADMINISTRATOR):
            assert len(rows_of(export(client_of(role)))) == 1

    def test_is_refused_for_other_methods(self, operator: Client) -> None:
        assert operator.post(f"{LIST}export/csv/").status_code == 405

    def test_leaves_no_file(
        self, operator: Client, make: Any, files: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(temporary_file, "_KEPT_SECONDS", 0)
        make()
        content_of(export(operator))
        eventually(lambda: list(files.iterdir()) == [])

    def test_removes_files_of_processes_that_ended(
        self, operator: Client, files: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(temporary_file, "_ABANDONED_SECONDS", -1)
        (files / "payouts-export-old").touch()
        (files / "another").touch()
        content_of(export(operator))
        names = {path.name for path in files.iterdir()}
        assert "another" in names
        assert "payouts-export-old" not in names


class TestLimits:
    def test_hold_one_export_of_a_process_at_a_time(self, operator: Client, make: Any) -> None:
        make()
        with page._turn:
            response = export(operator)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
        assert "Another export is running" in response.content.decode()
        assert len(rows_of(export(operator))) == 1

    @pytest.mark.parametrize(("limit", "value"), [("MAX_ROWS", 1000), ("MAX_SECONDS", 0.0)])
    def test_refuse_more_and_say_what_to_choose(
        self,
        operator: Client,
        files: Path,
        monkeypatch: pytest.MonkeyPatch,
        limit: str,
        value: float,
    ) -> None:
        fill_payouts(1_001)
        monkeypatch.setattr(page, limit, value)
        response = export(operator, needs_review="false")
        assert response.status_code == 302
        shown = operator.get(response.headers["Location"])
        assert "the newest 1,000 reach back to" in shown.content.decode()
        assert shown.context["form"].cleaned_data["needs_review"] == "false"
        assert list(files.iterdir()) == []
        assert page._turn.acquire(blocking=False)
        page._turn.release()

    def test_refuse_a_search_that_would_leave_recipients_out(
        self, operator: Client, make: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("payouts.adapters.database.payout_search.MAX_RECIPIENTS", 1)
        for _ in range(2):
            make()
        response = export(operator, q="Ann")
        assert (
            "would not be complete" in operator.get(response.headers["Location"]).content.decode()
        )
