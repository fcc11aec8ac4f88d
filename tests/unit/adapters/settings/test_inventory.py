"""A list of settings says what is set, by whom, and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.adapters.settings.inventory import inventory, without_credentials
from drivetrain.core.shown_settings import ShownSetting


class Parts(SettingsGroup):
    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_PARTS_")
    former_names: ClassVar[Mapping[str, str]] = {"DRIVETRAIN_OLD_IDLE": "idle_min"}

    idle_min: int = Field(default=30, ge=2, description="Longest pause, minutes.")
    timeout_s: float = Field(default=1.5, description="Longest time, seconds.")
    most_per_s: float | None = Field(default=None, description="Most a second.")
    folder: Path | None = Field(default=None, description="Where.")
    enabled: bool = Field(default=True, description="Whether.")
    server: str | None = Field(default=None, description="Which server.")
    password: SecretStr | None = Field(default=None, description="Password.")


def shown(
    monkeypatch: pytest.MonkeyPatch, given: frozenset[str] = frozenset(), **values: str
) -> dict[str, ShownSetting]:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return {setting.variable: setting for setting in inventory(Parts(), values, given)}


def test_without_anything_set_all_are_defaults(monkeypatch) -> None:
    settings = shown(monkeypatch)
    assert {name.removeprefix("DRIVETRAIN_PARTS_"): each.value for name, each in settings.items()} == {
        "IDLE_MIN": 30,
        "TIMEOUT_S": 1.5,
        "MOST_PER_S": None,
        "FOLDER": None,
        "ENABLED": True,
        "SERVER": None,
        "PASSWORD": "not set",
    }
    assert {each.origin for each in settings.values()} == {"default"}


def test_a_setting_says_its_unit_and_what_it_accepts(monkeypatch) -> None:
    settings = shown(monkeypatch)
    assert settings["DRIVETRAIN_PARTS_IDLE_MIN"] == ShownSetting(
        "DRIVETRAIN_PARTS_IDLE_MIN",
        30,
        is_secret=False,
        origin="default",
        unit="min",
        description="Longest pause, minutes.",
        accepts="a whole number, at least 2",
    )
    units = [settings[f"DRIVETRAIN_PARTS_{name}"].unit for name in ("TIMEOUT_S", "MOST_PER_S", "FOLDER")]
    assert units == ["s", "1/s", ""]


def test_values_come_from_the_environment_also_by_a_former_name_or_in_small_letters(monkeypatch) -> None:
    settings = shown(monkeypatch, DRIVETRAIN_OLD_IDLE="7", drivetrain_parts_enabled="false")
    idle, enabled = settings["DRIVETRAIN_PARTS_IDLE_MIN"], settings["DRIVETRAIN_PARTS_ENABLED"]
    assert (idle.value, idle.origin, enabled.value, enabled.origin) == (
        7,
        "environment",
        False,
        "environment",
    )


def test_what_up_gives_to_its_processes_is_the_platforms_own(monkeypatch) -> None:
    given = frozenset({"DRIVETRAIN_PARTS_SERVER"})
    settings = shown(monkeypatch, given, DRIVETRAIN_PARTS_SERVER="host-a", DRIVETRAIN_PARTS_FOLDER="")
    assert settings["DRIVETRAIN_PARTS_SERVER"].origin == "platform"
    assert settings["DRIVETRAIN_PARTS_FOLDER"].origin == "default"  # empty counts as unset


def test_of_a_secret_it_is_said_only_that_it_is_set(monkeypatch) -> None:
    password = shown(monkeypatch, DRIVETRAIN_PARTS_PASSWORD="hidden")["DRIVETRAIN_PARTS_PASSWORD"]
    assert (password.value, password.is_secret, password.origin) == ("set", True, "environment")


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("host-a:4200", "host-a:4200"),
        ("ops@example.org", "ops@example.org"),
        ("http://host-a:4200/api", "http://host-a:4200/api"),
        ("http://user:hidden@host-a/api", "http://***@host-a/api"),
        ("http://user:hid@den@host-a/api", "http://***@host-a/api"),  # an at sign in the password
        ("http://user:hid/d?e#n@host-a/api", "http://***@host-a/api"),
        ("http://hidden@host-a", "http://***@host-a"),
        ("http://host-a/api?token=hidden#hidden", "http://host-a/api?***"),
        ("http://a:hidden@b, http://c:hidden@d", "http://***@b, http://***@d"),
    ],
)
def test_what_may_be_a_credential_in_a_url_is_left_out(text, visible) -> None:
    assert without_credentials(text) == visible
