"""The output of `payouts up`. A closed terminal or pipe is no error."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import override

from rich.console import Console
from rich.text import Text

STATUS_STYLES = {"COMPLETED": "bold green", "FAILED": "bold red", "PROCESSING": "yellow"}


class _SilentConsole(Console):
    @override
    def on_broken_pipe(self) -> None:
        """Print nothing more. Rich would end the process."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Screen:
    """Prints to standard output, as long as that is read."""

    def __init__(self) -> None:
        self._console = _SilentConsole(highlight=False, soft_wrap=True)

    def message(self, text: str) -> None:
        self._print(Text(text, style="dim"))

    def warn(self, text: str) -> None:
        self._print(Text(text, style="yellow"))

    def title(self, text: str) -> None:
        self._print(Text(f"\n{text}", style="bold"))

    def line(self, text: str) -> None:
        """Print one line without wrapping or style, so that a program can read it."""
        with suppress(OSError):
            self._console.out(text, highlight=False)

    def plain(self, text: str) -> None:
        """Print without wrapping or style, so that it can be copied."""
        with suppress(OSError):
            self._console.out(f"\n{text}", highlight=False)

    def table(self, title: str, rows: Mapping[str, str]) -> None:
        self.title(title)
        width = max(map(len, rows)) + 2
        for name, value in rows.items():
            self._print(Text.assemble((f"  {name:<{width}}", "cyan"), value))

    def event(self, at: str, type_: str, status: str, actor: str) -> None:
        line = Text.assemble(
            ("  ", ""),
            (at, "dim"),
            (f"  {type_:<22}", ""),
            (f"{status:<12}", STATUS_STYLES.get(status, "")),
            (actor, "dim"),
        )
        self._print(line)

    def _print(self, what: Text) -> None:
        with suppress(OSError):
            self._console.print(what)
