import json
import logging

import pytest

from sandbox_bank.log import ConsoleLine, JsonLine, mask_account


def record(name: str = "sandbox_bank.api", **facts: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.INFO, "", 0, "request.handled", (), None)
    made.facts = facts
    return made


class TestMaskAccount:
    @pytest.mark.parametrize(
        ("account", "masked"),
        [("DE89370400", "******0400"), ("123456", "****56"), ("1234", "****"), ("1", "****")],
    )
    def test_leaves_the_end_of_a_long_number_only(self, account: str, masked: str) -> None:
        assert mask_account(account) == masked


class TestLines:
    def test_tell_the_facts_as_json(self) -> None:
        line = json.loads(JsonLine().format(record(reference="abc", duration_ms=1.5)))

        assert (line["event"], line["level"]) == ("request.handled", "info")
        assert (line["reference"], line["duration_ms"]) == ("abc", 1.5)

    def test_stay_one_line_on_a_console_whatever_a_value_holds(self) -> None:
        line = ConsoleLine().format(record(reference="abc", other="a b\nc", reason=None))

        assert line.endswith(r' reference=abc other="a b\nc" reason=null')

    @pytest.mark.parametrize(("name", "is_told"), [("sandbox_bank.api", True), ("aiohttp", False)])
    def test_quote_no_error_of_the_server_itself(self, name: str, is_told: bool) -> None:
        made = record(name)
        made.exc_info = (ValueError, ValueError("GB00PLANTED"), None)

        line = json.loads(JsonLine().format(made))

        assert "ValueError" in line["exception"]
        assert ("GB00PLANTED" in line["exception"]) is is_told
