from benchmarks.load import Kind


class TestKind:
    def test_has_another_number_in_each_request(self) -> None:
        kind = Kind("POST", "/api/payouts/", '{"idempotency_key": "@@@@@@-run"}')
        bodies = {kind.numbered(number).body for number in range(10_000)}
        assert len(bodies) == 10_000
        assert {len(body) for body in bodies} == {len(kind.body)}

    def test_has_numbers_all_over_an_index(self) -> None:
        kind = Kind("GET", "/?at=@@@@@@")
        first = [kind.numbered(number).path.removeprefix("/?at=")[0] for number in range(10)]
        assert sorted(first) == list("0123456789")
