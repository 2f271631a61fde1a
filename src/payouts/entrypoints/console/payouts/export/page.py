"""The address that answers with the payouts of the list as a file.

The whole file is written before the answer begins, so that an error is a page and not half a file,
and so that no slow client occupies a thread or memory: the web server sends the file itself.
"""

from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore
from time import monotonic
from typing import Any, Final

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.urls import reverse
from django.utils import timezone

from payouts.adapters.database.payout_search import PayoutSearch, find_payouts
from payouts.application.read_models import Position
from payouts.domain.masking import mask_account_numbers
from payouts.domain.recipient import mask_account_number
from payouts.domain.role import Permission
from payouts.entrypoints.console.account_numbers import may_see_account_numbers
from payouts.entrypoints.console.error_pages import error_page
from payouts.entrypoints.console.payouts import permissions
from payouts.entrypoints.console.payouts.export.columns import AMOUNT, HEADER, to_cells
from payouts.entrypoints.console.payouts.export.csv_file import write_csv
from payouts.entrypoints.console.payouts.export.temporary_file import temporary_file
from payouts.entrypoints.console.payouts.export.xlsx_file import write_xlsx
from payouts.entrypoints.console.payouts.filters import PayoutFilterForm

log = structlog.get_logger("payouts")

MAX_ROWS: Final = 250_000
# A proxy has to wait as long for the beginning of the answer.
MAX_SECONDS: Final = 100.0
_PAGE_SIZE: Final = 1_000
_RETRY_AFTER_SECONDS: Final = 10
# Of these the log and the file's name say only that they were used: anything can be typed there.
_TYPED: Final = frozenset({"q", "failure_code"})
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Final[dict[str, tuple[str, Callable[..., None]]]] = {
    "csv": ("text/csv; charset=utf-8", write_csv),
    "xlsx": (_XLSX, partial(write_xlsx, number=AMOUNT)),
}
# One at a time in each process: an export keeps a thread busy.
_turn = BoundedSemaphore()


class ExportRefusedError(Exception):
    """The export would be too large; `str()` says what to do."""


class _Rows:
    """Reads the payouts page by page, each in a statement of its own, and counts them."""

    def __init__(self, search: PayoutSearch, show: Callable[[str, str], str]) -> None:
        self._search, self._show = search, show
        self._deadline = monotonic() + MAX_SECONDS
        self.count = 0

    def __iter__(self) -> Iterator[list[str]]:
        position: Position | None = None
        while True:
            found = find_payouts(self._search, size=_PAGE_SIZE, position=position)
            if found.is_limited:
                raise ExportRefusedError(
                    "More than 50 recipients match, so that the file would not be complete. Write"
                    " more of the name, or choose a recipient."
                )
            for payout in found.page.rows:
                yield to_cells(payout, self._show)
            self.count += len(found.page.rows)
            position = found.page.next
            if not position:
                return
            self._ensure_within_limits(position)

    def _ensure_within_limits(self, position: Position) -> None:
        if self.count < MAX_ROWS and monotonic() < self._deadline:
            return
        start = f"{timezone.localtime(position.created_at):%Y-%m-%d}"
        raise ExportRefusedError(
            f"These are too many payouts for one file: the newest {self.count:,} reach back to"
            f" {start}. Choose dates so that a file has at most {MAX_ROWS:,}."
        )


def export_payouts(request: HttpRequest, format_: str) -> HttpResponseBase:
    """Answer with a file of all payouts that the filters in the address select."""
    if not request.user.has_perm(Permission.VIEW_PAYOUT):
        raise PermissionDenied
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    form = PayoutFilterForm(request.GET)
    if not form.is_valid():
        return _back(request)
    if not _turn.acquire(blocking=False):
        return _busy(request)
    try:
        return _export(request, form, format_)
    except ExportRefusedError as error:
        messages.error(request, str(error))
        return _back(request)
    finally:
        _turn.release()


def _export(request: HttpRequest, form: PayoutFilterForm, format_: str) -> FileResponse:
    content_type, write = FORMATS[format_]
    started = monotonic()
    rows = _Rows(permissions.allowed(request, form.search()), _show(request))
    with temporary_file() as path:
        write(path, HEADER, rows)
        response = _response(path, f"{_name(form)}.{format_}", content_type)
    log.info(
        "payouts.exported",
        actor=request.user.get_username(),
        format=format_,
        filters=_filters(form),
        rows=rows.count,
        seconds=round(monotonic() - started, 1),
    )
    return response


def _response(path: Path, name: str, content_type: str) -> FileResponse:
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=name,
        content_type=content_type,
    )


def _show(request: HttpRequest) -> Callable[[str, str], str]:
    if may_see_account_numbers(request.user):
        return lambda text, _: text
    return _masked


def _masked(text: str, account_number: str) -> str:
    if text == account_number:  # its own column, which needs no search
        return mask_account_number(text)
    return mask_account_numbers(text, account_number)


def _filters(form: PayoutFilterForm) -> dict[str, str]:
    """Return the filters in use, without what a user has typed."""
    used = {name: value for name, value in form.cleaned_data.items() if value}
    return {name: "given" if name in _TYPED else _in_short(value) for name, value in used.items()}


def _in_short(value: Any) -> str:
    return str(getattr(value, "pk", value))


def _name(form: PayoutFilterForm) -> str:
    parts = [f"{name.replace('_', '-')}-{value}" for name, value in _filters(form).items()]
    return "_".join([f"payouts-{timezone.localdate()}", *parts]).replace("q-given", "search")


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Lead to the list with the same filters, which shows the message or the errors."""
    address = reverse("admin:payouts_payout_changelist")
    return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")


def _busy(request: HttpRequest) -> HttpResponseBase:
    page = error_page(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        title="Another export is running",
        explanation="Go back, and try again in some seconds.",
    )
    page["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return page
