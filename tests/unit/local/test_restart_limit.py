from local.processes.restart_limit import MAX_SHORT_RUNS, SHORT_RUN_SECONDS, RestartLimit


class TestRestartLimit:
    def test_allows_a_few_short_runs(self) -> None:
        limit = RestartLimit(clock=lambda: 0.0)

        allowed = [limit.allows_restart() for _ in range(MAX_SHORT_RUNS + 1)]

        assert allowed == [True] * MAX_SHORT_RUNS + [False]

    def test_allows_any_number_of_longer_runs(self) -> None:
        now = 0.0
        limit = RestartLimit(clock=lambda: now)

        for _ in range(MAX_SHORT_RUNS * 3):
            limit.record_start()
            now += SHORT_RUN_SECONDS
            assert limit.allows_restart()

    def test_starts_counting_again_after_a_longer_run(self) -> None:
        now = 0.0
        limit = RestartLimit(clock=lambda: now)
        for _ in range(MAX_SHORT_RUNS):
            limit.allows_restart()

        now += SHORT_RUN_SECONDS
        limit.allows_restart()
        limit.record_start()

        assert limit.allows_restart()
