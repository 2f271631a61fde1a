import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import command

from local.stores import outside_home
from local.stores.postgres import find_binaries


@pytest.fixture
def open_directory() -> Iterator[Path]:
    with command.open_directory() as directory:
        yield directory


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home that is used over and over: a new one costs a second."""
    with command.open_directory() as directory:
        yield directory / "home"


@pytest.fixture
def new_home(open_directory: Path) -> Path:
    return open_directory / "home"


@pytest.fixture
def closed_directory(tmp_path: Path) -> Iterator[Path]:
    """A directory that only its owner may enter, as most temporary ones are."""
    tmp_path.chmod(0o700)
    yield tmp_path
    for parent in outside_home.PARENTS:
        for owner in (parent / outside_home.NAME).glob(f"*/{outside_home.OWNER_FILE}"):
            if Path(owner.read_text()).is_relative_to(tmp_path):
                shutil.rmtree(owner.parent)


@pytest.fixture
def copied_programs(closed_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Have the programs of PostgreSQL where the demoted server may not go; yield where it may."""
    package = find_binaries().parent.parent
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, closed_directory / source.name)
    monkeypatch.syspath_prepend(str(closed_directory))
    places = [parent / outside_home.NAME for parent in outside_home.PARENTS]
    before = {copy for place in places for copy in place.glob("postgresql-*")}
    yield places[0]
    for place in places:
        for copy in set(place.glob("postgresql-*")) - before:
            shutil.rmtree(copy)
