"""Settings as `drivetrain` reads them: wrong ones are refused before anything is taken, former names with a warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.platform import drivetrain


@pytest.mark.parametrize(
    "database",
    [
        "",  # the embedded one
        "postgresql://127.0.0.1:1/away",  # nobody listens: the settings are wrong all the same
    ],
)
def test_up_names_every_wrong_setting_before_it_takes_home_or_port(empty_home: Path, database: str) -> None:
    wrong = {"TRIPS_EVERY_MIN": "7", "WORKERS": "0"}
    said = drivetrain(empty_home, "up", DATABASE_URL=database, **wrong)
    assert said.code == 2
    assert all(f"DRIVETRAIN_{name}" in said.err for name in wrong)
    assert "Traceback" not in said.err
    assert not empty_home.exists()


def test_a_former_name_is_read_with_a_warning(empty_home: Path) -> None:
    empty_home.mkdir()
    said = drivetrain(empty_home, "data", "list", "--json", TRIPS_SCHEDULER="plain")
    assert said.code == 0 and said.json() == []
    assert "DRIVETRAIN_TRIPS_SCHEDULER is called DRIVETRAIN_SCHEDULER now" in said.err


def test_no_warning_without_a_former_name(empty_home: Path) -> None:
    empty_home.mkdir()
    said = drivetrain(empty_home, "data", "list", SCHEDULER="plain")
    assert said.code == 0 and "is called" not in said.err
