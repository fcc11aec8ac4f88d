"""The note of a process beside the workers."""

from __future__ import annotations

import os
import time
from pathlib import Path

from drivetrain.adapters.disk.process_report import SILENT_AFTER_S, ProcessReport
from drivetrain.core.health import Condition


def test_the_note_says_what_does_not_work_until_it_does(tmp_path: Path) -> None:
    report = ProcessReport(tmp_path / "run", "kafka")
    assert report.condition().state == "degraded"
    report.write("No broker answers.")
    assert report.condition() == Condition("kafka", "degraded", "No broker answers.")
    report.write()
    assert ProcessReport(tmp_path / "run", "kafka").condition() == Condition("kafka", "ok")


def test_a_process_that_is_not_heard_of_is_no_longer_believed(tmp_path: Path) -> None:
    report = ProcessReport(tmp_path, "kafka")
    report.write()
    before = time.time() - SILENT_AFTER_S - 5
    os.utime(tmp_path / "kafka.json", (before, before))
    assert report.condition().state == "degraded"
    assert "not heard of" in report.condition().why


def test_a_note_that_cannot_be_read_or_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "kafka.json").write_text("[]")
    assert ProcessReport(tmp_path, "kafka").condition().state == "degraded"
    (tmp_path / "file").write_text("")
    ProcessReport(tmp_path / "file", "kafka").write("x")
