from devstack.deaths import SHORT_LIFE_SECONDS, SHORT_LIVES_ALLOWED, Deaths


class TestDeaths:
    def test_allow_a_few_short_lives(self) -> None:
        deaths = Deaths(clock=lambda: 0.0)

        verdicts = [deaths.one_more_is_too_many() for _ in range(SHORT_LIVES_ALLOWED + 1)]

        assert verdicts == [False] * SHORT_LIVES_ALLOWED + [True]

    def test_allow_any_number_of_longer_lives(self) -> None:
        now = 0.0
        deaths = Deaths(clock=lambda: now)

        for _ in range(SHORT_LIVES_ALLOWED * 3):
            deaths.note_start()
            now += SHORT_LIFE_SECONDS
            assert not deaths.one_more_is_too_many()

    def test_forget_short_lives_after_a_longer_one(self) -> None:
        now = 0.0
        deaths = Deaths(clock=lambda: now)
        for _ in range(SHORT_LIVES_ALLOWED):
            deaths.one_more_is_too_many()

        now += SHORT_LIFE_SECONDS
        deaths.one_more_is_too_many()
        deaths.note_start()

        assert not deaths.one_more_is_too_many()
