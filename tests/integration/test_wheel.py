"""The wheel carries the web app where it has been built, and installs where it has not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
BUNDLES = "drivetrain/adapters/http/bundle"

pytestmark = pytest.mark.slow


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What a wheel is made of, without a build."""
    folder = tmp_path / "source"
    shutil.copytree(
        ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("bundle", "__pycache__", "*.egg-info")
    )
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def wheel_files(source: Path) -> set[str]:
    program = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    command = [sys.executable, "-c", program, str(source)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = source.glob("*.whl")
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_a_build_is_in_the_wheel_and_nothing_beside_it(source: Path) -> None:
    bundles = source / "src" / BUNDLES
    names = (
        "app/index.html",
        "app/assets/index-abc.js",
        "app/assets/index-abc.js.br",
        "app/assets/index-abc.js.gz",
    )
    for name in (*names, "build.lock", "build-failure.json"):
        (bundles / name).parent.mkdir(parents=True, exist_ok=True)
        (bundles / name).touch()
    files = wheel_files(source)
    assert {name for name in files if name.startswith(BUNDLES)} == {f"{BUNDLES}/{name}" for name in names}


def test_without_a_build_the_wheel_is_whole_but_for_the_app(source: Path) -> None:
    files = wheel_files(source)
    assert "drivetrain/adapters/http/web_app.py" in files
    assert not any(name.startswith(BUNDLES) for name in files)
