from time import monotonic

from payouts.entrypoints.api.known_tokens import TRUSTED_SECONDS, KnownTokens


class TestKnownTokens:
    def test_gives_back_what_was_found_a_moment_ago(self) -> None:
        known = KnownTokens()
        known.put("a token", "its user", asked_at=monotonic())
        assert (known.get("a token"), known.get("another")) == ("its user", None)

    def test_trusts_from_the_moment_of_the_question_on(self) -> None:
        known = KnownTokens()
        known.put("a token", "its user", asked_at=monotonic() - TRUSTED_SECONDS)
        assert known.get("a token") is None

    def test_keeps_no_more_than_so_many(self) -> None:
        known = KnownTokens()
        for number in range(10_001):
            known.put(str(number), number, asked_at=monotonic())
        assert known.get("10000") == 10_000
        assert known.get("0") is None

    def test_keeps_no_token(self) -> None:
        known = KnownTokens()
        known.put("a token", "its user", asked_at=monotonic())
        assert "a token" not in repr(vars(known))
