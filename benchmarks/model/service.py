"""The service: requests that are answered, and payouts on their way to COMPLETED."""

from benchmarks.model.assumptions import BANK_MS, SENDER_MS, WEB_THREADS
from benchmarks.model.cost import Work
from benchmarks.model.doorbell import Doorbell
from benchmarks.model.host import Host, Process, Steps, World
from benchmarks.model.shape import Shape
from benchmarks.model.stores import Stores


class Service:
    """All of a deployment. `completed_ms` are the times from accepted to COMPLETED.

    In the benchmark, sender and bank take their share of the one host (`with_load`).
    """

    def __init__(
        self, world: World, shape: Shape, process: Work, *, bank_ms: float, with_load: bool
    ) -> None:
        self.world = world
        self.completed_ms: list[float] = []
        self._cost = process.cost
        self._bank_ms = bank_ms
        web, worker, store = _hosts(world, shape)
        self._load_host = web if with_load else None
        self._stores = Stores(world, store, shape.network_ms)
        self.web = [Process(world, web, WEB_THREADS) for _ in range(shape.web)]
        self._doorbells = {
            each: Doorbell(world, each, self._stores, self._hear) for each in self.web
        }
        self._workers = [Process(world, worker, shape.threads) for _ in range(shape.workers)]

    def answer(self, work: Work, web: Process) -> Steps:
        """Answer one request; the doorbell of the payout that it makes is rung beside it."""
        cost, draw = work.cost, self.world.draw
        web_ms = cost.web / (work.trips + 1)
        if self._load_host:
            yield from self._load_host.work(SENDER_MS)
        with web.threads.request() as thread:
            yield thread
            yield from web.work(draw(web_ms))
            for _ in range(work.trips):
                yield from self._stores.ask(draw(cost.database / work.trips), writes=work.writes)
                yield from web.work(draw(web_ms))
        if work.writes:
            self._doorbells[web].ring(self.world.now, cost.redis)

    def process(self, accepted_at: float) -> Steps:
        """Claim a payout, send it, and record what the bank says."""
        cost, draw = self._cost, self.world.draw
        worker = min(self._workers, key=lambda each: each.taken)
        with worker.threads.request() as thread:
            yield thread
            yield from worker.work(draw(cost.worker / 3))
            yield from self._stores.ask(draw(cost.database / 2), writes=True)
            yield from worker.work(draw(cost.worker / 3))
            yield from self._ask_bank()
            yield from worker.work(draw(cost.worker / 3))
            yield from self._stores.ask(draw(cost.database / 2), writes=True)
        self.completed_ms.append(self.world.now - accepted_at)

    def _ask_bank(self) -> Steps:
        if self._load_host:
            yield from self._load_host.work(BANK_MS)
        if self._bank_ms:
            yield self.world.timeout(self._bank_ms)

    def _hear(self, accepted_at: float) -> None:
        """Start on a payout; without workers its message waits."""
        if self._workers:
            self.world.process(self.process(accepted_at))


def _hosts(world: World, shape: Shape) -> tuple[Host, Host, Host]:
    if shape.is_one_host:
        host = Host(world, shape.cores)
        return host, host, host
    return (
        Host(world, shape.web_cores),
        Host(world, shape.worker_cores),
        Host(world, shape.store_cores),
    )
