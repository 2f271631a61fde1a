"""The command that starts the bank: `payouts bank` and `python -m sandbox_bank`."""

import os
from pathlib import Path

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="a name or an address")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8001, show_default=True, help="0: any"
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    help="the SQLite file of the ledger  [default: bank.sqlite3 in PAYOUTS_HOME]",
)
def bank(host: str, port: int, ledger: Path | None) -> None:
    """Run the sandbox bank, to develop and test against.

    Its settings are environment variables; src/sandbox_bank/README.md lists them.
    """
    # Imported late, so that `payouts --help` does not wait for aiohttp.
    from sandbox_bank.server import run  # noqa: PLC0415

    home = Path(os.environ.get("PAYOUTS_HOME") or ".payouts")
    run(host=host, port=port, ledger_path=ledger or home / "bank.sqlite3")
