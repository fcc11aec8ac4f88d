"""Settings of several groups at once: wrong ones are all named, former names are recognized."""

from __future__ import annotations

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.products import SETTINGS
from drivetrain.settings import Settings, check_settings, renamed

GROUPS = (Settings, *SETTINGS)


def test_the_defaults_are_right() -> None:
    check_settings(GROUPS)


def test_every_wrong_setting_is_named_whatever_group_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who corrects one must not meet the next at the next start."""
    wrong = {
        "DRIVETRAIN_PORT": "none",  # no number
        "DRIVETRAIN_WORKERS": "0",  # out of range
        "DRIVETRAIN_TRIPS_EVERY_MIN": "7",  # a rule of the group's own
        "DRIVETRAIN_TRIPS_OUTCOMES": "maybe",  # of another group of the same product
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInputError) as refused:
        check_settings(GROUPS)
    assert refused.value.code == "settings.invalid"
    assert {error.pointer for error in refused.value.errors} == set(wrong)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, []),
        ({"DRIVETRAIN_SCHEDULER": "plain"}, []),
        ({"DRIVETRAIN_TRIPS_SCHEDULER": "plain"}, [("DRIVETRAIN_TRIPS_SCHEDULER", "DRIVETRAIN_SCHEDULER")]),
        # the new name decides, the old one is superfluous and is named all the same
        (
            {"DRIVETRAIN_TRIPS_SCHEDULER": "prefect", "DRIVETRAIN_SCHEDULER": "plain"},
            [("DRIVETRAIN_TRIPS_SCHEDULER", "DRIVETRAIN_SCHEDULER")],
        ),
    ],
)
def test_former_names_that_are_still_used_are_named(
    environment: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    assert list(renamed(GROUPS, environment)) == expected


def test_a_former_name_is_read_until_the_new_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVETRAIN_TRIPS_SCHEDULER", "prefect")
    assert Settings().scheduler == "prefect"
    monkeypatch.setenv("DRIVETRAIN_SCHEDULER", "plain")
    assert Settings().scheduler == "plain"
