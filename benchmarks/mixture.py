"""Requests of all kinds at once, and what became of the payouts that they made."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, sleep

from benchmarks.client import Client, first_page, new_payouts, one_payout
from benchmarks.databases import Database
from benchmarks.load import Load, Sent
from benchmarks.processes import BankAddress

# How long it may take until all that was accepted has ended: as long as so few a second would.
_FEWEST_PER_SECOND = 50
_PATIENCE_SECONDS = 60


@dataclass
class Mixture:
    """70 of 100 requests read, 30 pay; the ids of the payouts that were accepted go to a file."""

    load: Load
    service: Client
    database: Database
    made: Path
    sent: list[Sent] = field(default_factory=list)

    def send(self, recipient_id: int, payout_id: int, seconds: float) -> None:
        kinds = [
            replace(first_page(), share=35),
            replace(one_payout(payout_id), share=35),
            replace(new_payouts(recipient_id), share=30),
        ]
        token = self.service.token
        self.sent.append(
            self.load.send(self.service.url, kinds, token=token, seconds=seconds, made=self.made)
        )

    def made_ids(self) -> list[int]:
        return [int(line) for line in self.made.read_text().split()]

    @property
    def requests(self) -> int:
        return sum(each.requests for each in self.sent)

    def wait_for_the_end(self) -> float:
        """Return after how many seconds nothing was open any more; give up some time."""
        started = monotonic()
        limit_seconds = _PATIENCE_SECONDS + len(self.made_ids()) / _FEWEST_PER_SECOND
        while self.database.count("NEW", "PROCESSING") and monotonic() - started < limit_seconds:
            sleep(0.5)
        return monotonic() - started

    def faults(self, bank_address: BankAddress) -> list[str]:
        made = self.made_ids()
        counts = {
            "requests failed": sum(each.failed for each in self.sent),
            "payouts were accepted and are not there": len(made) - self.database.known(made),
            "payouts have not ended": self.database.count("NEW", "PROCESSING"),
            "payouts FAILED": self.database.count("FAILED"),
            "payouts were sent to the bank twice": bank_address.repeated(),
        }
        return [f"{count:,} {what}" for what, count in counts.items() if count]
