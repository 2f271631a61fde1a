"""Concurrent reads and writes, and the outcomes of the payouts that were created."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep

from benchmarks.client import Client, first_page, new_payouts, one_payout
from benchmarks.load import LoadGenerator, LoadResult
from benchmarks.servers import Database
from benchmarks.services import BankServer

# The worker has this long to finish all payouts, or the time that so few a second would take.
_WAIT_SECONDS = 60
_MIN_PER_SECOND = 50


@dataclass
class MixedLoad:
    """70 of 100 requests read and 30 create a payout. The ids of these go to the file `created`."""

    load: LoadGenerator
    client: Client
    database: Database
    created: Path
    results: list[LoadResult] = field(default_factory=list)

    def send(self, recipient_id: int, payout_id: int, seconds: float) -> LoadResult:
        templates = [
            replace(first_page(), share=35),
            replace(one_payout(payout_id), share=35),
            replace(new_payouts(recipient_id), share=30),
        ]
        url, token = self.client.url, self.client.token
        result = self.load.send(url, templates, token=token, seconds=seconds, created=self.created)
        self.results.append(result)
        return result

    def created_ids(self) -> list[int]:
        return [int(line) for line in self.created.read_text().split()]

    @property
    def requests(self) -> int:
        return sum(each.requests for each in self.results)

    def wait_until_processed(self) -> float:
        """Wait until no payout is open, within a limit; return the seconds that it took."""
        started = monotonic()
        limit_seconds = _WAIT_SECONDS + len(self.created_ids()) / _MIN_PER_SECOND
        while self.database.count("NEW", "PROCESSING") and monotonic() - started < limit_seconds:
            sleep(0.5)
        return monotonic() - started

    def faults(self, bank: BankServer) -> list[str]:
        created = self.created_ids()
        counts = {
            "requests failed": sum(each.failed for each in self.results),
            "accepted payouts are lost": len(created) - self.database.count_ids(created),
            "payouts are still open": self.database.count("NEW", "PROCESSING"),
            "payouts FAILED": self.database.count("FAILED"),
            "payouts were sent to the bank twice": bank.repeated(),
        }
        return [f"{count:,} {what}" for what, count in counts.items() if count]
