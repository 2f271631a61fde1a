from devstack.deaths import DEATHS_ALLOWED, WINDOW_SECONDS, Deaths


class TestDeaths:
    def test_allow_a_few(self) -> None:
        deaths = Deaths(clock=lambda: 0.0)

        verdicts = [deaths.one_more_is_too_many() for _ in range(DEATHS_ALLOWED + 1)]

        assert verdicts == [False] * DEATHS_ALLOWED + [True]

    def test_forget_those_of_long_ago(self) -> None:
        now = 0.0
        deaths = Deaths(clock=lambda: now)

        for _ in range(DEATHS_ALLOWED * 3):
            now += WINDOW_SECONDS / (DEATHS_ALLOWED - 1)
            assert not deaths.one_more_is_too_many()
