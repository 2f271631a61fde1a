"""The home page of the console: its numbers, its links, and what it costs."""

import re
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from tests.contract.worlds import DatabaseWorld
from tests.payout_rows import fill_payouts
from tests.unit.samples import a_request, money
from tests.users import make_user

from payouts import bootstrap
from payouts.adapters.database import overview
from payouts.adapters.page_cache import MemoryPageCache
from payouts.adapters.worker_ping import WorkerPing
from payouts.domain.history import EventType, HistoryEntry
from payouts.domain.payout import Deferral, Failure, Payout
from payouts.domain.recipient import Recipient

pytestmark = pytest.mark.usefixtures("database")

HOME = "/console/"
LIST = "/console/payouts/payout/"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch) -> MemoryPageCache:
    """A cache that no other test has filled."""
    cache = MemoryPageCache()
    monkeypatch.setattr(bootstrap, "page_cache", lambda: cache)
    return cache


@pytest.fixture(autouse=True)
def worker(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Whether a worker answers: it does, until a test clears this."""
    answered = Event()
    answered.set()
    monkeypatch.setattr(WorkerPing, "send", lambda _ping: answered)
    return answered


@pytest.fixture
def world(database: None) -> DatabaseWorld:
    return DatabaseWorld()


@pytest.fixture
def operator(database: None) -> Client:
    return sign_in("operator")


def sign_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role, role))
    return client


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def add(world: DatabaseWorld, recipient: Recipient, key: str, **amount: str) -> Payout:
    request = a_request(f"key-number-{key}", recipient=recipient, money=money(**amount))
    made = world.payouts.add(request, actor="ursula")
    assert made
    return made


def save(payout: Payout, event: EventType, how: str, *details: Any, **options: Any) -> None:
    """Claim the payout, and end the claim by the method `how` of the payout."""
    payouts = DatabaseWorld().payouts
    claim = payouts.claim(payout_id=payout.id, lease_seconds=30)
    assert claim
    entry = HistoryEntry(event=event, actor="system")
    due = options.pop("due_in_seconds", None)
    after = getattr(claim.payout, how)(*details, **options)
    assert payouts.save(before=claim.payout, after=after, entry=entry, due_in_seconds=due)


def complete(payout: Payout) -> None:
    save(payout, EventType.COMPLETED, "complete")


def fail(payout: Payout) -> None:
    save(payout, EventType.FAILED, "fail", Failure("AC04", "closed"))


def text_of(client: Client) -> str:
    """Return the words of the home page, without the frame and without markup."""
    page = client.get(HOME).content.decode()
    content = page.partition('<div class="home">')[2]
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", content))


def cards_of(client: Client) -> dict[str, str]:
    return {card.title: card.count for card in client.get(HOME).context["cards"]}


class TestEmptyHome:
    def test_says_what_to_do_first(self, operator: Client) -> None:
        page = operator.get(HOME).content.decode()
        assert "There are no payouts yet" in page
        assert 'href="/console/payouts/recipient/add/"' in page
        assert 'href="/api/docs/"' in page

    def test_says_to_make_a_payout_once_there_is_a_recipient(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        world.make_recipient()
        steps = [step["title"] for step in operator.get(HOME).context["first_steps"]]
        assert steps == ["New payout", "Documentation of the API"]
        steps = [step["title"] for step in sign_in("viewer").get(HOME).context["first_steps"]]
        assert steps == ["Documentation of the API"]

    def test_offers_a_viewer_no_page_that_is_refused(self) -> None:
        page = sign_in("viewer").get(HOME).content.decode()
        assert "There are no payouts yet" in page
        assert "/console/payouts/recipient/add/" not in page

    def test_shows_nothing_to_staff_without_a_role(self) -> None:
        client = Client()
        client.force_login(User.objects.create_user("nobody", is_staff=True))
        page = client.get(HOME).content.decode()
        assert "You have no role yet" in page
        assert "Health" not in page


class TestAttention:
    def test_is_calm_if_nothing_needs_a_person(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        complete(add(world, world.make_recipient(), "1"))
        text = text_of(operator)
        assert "Nothing needs you now." in text
        assert "No payout waits for a worker." in text

    def test_is_not_calm_if_no_worker_answers(
        self, operator: Client, world: DatabaseWorld, worker: Event
    ) -> None:
        complete(add(world, world.make_recipient(), "1"))
        worker.clear()
        text = text_of(operator)
        assert "Nothing needs you now" not in text
        assert "a part of the service is not well" in text
        assert "No worker has answered at once." in text

    def test_counts_each_reason_and_links_to_its_payouts(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        recipient = world.make_recipient()
        names = ("waiting", "review", "failed", "refused", "completed")
        waiting, review, failed, refused, completed = (add(world, recipient, n) for n in names)
        save(review, EventType.NEEDS_REVIEW, "request_review")
        fail(failed)
        save(
            refused,
            EventType.DEFERRED,
            "defer",
            Deferral.NOT_AUTHORISED,
            open_attempts=0,
            due_in_seconds=60,
        )
        complete(completed)
        run(
            "UPDATE payouts_payout SET next_attempt_at = now() - interval '6 minutes'"
            f" WHERE id = {waiting.id}"
        )
        page = operator.get(HOME)
        cards = {card.title: card for card in page.context["cards"]}
        wanted = {
            "Needs review": review,
            "Overdue": waiting,
            "Failed today": failed,
            "Credentials refused": refused,
        }
        assert cards.keys() == wanted.keys()
        for title, payout in wanted.items():
            assert cards[title].count == "1", title
            found = operator.get(cards[title].address).context["rows"]
            assert [each.id for each in found] == [payout.id], title
        text = text_of(operator)
        assert f"payout {waiting.id} : since" in text
        assert "for 6 min" in text
        assert "Refuses our credentials Payouts wait" in text

    def test_takes_no_payout_for_overdue_that_has_waited_less_than_five_minutes(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        add(world, world.make_recipient(), "1")
        run("UPDATE payouts_payout SET next_attempt_at = now() - interval '290 seconds'")
        assert cards_of(operator)["Overdue"] == "0"
        assert "for 5 min" in text_of(operator)

    def test_takes_no_payout_for_overdue_that_a_worker_has(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        payout = add(world, world.make_recipient(), "1")
        run("UPDATE payouts_payout SET next_attempt_at = now() - interval '6 minutes'")
        assert world.payouts.claim(payout_id=payout.id, lease_seconds=30)
        assert cards_of(operator)["Overdue"] == "0"

    def test_forgets_the_failures_of_yesterday(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        fail(add(world, world.make_recipient(), "1"))
        run("UPDATE payouts_dailytotal SET day = day - 1")
        assert cards_of(operator)["Failed today"] == "0"

    def test_counts_no_further_than_a_thousand(self, operator: Client) -> None:
        fill_payouts(1_500)
        run("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
        run("UPDATE payouts_payout SET needs_review = true")
        run("ALTER TABLE payouts_payout ENABLE TRIGGER USER")
        page = operator.get(HOME)
        assert cards_of(operator)["Needs review"] == "1,000+"
        assert ">99+<" in re.sub(r"\s", "", page.content.decode())


class TestNumbers:
    def test_are_those_of_the_payouts(self, operator: Client, world: DatabaseWorld) -> None:
        recipient = world.make_recipient()
        for key, amount in (("1", "1000000.50"), ("2", "234567.00")):
            complete(add(world, recipient, key, text=amount))
        complete(add(world, recipient, "3", text="7", currency="JPY"))
        fail(add(world, recipient, "4"))
        add(world, recipient, "5")
        context = operator.get(HOME).context
        assert context["money"] == [
            {"currency": "JPY", "amounts": ["7", "7", "7"]},
            {"currency": "USD", "amounts": ["1,234,567.50"] * 3},
        ]
        counts = {each["name"]: each["count"] for each in context["statuses"]}
        assert counts == {"New": "1", "Processing": "0", "Completed": "3", "Failed": "1"}
        assert context["success"] == {"percent": "75", "ended": "4"}
        assert context["volume"].rows[-1][1:] == (3, 1)
        assert context["times"]["count"] == "3"
        for status in context["statuses"]:
            found = operator.get(status["address"]).context["rows"]
            assert str(len(found)) == status["count"]

    def test_are_divided_by_periods(self, operator: Client, world: DatabaseWorld) -> None:
        recipient = world.make_recipient()
        for days_ago, amount in ((29, "1"), (6, "10"), (0, "100")):
            complete(add(world, recipient, str(days_ago), text=amount))
            run(
                f"UPDATE payouts_dailytotal SET day = day - {days_ago}"
                f" WHERE day = '{datetime.now(UTC).date()}'"
            )
        [row] = operator.get(HOME).context["money"]
        assert row["amounts"] == ["100.00", "110.00", "111.00"]

    def test_have_the_median_of_the_newest(self, operator: Client) -> None:
        fill_payouts(200)
        run("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
        run(
            "UPDATE payouts_payout SET completed_at = created_at + make_interval(secs => id % 20)"
            " WHERE status = 'COMPLETED'"
        )
        run("ALTER TABLE payouts_payout ENABLE TRIGGER USER")
        times = operator.get(HOME).context["times"]
        assert times["count"] == "198"
        assert times["chart"].rows[0][0] == "1 s"
        assert sum(count for _, count in times["chart"].rows) == 198
        assert 9 <= float(times["median"].removesuffix(" s")) <= 10

    def test_are_kept_for_some_seconds(
        self, operator: Client, world: DatabaseWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("time.time", lambda: 1_000_000_000.0)
        recipient = world.make_recipient()
        complete(add(world, recipient, "1"))
        first = operator.get(HOME)
        complete(add(world, recipient, "2"))
        again = operator.get(HOME)
        assert again.context["read_at"] == first.context["read_at"]
        assert again.context["money"] == first.context["money"]
        monkeypatch.setattr("time.time", lambda: 1_000_000_005.0)
        assert operator.get(HOME).context["success"]["ended"] == "2"

    def test_are_read_anew_if_another_version_has_cached_them(
        self,
        operator: Client,
        world: DatabaseWorld,
        cache: MemoryPageCache,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        complete(add(world, world.make_recipient(), "1"))
        monkeypatch.setattr(cache, "get", lambda _key: b'{"other": 1}')
        assert operator.get(HOME).context["success"]["ended"] == "1"

    def test_have_their_time_in_the_zone_of_the_viewer(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        complete(add(world, world.make_recipient(), "1"))
        operator.cookies["timezone"] = "Asia/Kolkata"
        assert re.search(r"As of \d\d:\d\d:\d\d IST", text_of(operator))


class TestHealth:
    def test_tells_the_last_result_of_the_bank(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        recipient = world.make_recipient()
        complete(add(world, recipient, "1"))
        unclear = add(world, recipient, "2")
        options = {"open_attempts": 1, "due_in_seconds": 60}
        save(unclear, EventType.DEFERRED, "defer", Deferral.UNKNOWN, **options)
        text = text_of(operator)
        assert (
            f"No clear answer Payouts are asked about again. Last result: payout {unclear.id}"
            in text
        )

    def test_says_that_redis_is_away(
        self, operator: Client, world: DatabaseWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        complete(add(world, world.make_recipient(), "1"))
        monkeypatch.setattr(bootstrap, "redis_answers", lambda: False)
        assert "Redis away" in text_of(operator)

    def test_asks_no_worker_over_a_broker_that_is_away(
        self, operator: Client, world: DatabaseWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        complete(add(world, world.make_recipient(), "1"))
        monkeypatch.setattr(bootstrap, "broker_answers", lambda: False)
        text = text_of(operator)
        assert "Broker away" in text
        assert "They are asked over the broker, which is away." in text


class TestStatements:
    @pytest.fixture
    def many_payouts(self, database: None) -> None:
        fill_payouts()
        run("ALTER TABLE payouts_payout DISABLE TRIGGER USER")
        run("UPDATE payouts_payout SET completed_at = created_at WHERE status = 'COMPLETED'")
        run("ALTER TABLE payouts_payout ENABLE TRIGGER USER")
        run("VACUUM ANALYZE payouts_payout, payouts_event")

    @pytest.mark.parametrize("name", ["_CURRENT", "_REVIEWS", "_COMPLETION", "_LAST_RESULT"])
    @pytest.mark.usefixtures("many_payouts")
    def test_read_by_indexes(self, name: str) -> None:
        """However many payouts there are: no scan reads a table to its end or sorts it."""
        parameters = {"limit": 100, "types": ["payout.completed"], "actor": "system"}
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {getattr(overview, name)}", parameters)
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Index" in plan
        # The two questions whether there is any row end with the first.
        scans = [line for line in plan.splitlines() if "Seq Scan" in line]
        assert len(scans) <= 2, plan
        assert all("rows=" in line for line in scans)


class TestErrors:
    def test_of_the_database_are_the_page_for_503(
        self, operator: Client, world: DatabaseWorld
    ) -> None:
        run("ALTER TABLE payouts_dailytotal RENAME TO hidden")
        try:
            answer = operator.get(HOME)
        finally:
            run("ALTER TABLE hidden RENAME TO payouts_dailytotal")
        assert answer.status_code == 503
        assert "The database is unavailable" in answer.content.decode()

    def test_of_the_service_are_the_page_for_500(
        self, operator: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def break_down(*_arguments: Any) -> None:
            raise RuntimeError("deliberate")

        monkeypatch.setattr("payouts.entrypoints.console.site.home_context", break_down)
        operator.raise_request_exception = False
        answer = operator.get(HOME)
        assert answer.status_code == 500
        page = answer.content.decode()
        assert "Something went wrong here" in page
        assert "under the request id <code>" in page
        assert "deliberate" not in page
