from benchmarks.load import Template


class TestTemplate:
    def test_puts_another_number_into_each_request(self) -> None:
        template = Template("POST", "/api/payouts/", '{"idempotency_key": "@@@@@@-run"}')
        bodies = {template.numbered(number).body for number in range(10_000)}
        assert len(bodies) == 10_000
        assert {len(body) for body in bodies} == {len(template.body)}

    def test_spreads_numbers_over_the_whole_index(self) -> None:
        template = Template("GET", "/?at=@@@@@@")
        first = [template.numbered(number).path.removeprefix("/?at=")[0] for number in range(10)]
        assert sorted(first) == list("0123456789")
