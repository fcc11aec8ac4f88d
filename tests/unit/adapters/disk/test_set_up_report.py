"""The note of a set-up is read as it was written, costs nothing on a full disk, and is gone at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivetrain.adapters.disk.set_up_report import SetUpReport, SetUpState
from drivetrain.core.health import Condition

TRAINING = SetUpState("Training rental-price and car-price", 2, 9)


@pytest.fixture
def report(tmp_path: Path) -> SetUpReport:
    return SetUpReport(tmp_path / "set-up-report.json")


def test_the_last_state_is_read_and_is_a_part_of_the_health(report: SetUpReport) -> None:
    report.write(SetUpState("Generating rows of rental-pricing"))
    report.write(TRAINING)
    assert report.read() == TRAINING
    assert report.conditions() == [
        Condition("set-up", "degraded", "Training rental-price and car-price: 2 of 9 done.")
    ]


def test_where_nothing_is_left_to_do_there_is_nothing_to_say(report: SetUpReport, tmp_path: Path) -> None:
    assert report.read() is None and report.conditions() == []
    report.write(TRAINING)
    report.clear()
    report.clear()
    assert report.read() is None and report.conditions() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stage": "x", "more": 1}'])
def test_a_note_that_cannot_be_read_says_nothing(report: SetUpReport, tmp_path: Path, text: str) -> None:
    (tmp_path / "set-up-report.json").write_text(text)
    assert report.read() is None


def test_a_folder_that_takes_nothing_costs_the_note_alone(tmp_path: Path) -> None:
    report = SetUpReport(tmp_path / "gone" / "set-up-report.json")
    report.write(TRAINING)
    assert report.read() is None
