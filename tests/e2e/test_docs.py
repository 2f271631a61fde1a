"""The requests that README.md and docs/api.md show, sent to the demonstration as they are."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests import command
from tests.command import COMMAND
from tests.up import Up

DOCUMENTED_ADDRESS = "http://127.0.0.1:8000"
DOCUMENTED_PROGRAMS = ".venv/bin"
# Ends the output of each block of commands.
END_OF_BLOCK = "\x1e"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_STATUS_LINE = re.compile(r"^HTTP/1.1 (\d+) ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """Commands, and the response to the last one, if the text shows it."""

    commands: str
    response: Any = None


def blocks_of(path: str) -> list[Block]:
    blocks: list[Block] = []
    for language, text in _BLOCK.findall(Path(path).read_text()):
        if language == "json":
            blocks[-1] = Block(blocks[-1].commands, json.loads(text))
        else:
            blocks.append(Block(text))
    return blocks


def run(blocks: list[Block], up: Up, setting: str = "") -> list[str]:
    """Run all in one shell, which ends at the first command that fails; return what each prints."""
    parts = [setting, *(f"{block.commands}\nprintf '{END_OF_BLOCK}'\n" for block in blocks)]
    script = "\n".join(parts).replace(DOCUMENTED_ADDRESS, up.url)
    script = script.replace(DOCUMENTED_PROGRAMS, str(Path(COMMAND).parent))
    result = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        env=command.environment({"PAYOUTS_HOME": str(up.home)}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    printed = result.stdout.split(END_OF_BLOCK)
    assert result.returncode == 0, (blocks[len(printed) - 1].commands, printed, result.stderr)
    return printed[:-1]


def body_of(printed: str) -> Any:
    """Return the response at the end of the output, None if it is empty."""
    body = printed.replace("\r\n", "\n").rpartition("\n\n")[2] if "HTTP/1.1" in printed else printed
    return json.loads(body) if body.strip() else None


def shape_of(value: Any) -> Any:
    """Return the names of fields, and of a list the shape of its first element.

    The names in metadata are the client's.
    """
    if isinstance(value, dict):
        return {
            name: None if name == "metadata" else shape_of(part) for name, part in value.items()
        }
    return [shape_of(part) for part in value[:1]] if isinstance(value, list) else None


@pytest.fixture(scope="module")
def demo() -> Iterator[Up]:
    with command.open_directory() as directory, Up(directory / "home", "--demo") as up:
        up.wait_for("the data stays")
        yield up


@pytest.fixture(scope="module")
def tour(demo: Up) -> list[tuple[Block, str]]:
    """Return the blocks of the tour and what each prints."""
    blocks = blocks_of("docs/api.md")
    return list(zip(blocks, run(blocks, demo), strict=True))


class TestTourOfTheApi:
    def test_shows_responses_of_the_form_that_the_service_gives(
        self, tour: list[tuple[Block, str]]
    ) -> None:
        shown = [(block, text) for block, text in tour if block.response]
        assert len(shown) >= 5
        for block, text in shown:
            assert shape_of(body_of(text)) == shape_of(block.response), block.commands

    def test_gets_only_the_errors_that_it_shows(self, tour: list[tuple[Block, str]]) -> None:
        for block, text in tour:
            codes = re.findall(r'"code": ?"(\w+)"', json.dumps(block.response))
            assert re.findall(r'"code": ?"(\w+)"', text) == codes, (block.commands, text)
            assert all(status < "400" for status in _STATUS_LINE.findall(text)), block.commands


class TestReadme:
    def test_shows_a_request_that_is_repeated_when_it_is_sent_twice(self, demo: Up) -> None:
        [request] = [each for each in blocks_of("README.md") if each.commands.startswith("curl ")]
        token = json.loads((demo.home / "demo.json").read_text())["tokens"]["demo"]

        first, second = run([request, request], demo, f"TOKEN={token}")

        assert _STATUS_LINE.findall(first) == ["201"]
        assert _STATUS_LINE.findall(second) == ["200"]
        assert body_of(first)["id"] == body_of(second)["id"]
