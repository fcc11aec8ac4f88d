"""The note of a build: whether one goes on, and why the last one failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivetrain.adapters.node.build_report import BuildReport
from drivetrain.core.locks import lock


def test_before_any_build_there_is_nothing_to_say(tmp_path: Path) -> None:
    report = BuildReport(tmp_path / "nowhere")
    report.write("failed")  # as on a full disk: the note is lost and nothing else
    report.clear()
    assert not report.is_building() and report.failure() is None


def test_a_build_goes_on_while_its_lock_is_held(tmp_path: Path) -> None:
    report = BuildReport(tmp_path)
    with report.lock_file.open("ab") as file:
        assert not report.is_building()
        lock(file)
        assert report.is_building() and report.is_building()  # looking takes nothing
    assert not report.is_building()


def test_a_failure_is_kept_until_the_next_build(tmp_path: Path) -> None:
    report = BuildReport(tmp_path)
    report.write("npm_unreachable")
    assert report.failure() == "npm_unreachable"
    report.clear()
    assert report.failure() is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "\x00"])
def test_a_note_that_was_cut_off_says_nothing(tmp_path: Path, text: str) -> None:
    report = BuildReport(tmp_path)
    report.write("failed")
    (tmp_path / "build-failure.json").write_text(text)
    assert report.failure() is None
