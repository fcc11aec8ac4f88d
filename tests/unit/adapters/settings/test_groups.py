"""A variable that is set but empty counts as unset, in every group and for former names too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest
from pydantic_settings import SettingsConfigDict

from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.core.errors import InvalidInputError
from drivetrain.products import SETTINGS
from drivetrain.settings import Settings, renamed

GROUPS = (Settings, *SETTINGS)


class Renamed(SettingsGroup):
    """A group with a renamed variable."""

    model_config = SettingsConfigDict(env_prefix="DRIVETRAIN_TEST_")
    former_names: ClassVar[Mapping[str, str]] = {"DRIVETRAIN_OLD_RATE": "rate"}

    rate: float = 2.5


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_empty_variables_leave_every_default(
    group: type[SettingsGroup], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in group.model_fields:
        monkeypatch.delenv(group.variable(name), raising=False)
    defaults = group()
    for name in group.model_fields:
        monkeypatch.setenv(group.variable(name), "")
    assert group() == defaults


def test_an_empty_admin_key_is_no_admin_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVETRAIN_ADMIN_KEY", "")
    assert Settings().admin_key is None


def test_an_empty_former_name_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVETRAIN_OLD_RATE", "")
    assert Renamed().rate == 2.5
    assert list(renamed([Renamed], {"DRIVETRAIN_OLD_RATE": ""})) == []


def test_a_former_name_is_read_where_the_new_one_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVETRAIN_TEST_RATE", "")
    monkeypatch.setenv("DRIVETRAIN_OLD_RATE", "4")
    assert Renamed().rate == 4


def test_a_wrong_value_is_still_refused_by_the_name_of_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIVETRAIN_PORT", " ")
    with pytest.raises(InvalidInputError) as refused:
        Settings()
    assert [error.pointer for error in refused.value.errors] == ["DRIVETRAIN_PORT"]
