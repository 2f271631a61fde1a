"""The environment of commands that work beside a running service, such as `payouts token`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points

import click

REQUIRED = ("DATABASE_URL", "SECRET_KEY")
# A context manager that completes os.environ, or raises click.ClickException.
PROVIDERS = "payouts.environment"


@contextmanager
def service_environment() -> Iterator[None]:
    """Have REQUIRED in os.environ: as given, or from the service that runs on this machine."""
    if all(os.environ.get(name) or os.environ.get(f"{name}_FILE") for name in REQUIRED):
        yield
        return
    try:
        provider = next(iter(entry_points(group=PROVIDERS))).load()
    except (StopIteration, ModuleNotFoundError):
        raise click.ClickException(f"Set {' and '.join(REQUIRED)}.") from None
    with provider():
        yield
