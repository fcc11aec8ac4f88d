"""make rebuilds an environment that was moved or copied with its clone, and leaves every other one alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REBUILT = "was made at"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose environment is installed: its stamps are newer than what they depend on."""
    folder = tmp_path / "clone"
    (folder / ".venv").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    _made_at(folder, folder / ".venv")
    for stamp in (".serving", ".development"):
        (folder / ".venv" / stamp).touch()
    return folder


def _made_at(clone: Path, environment: Path | str) -> None:
    """Say where the environment was made, as the module venv does."""
    (clone / ".venv" / "pyvenv.cfg").write_text(
        f"home = /usr/bin\nversion = 3.11.7\ncommand = /usr/bin/python3 -m venv --clear {environment}\n"
    )


def _plan(clone: Path, target: str) -> str:
    """What make would run."""
    done = subprocess.run(["make", "-n", target], cwd=clone, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("target", ["up", "test"])
def test_an_environment_in_its_place_is_used_as_it_is(clone: Path, target: str) -> None:
    plan = _plan(clone, target)
    assert REBUILT not in plan and "rm -rf .venv" not in plan and "Installing" not in plan


@pytest.mark.parametrize("target", ["up", "test"])
def test_a_moved_clone_gets_its_environment_again_before_anything_is_installed(
    clone: Path, target: str
) -> None:
    moved = clone.rename(clone.with_name("moved"))
    plan = _plan(moved, target)
    assert f"{clone}/.venv" in plan
    assert -1 < plan.index("rm -rf .venv") < plan.index("Installing")


def test_a_copied_clone_does_not_run_the_code_of_the_original(clone: Path) -> None:
    copy = clone.with_name("clone-2")  # its path begins with that of the original
    shutil.copytree(clone, copy)
    assert "rm -rf .venv" in _plan(copy, "up")
    assert "rm -rf .venv" not in _plan(clone, "up")


def test_an_environment_that_does_not_say_where_it_was_made_is_left_alone(clone: Path) -> None:
    (clone / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n")
    assert "rm -rf .venv" not in _plan(clone, "up")
