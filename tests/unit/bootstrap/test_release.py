"""The release that people quote."""

from __future__ import annotations

import subprocess
from pathlib import Path

from drivetrain.bootstrap.release import commit_of, release


def git(folder: Path, *arguments: str) -> None:
    name = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    subprocess.run(["git", "-C", str(folder), *name, *arguments], check=True, capture_output=True)


def test_a_clone_names_its_commit_and_marks_changes(tmp_path: Path) -> None:
    package = tmp_path / "src" / "drivetrain"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    commit = commit_of(package)
    assert commit is not None and len(commit) == 12
    (package / "__init__.py").write_text("changed")
    assert commit_of(package) == f"{commit}+"


def test_an_installed_package_has_no_commit(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "drivetrain"
    package.mkdir(parents=True)
    assert commit_of(package) is None


def test_the_release_is_the_packages() -> None:
    assert release().startswith("drivetrain 0.")
