"""`bin/setup` where it cannot succeed: it names the reason."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("sh", "cat", "chmod", "cksum", "dirname", "grep", "head", "mkdir", "rm")
# Too old for the project.
OLD_PYTHON = """#!/bin/sh
[ "$1" = -m ] || exit 1
{venv}
"""
WITHOUT_VENV = "echo 'no venv in this Python'; exit 1"
# Makes a uv that finds no network. With --quiet, uv reports no errors.
WITHOUT_NETWORK = """
mkdir -p "$3/bin" && cd "$3/bin"
printf '#!/bin/sh\\n' >pip
printf '#!/bin/sh\\n[ "$1" = --quiet ] || echo "no network"; exit 1\\n' >uv
chmod +x pip uv
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what `bin/setup` reads, and tools without any Python but an old one."""
    (tmp_path / "bin").mkdir()
    for name in ("bin/setup", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(str(shutil.which(name)))
    use_old_python(tmp_path, WITHOUT_VENV)
    return tmp_path


def use_old_python(project: Path, venv: str) -> None:
    program = project / "tools" / "python3"
    program.write_text(OLD_PYTHON.format(venv=venv))
    program.chmod(0o755)


def set_up(project: Path, **given: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(project / "tools"), "HOME": str(project), **given}
    return subprocess.run(
        [project / "bin" / "setup"], env=environment, capture_output=True, text=True, check=False
    )


class TestSetup:
    @pytest.mark.parametrize("python", ["no-such-python", "/bin/false"])
    def test_refuses_a_python_that_cannot_be_used(self, project: Path, python: str) -> None:
        result = set_up(project, PYTHON=python)

        assert result.returncode == 1
        assert result.stderr == f"setup: PYTHON={python} is not a Python 3.12 or newer with venv\n"
        assert not (project / ".venv").exists()

    @pytest.mark.parametrize(
        ("venv", "reason"),
        [(WITHOUT_VENV, "no venv in this Python"), (WITHOUT_NETWORK, "no network")],
    )
    def test_shows_why_no_python_could_be_fetched(
        self, project: Path, venv: str, reason: str
    ) -> None:
        use_old_python(project, venv)

        result = set_up(project)

        assert result.returncode == 1
        assert reason in result.stderr
        assert "setup: Python 3.12 or newer with venv is needed" in result.stderr


class TestPip:
    def test_installs_into_the_virtual_environment_despite_pips_configuration(self) -> None:
        """Pip refuses PIP_USER in a virtual environment."""
        script = (ROOT / "bin" / "setup").read_text()
        [settings] = [part for part in script.split("\n\n") if "PIP_USER" in part]
        check = f"{settings}\n.venv/bin/python -m pip install --dry-run --no-index pip"

        result = subprocess.run(
            ["sh", "-c", check],
            env={**os.environ, "PIP_USER": "1"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

        assert result.returncode == 0, result.stderr
