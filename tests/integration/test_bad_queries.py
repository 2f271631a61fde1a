"""Query parameters that are refused."""

from base64 import urlsafe_b64encode

import pytest
from tests.problems import expect_problem
from tests.service import Service
from tests.wire import send

NINES = "9" * 3000


def cursor(plain: str) -> str:
    """Spell a text as cursors are spelt."""
    return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


CURSORS = [
    *("", "garbage", "%00", "%C3%A9", "%FF", "////", "====", "a", "AAAA", NINES),
    cursor("garbage"),
    cursor("older.1"),
    cursor("older.1.1.1"),
    cursor("sideways.1.1"),
    cursor("Older.1.1"),
    cursor("older..1"),
    cursor("older.yesterday.1"),
    cursor("older.1e3.1"),
    cursor("older.+1.1"),
    cursor("older. 1.1"),
    cursor("older.1.1 "),
    cursor("older.01.1"),
    cursor("older.1_0.1"),
    cursor("older.١.1"),
    cursor("older.1.1\n"),
    cursor("older.-62135596800000001.1"),  # before the year 1
    cursor("older.253402300800000000.1"),  # after the year 9999
    cursor(f"older.{10**30}.1"),
    cursor(f"older.1.{2**63}"),
    cursor(f"older.1.{10**30}"),
    cursor(f"older.1.{NINES}"),
    cursor("older.1.0"),
    cursor("newer.1.-1"),
    cursor("older.1.1") + "==",
    cursor("older.1.1") + "%0A",
]
EVENT_CURSORS = [
    *CURSORS,
    cursor("older.1.1"),
    cursor("event.1"),
    cursor("event.1.1.1"),
    cursor("event.-1.1"),
    cursor("event.1.-1"),
    cursor("event.01.1"),
    cursor("event. 1.1"),
    cursor("event.1.1 "),
    cursor(f"event.{2**63}.1"),
    cursor(f"event.1.{2**63}"),
    cursor("event.1.1") + "==",
]
PAGE_SIZES = [
    *(("page_size_malformed", text) for text in ("", "abc", "-1", "1e1", "1.0", "%2B1", "+1")),
    *(("page_size_malformed", text) for text in ("0x10", "1_0", "%D9%A1", "%C2%B2", "1%00", NINES)),
    *(("page_size_out_of_range", text) for text in ("0", "101", "000", "999999")),
]
FILTERS = [
    *(("status", "status_unknown", text) for text in ("", "new", "DONE", "NEW%20", "%00", "%FF")),
    *(("currency", "currency_unknown", text) for text in ("", "usd", "US", "US1", "%00", "USD%0A")),
    *(
        ("recipient_id", "wrong_type", text)
        for text in (
            "",
            "abc",
            "-1",
            "1.0",
            "%2B1",
            "1%00",
            "%D9%A1",
            "1e3",
            "0x1",
            "NaN",
            f"{2**63}",
            NINES,
        )
    ),
    *(
        ("idempotency_key", "idempotency_key_malformed", text)
        for text in ("", "short", "with%20space", "key-12345%00", "key-12345%0A", "%C3%A9" * 8)
    ),
]
TIMES = [
    *("", "garbage", "%00", "now", "2026", "1764000000", "2026-13-01", "2026-02-30", "2026-1-1"),
    *("2026-01-01T25:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z", "2026-01-01x00:00"),
    # An unescaped + is a space.
    "2026-01-01T00:00:00+00:00",
    "2026-01-01T00:00:00%2B24:00",
    "2026-01-01T00:00:00%00",
    "2026-01-01T00:00:00Z%0A",
    "%EF%BC%92026-01-01",  # a fullwidth 2
    "-2026-01-01",
    "12026-01-01",
    "0000-01-01",
    # Out of the calendar once they are in UTC.
    "0001-01-01T00:00:00%2B14:00",
    "9999-12-31T23:59:59-14:00",
    NINES,
]
UNKNOWN = ["limit=10", "offset=0", "ordering=id", "Status=NEW", "status[]=NEW", "=", "x", "%00=1"]


class TestQuery:
    @pytest.mark.parametrize("path", ["/api/payouts/", "/api/recipients/"])
    @pytest.mark.parametrize("text", CURSORS)
    def test_names_a_cursor_that_was_not_made_here(
        self, asked_service: Service, path: str, text: str
    ) -> None:
        answer = asked_service.user.get(f"{path}?cursor={text}")
        expect_problem(answer, 400, "invalid_request", ("cursor", "cursor_malformed"))

    @pytest.mark.parametrize("text", EVENT_CURSORS)
    def test_names_a_cursor_that_is_not_of_the_feed(
        self, asked_service: Service, text: str
    ) -> None:
        answer = asked_service.user.get(f"/api/events/?cursor={text}")
        expect_problem(answer, 400, "invalid_request", ("cursor", "cursor_malformed"))

    @pytest.mark.parametrize("text", ["", "created", "payout.claimed", "Payout.created", "%00"])
    def test_names_a_type_of_event_that_clients_do_not_get(
        self, asked_service: Service, text: str
    ) -> None:
        answer = asked_service.user.get(f"/api/events/?type={text}")
        expect_problem(answer, 400, "invalid_request", ("type", "type_unknown"))

    @pytest.mark.parametrize("path", ["/api/payouts/", "/api/recipients/"])
    @pytest.mark.parametrize(("code", "text"), PAGE_SIZES)
    def test_names_a_page_size_that_is_none(
        self, asked_service: Service, path: str, code: str, text: str
    ) -> None:
        answer = asked_service.user.get(f"{path}?page_size={text}")
        expect_problem(answer, 400, "invalid_request", ("page_size", code))

    @pytest.mark.parametrize(("name", "code", "text"), FILTERS)
    def test_names_a_filter_that_cannot_be_read(
        self, asked_service: Service, name: str, code: str, text: str
    ) -> None:
        answer = asked_service.user.get(f"/api/payouts/?{name}={text}")
        expect_problem(answer, 400, "invalid_request", (name, code))

    @pytest.mark.parametrize("name", ["created_after", "created_before"])
    @pytest.mark.parametrize("text", TIMES)
    def test_names_a_time_that_is_none(self, asked_service: Service, name: str, text: str) -> None:
        answer = asked_service.user.get(f"/api/payouts/?{name}={text}")
        expect_problem(answer, 400, "invalid_request", (name, "time_malformed"))

    @pytest.mark.parametrize(
        "path",
        [
            "/api/payouts/",
            "/api/payouts/1/",
            "/api/payouts/1/events/",
            "/api/recipients/",
            "/api/events/",
        ],
    )
    @pytest.mark.parametrize("query", UNKNOWN)
    def test_may_not_bring_parameters_that_nobody_knows(
        self, asked_service: Service, path: str, query: str
    ) -> None:
        answer = asked_service.user.get(f"{path}?{query}")
        [error] = answer.json()["errors"]
        assert (answer.status_code, error["code"]) == (400, "unknown_parameter")

    @pytest.mark.parametrize("path", ["", "1/", "1/events/"])
    @pytest.mark.parametrize("text", ["", "1", "True", "yes", "%00"])
    def test_names_a_flag_that_is_none(self, asked_service: Service, path: str, text: str) -> None:
        answer = asked_service.staff.get(f"/api/payouts/{path}?include_deleted={text}")
        expect_problem(answer, 400, "invalid_request", ("include_deleted", "wrong_type"))

    def test_has_other_filters_on_recipients(self, asked_service: Service) -> None:
        answer = asked_service.user.get("/api/recipients/?status=NEW")
        expect_problem(answer, 400, "invalid_request", ("status", "unknown_parameter"))

    @pytest.mark.parametrize(
        "query",
        [
            "status=NEW&status=NEW",
            "status=NEW&status=FAILED",
            "page_size=1&page_size=",
            "cursor=&cursor=",
        ],
    )
    def test_may_not_say_a_thing_twice(self, asked_service: Service, query: str) -> None:
        answer = asked_service.user.get(f"/api/payouts/?{query}")
        name = query.partition("=")[0]
        expect_problem(answer, 400, "invalid_request", (name, "repeated"))

    def test_with_several_faults_is_told_of_each(self, asked_service: Service) -> None:
        answer = asked_service.user.get("/api/payouts/?page_size=0&status=&x=1&currency=USD")
        expect_problem(
            answer,
            400,
            "invalid_request",
            ("page_size", "page_size_out_of_range"),
            ("status", "status_unknown"),
            ("x", "unknown_parameter"),
        )

    def test_with_huge_and_many_names_gets_a_small_answer(self, asked_service: Service) -> None:
        for query in ("x" * 5000, "&".join(f"x{n}" for n in range(900))):
            answer = asked_service.user.get(f"/api/payouts/?{query}")
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
            assert len(answer.content) < 6_000

    def test_has_a_limit_to_its_parameters(self, asked_service: Service) -> None:
        answer = asked_service.user.get("/api/payouts/?" + "&".join(["x=1"] * 1500))
        expect_problem(answer, 400, "bad_request")


class TestHarmlessQuery:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "&&&",
            "recipient_id=0",
            f"recipient_id={2**63 - 1}",
            "currency=JPY",
            "created_before=0001-01-01",
            "created_after=9999-12-31T23:59:59.999999Z",
            "created_after=2026-01-01T00:00:00.123456789%2B05:30",
            "created_after=2026-01-01+00:00",
            "created_after=20260101T000000Z",
            "idempotency_key=key-that-nobody-used",
            f"cursor={cursor('older.-62135596800000000.1')}",
            f"cursor={cursor('newer.253402300799999999.1')}",
        ],
    )
    def test_is_an_empty_page_when_nothing_fits(self, asked_service: Service, query: str) -> None:
        answer = asked_service.user.get(f"/api/payouts/?{query}")
        assert answer.status_code == 200
        assert answer.json() == {"next": None, "previous": None, "results": []}

    @pytest.mark.parametrize("target", ["%", "%zz=1", "page_size=%zz", "%ff=%fe", ";", "a=b;c=d"])
    def test_in_no_known_writing_is_refused(self, asked_service: Service, target: str) -> None:
        token = asked_service.user.headers["Authorization"]
        answer = send(
            asked_service.web_url,
            "GET",
            f"/api/payouts/?{target}",
            headers=[("Authorization", token)],
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
