"""Wrong values are answered with the variable, what is accepted and what was given; secrets are never shown."""

from __future__ import annotations

import pytest
from pydantic import Field, SecretStr

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.adapters.settings.refusals import LONGEST_SHOWN
from drivetrain.core.errors import InvalidInputError
from drivetrain.settings import Settings
from drivetrain.trips.slots.adapters.settings import SlotSettings


class Guarded(SettingsGroup):
    """A group with a secret that has a constraint."""

    pass_phrase: SecretStr | None = Field(default=None, min_length=12, description="A pass phrase.")


def _refusal(group: type[SettingsGroup], monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInputError) as refused:
        group()
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == (name, "settings.invalid")
    return error.detail


@pytest.mark.parametrize(
    ("group", "name", "value", "sentence"),
    [
        (
            Settings,
            "DRIVETRAIN_PORT",
            "http",
            "Port the API listens on: accepts a whole number, at least 1, at most 65535; given was 'http'.",
        ),
        (
            Settings,
            "DRIVETRAIN_WORKERS",
            "0",
            "accepts a whole number, at least 1, at most 64; given was '0'.",
        ),
        (Settings, "DRIVETRAIN_BODY_IDLE_S", "-1", "accepts a number, more than 0; given was '-1'."),
        (Settings, "DRIVETRAIN_SCHEDULER", "cron", "accepts one of prefect, plain; given was 'cron'."),
        (
            Settings,
            "DRIVETRAIN_LOG_LEVEL",
            "info",
            "accepts one of DEBUG, INFO, WARNING, ERROR; given was 'info'.",
        ),
        # by its former name, which is what the operator wrote
        (Settings, "DRIVETRAIN_TRIPS_SCHEDULER", "cron", "accepts one of prefect, plain"),
        (SlotSettings, "DRIVETRAIN_TRIPS_ENABLED", "maybe", "accepts true or false; given was 'maybe'."),
        # a rule of its own, which no constraint states
        (
            SlotSettings,
            "DRIVETRAIN_TRIPS_EVERY_MIN",
            "7",
            "must divide 60: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60; given was '7'.",
        ),
    ],
)
def test_a_wrong_value_is_answered_with_what_is_accepted(
    group: type[SettingsGroup], name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sentence in _refusal(group, monkeypatch, name, value)


def test_a_secret_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = _refusal(Guarded, monkeypatch, "DRIVETRAIN_PASS_PHRASE", "hunter2")
    assert "hunter2" not in detail
    assert "A pass phrase" in detail and "not shown" in detail


def test_a_long_value_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = _refusal(Settings, monkeypatch, "DRIVETRAIN_PORT", "9" * 4000)
    assert len(detail) < 200 + LONGEST_SHOWN
