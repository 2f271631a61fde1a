import json
from pathlib import Path
from statistics import mean

import pytest

from benchmarks.model import assumptions
from benchmarks.model.arrivals import percentile, send_at_random, send_in_turn, work_off
from benchmarks.model.benchmark import Benchmark, UnusableBenchmarkError
from benchmarks.model.cost import Cost, Work
from benchmarks.model.costs import Costs
from benchmarks.model.doorbell import Doorbell
from benchmarks.model.formulas import clearing_seconds, messages_each
from benchmarks.model.growth import AT_MOST, SHAPES, Growth
from benchmarks.model.host import Host, Process, Steps, World
from benchmarks.model.service import Service
from benchmarks.model.shape import Shape
from benchmarks.model.stores import Stores
from benchmarks.model.tables import growth_table

READ = Work(Cost(web=0.4, database=0.1))
PROCESS = Work(Cost(worker=2, database=1), trips=2, writes=True)
CPU_MS = {
    "post": {"web": 1.0, "PostgreSQL": 0.5, "Redis": 0.01},
    "list": {"web": 0.5, "PostgreSQL": 0.1, "Redis": 0},
    "one": {"web": 0.25, "PostgreSQL": 0.05, "Redis": 0},
    "processing": {"worker": 2.0, "PostgreSQL": 1.0, "Redis": 0.02},
    "mixed": {"web": 0.8, "worker": 0.6, "PostgreSQL": 0.6, "Redis": 0.05},
}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    rows = [{"key": key, "median": 1.0, "cpu_ms": cpu_ms} for key, cpu_ms in CPU_MS.items()]
    rows[-1] |= {"note": "1,000/s; 2,159 payouts made", "median": 46.0, "floor_median": 7.0}
    path = tmp_path / "benchmark.json"
    path.write_text(json.dumps({"machine": {"cores": 2}, "rows": rows}))
    return path


def service(shape: Shape, process: Work = PROCESS, *, bank_ms: float = 0, seed: int = 1) -> Service:
    return Service(World(seed), shape, process, bank_ms=bank_ms, with_load=False)


def growth(written: Path, shape: Shape, per_day: float = 1_000_000) -> Growth:
    return Growth(shape, Costs.of(Benchmark.read(written)), per_day, 3, bank_ms=200)


class TestHost:
    @pytest.mark.parametrize("busy", [0.3, 0.7])
    def test_lets_work_that_comes_at_random_take_as_long_as_the_textbook_says(
        self, busy: float
    ) -> None:
        """M/M/1 with turns, as with a queue: 1 / (mu - lambda) on average."""
        world, taken_ms = World(seed=1), []
        host, mean_ms = Host(world, cores=1), 10.0

        def one() -> Steps:
            started_at = world.now
            yield from host.work(world.draw(mean_ms))
            taken_ms.append(world.now - started_at)

        def many() -> Steps:
            while True:
                yield world.timeout(world.draw(mean_ms / busy))
                world.process(one())

        world.process(many())
        world.run(until=100_000)
        assert mean(taken_ms) == pytest.approx(1 / (1 / mean_ms - busy / mean_ms), rel=0.1)

    def test_does_as_much_at_the_same_time_as_it_has_cores(self) -> None:
        world = World(seed=1)
        host = Host(world, cores=2)
        world.run(until=world.all_of([world.process(host.work(30)) for _ in range(3)]))
        assert world.now == pytest.approx(45, abs=1)


class TestProcess:
    def test_uses_one_core_however_many_threads_and_cores_there_are(self) -> None:
        world = World(seed=1)
        python = Process(world, Host(world, cores=4), threads=4)
        world.run(until=world.all_of([world.process(python.work(30)) for _ in range(3)]))
        assert world.now == pytest.approx(90)


class TestService:
    def test_answers_a_lone_client_as_fast_as_its_work_takes(self) -> None:
        seen = send_in_turn(service(Shape("", cores=2)), {READ: 1}, connections=1, lasts_ms=2_000)
        assert seen.per_second == pytest.approx(1_000 / READ.cost.total, rel=0.05)

    def test_answers_many_clients_as_fast_as_all_its_cores_work(self) -> None:
        shape = Shape("", web=8, cores=2)
        seen = send_in_turn(service(shape), {READ: 1}, connections=32, lasts_ms=1_000)
        assert seen.per_second == pytest.approx(2 * 1_000 / READ.cost.total, rel=0.05)

    def test_processes_what_one_interpreter_can_when_there_are_cores_enough(self) -> None:
        done = work_off(service(Shape("", cores=8)), lasts_ms=3_000, at_once=64)
        assert done == pytest.approx(1_000 / PROCESS.cost.worker, rel=0.05)

    def test_processes_what_its_threads_can_wait_for_when_the_bank_is_slow(self) -> None:
        done = work_off(service(Shape("", cores=8), bank_ms=200), lasts_ms=3_000, at_once=64)
        assert done == pytest.approx(32 / (0.2 + PROCESS.cost.total / 1_000), rel=0.05)

    def test_completes_what_was_accepted(self) -> None:
        post = Work(Cost(web=0.5, database=0.1, redis=0.01), writes=True)
        deployed = service(Shape("", cores=4), bank_ms=20)
        seen = send_at_random(deployed, {post: 100}, lasts_ms=3_000)
        assert seen.per_second == pytest.approx(100, rel=0.2)
        assert len(deployed.completed_ms) == pytest.approx(len(seen.times_ms), abs=10)
        assert percentile(deployed.completed_ms, 0) > 20

    def test_runs_the_same_way_with_the_same_seed(self) -> None:
        def run(seed: int) -> list[float]:
            deployed = service(Shape("", cores=2), seed=seed)
            return send_at_random(deployed, {READ: 500}, lasts_ms=200).times_ms

        assert run(1) == run(1)
        assert run(1) != run(2)


class TestDoorbell:
    @pytest.mark.parametrize("per_second", [5, 50, 800])
    def test_sends_as_many_messages_as_the_formula_says(self, per_second: float) -> None:
        world, messages, payouts = World(seed=1), set[float](), 0
        host = Host(world, cores=8)
        web = Process(world, host, threads=1)
        doorbell = Doorbell(
            world, web, Stores(world, host, 0), hear=lambda _: messages.add(world.now)
        )

        def accept() -> Steps:
            nonlocal payouts
            while True:
                yield world.timeout(world.draw(1_000 / per_second))
                payouts += 1
                doorbell.ring(world.now, redis_ms=0)

        world.process(accept())
        world.run(until=4_000_000 / per_second)
        assert len(messages) / payouts == pytest.approx(messages_each(per_second), rel=0.2)


class TestClearingSeconds:
    def test_is_bound_by_rings_or_by_what_the_workers_have_left(self) -> None:
        assert clearing_seconds(waiting=600, rung_per_second=100, spare_per_second=300) == 6
        assert clearing_seconds(waiting=600, rung_per_second=100, spare_per_second=50) == 12

    def test_never_ends_without_spare_workers(self) -> None:
        seconds = clearing_seconds(waiting=600, rung_per_second=100, spare_per_second=-1)
        assert seconds == float("inf")


class TestBenchmark:
    def test_reads_what_the_benchmark_wrote(self, written: Path) -> None:
        benchmark = Benchmark.read(written)
        assert benchmark.cost("processing") == Cost(worker=2, database=1, redis=0.02)
        assert benchmark.mixed_per_second() == 1_000
        assert benchmark.mixed_percentiles_ms() == {50: 7, 99: 46}

    def test_refuses_a_file_of_before_processor_time_was_told(self, written: Path) -> None:
        written.write_text(written.read_text().replace("cpu_ms", "other"))
        with pytest.raises(UnusableBenchmarkError, match="post, list, one, processing"):
            Benchmark.read(written)


class TestCosts:
    def test_counts_messages_once(self, written: Path) -> None:
        costs = Costs.of(Benchmark.read(written))
        fastest = 2_000 / 1.51 / assumptions.WEB_PROCESSES
        together = costs.post.cost.web + messages_each(fastest) * assumptions.MESSAGE_MS
        assert together == pytest.approx(1)

    def test_make_the_mixture_cost_what_it_did(self, written: Path) -> None:
        costs = Costs.of(Benchmark.read(written))
        alone = costs.per_second(reads=700, writes=300, web=assumptions.WEB_PROCESSES)
        assert alone.times(costs.mixed_factor()).total == pytest.approx(2_050)
        assert costs.as_mixed().process.cost.database == pytest.approx(
            costs.mixed_factor().database
        )


class TestGrowth:
    @pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
    def test_finds_the_load_that_leaves_the_busiest_part_its_rest(
        self, written: Path, shape: Shape
    ) -> None:
        most = growth(written, shape).most_per_day()
        assert max(growth(written, shape, most).loads().values()) == pytest.approx(AT_MOST)

    def test_says_that_waits_grow_when_more_comes_than_can_be_done(self, written: Path) -> None:
        assert growth(written, SHAPES[0], per_day=100_000_000).times(seed=1) is None

    def test_is_held_up_by_rings_after_an_outage(self, written: Path) -> None:
        rested = growth(written, Shape("", workers=8, cores=8))
        waiting = rested.per_second * 600
        assert rested.backlog_minutes() == pytest.approx(waiting / 400 / 60)
        assert rested.backlog_minutes(most_rung=float("inf")) < rested.backlog_minutes()


class TestTables:
    def test_fit_into_100_columns(self, written: Path) -> None:
        crowded = [growth(written, shape, 90_000_000) for shape in SHAPES]
        assert max(len(line) for line in growth_table(crowded, seed=1)) <= 100


class TestAssumptions:
    def test_are_the_services_own_numbers(self) -> None:
        from payouts import bootstrap
        from payouts.adapters import doorbell, gathering
        from payouts.adapters.database.triggers import VERSION_SHARDS

        assert gathering._REST_SECONDS * 1_000 == assumptions.REST_MS
        assert gathering._MOST_AT_ONCE == assumptions.MOST_AT_ONCE
        assert doorbell.MOST_IN_A_MESSAGE == assumptions.MOST_IN_A_MESSAGE
        assert VERSION_SHARDS == assumptions.VERSION_SHARDS
        assert bootstrap._RECOVERY_BATCH == assumptions.MOST_RUNG
