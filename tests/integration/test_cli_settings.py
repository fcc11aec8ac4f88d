"""Settings as `drivetrain` reads them: wrong ones are refused before anything is taken, former names with a warning."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.platform import drivetrain, eventually, launch

from drivetrain.products import SETTINGS
from drivetrain.settings import Settings

ALL_NAMES = sorted(
    group.variable(name).removeprefix("DRIVETRAIN_")
    for group in (Settings, *SETTINGS)
    for name in group.model_fields
)


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


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_platform_starts_with_every_setting_empty_as_if_none_were_set(empty_home: Path) -> None:
    """As a compose file writes them that passes on what its environment lacks; the test keeps its home and port."""
    empty = {name: "" for name in ALL_NAMES if name not in {"HOME", "PORT"}}
    assert len(empty) > 30
    platform = launch(empty_home, **empty)
    assert eventually(
        lambda: "Training rental-price" in platform.said() or platform.process.poll() is not None, 400
    )
    assert platform.process.poll() is None, platform.said()
    assert platform.stop() == 0
    assert "no setting" not in platform.said() and platform.failures() == []
    found = drivetrain(empty_home, "doctor", "--json", PORT=str(platform.port), **empty)
    assert found.err == ""
    assert [finding for finding in found.json() if finding["subject"] == "settings"] == []
