"""Every variable with our prefix is read, known as internal, or named in a warning."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path

import pytest

import drivetrain
from drivetrain.adapters.embedded.children import SUPERVISOR_PID
from drivetrain.adapters.settings.groups import SettingsGroup
from drivetrain.adapters.settings.refusals import is_secret
from drivetrain.bootstrap.environment import INTERNAL, remarks, shown_settings
from drivetrain.core.errors import InvalidInputError
from drivetrain.products import SETTINGS
from drivetrain.settings import Settings

GROUPS = (Settings, *SETTINGS)
NAMES = sorted(group.variable(name) for group in GROUPS for name in group.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_a_misspelled_setting_is_named_with_the_nearest_one(name: str) -> None:
    misspelled = f"{name}X"
    (remark,) = remarks({misspelled: "1"})
    assert misspelled in remark and f"did you mean {name}?" in remark


@pytest.mark.parametrize(
    "name", [*NAMES, *sorted(INTERNAL), "drivetrain_port", "OTHER_PORT", "DRIVETRAINS_PORT"]
)
def test_what_is_read_or_is_not_ours_is_not_remarked_on(name: str) -> None:
    assert list(remarks({name: "1"})) == []


def test_a_name_near_no_setting_is_named_with_where_to_look() -> None:
    (remark,) = remarks({"DRIVETRAIN_XYZZY_QQQQQQQQQQQQQQQQQQ": "1"})
    assert "DRIVETRAIN_XYZZY" in remark and "docs/runbooks/start-and-stop.md" in remark


def test_a_former_name_is_answered_with_the_new_one_only() -> None:
    (remark,) = remarks({"DRIVETRAIN_TRIPS_SCHEDULER": "plain"})
    assert "DRIVETRAIN_SCHEDULER" in remark


def test_every_variable_that_the_code_names_is_known() -> None:
    sources = Path(drivetrain.__file__).parent.rglob("*.py")
    named = {
        name
        for path in sources
        for name in re.findall(r"\bDRIVETRAIN_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))
    }
    assert len(named) > 10
    assert list(remarks(dict.fromkeys(named - {"DRIVETRAIN_TRIPS_SCHEDULER", SUPERVISOR_PID}, "1"))) == []


def test_children_of_the_platform_do_not_repeat_what_it_has_said() -> None:
    assert list(remarks({SUPERVISOR_PID: "1", "DRIVETRAIN_PROT": "1"})) == []


HIDDEN = "hidden7f3a"
PLANTED = (
    f"postgresql://{HIDDEN}:{HIDDEN}@db.example.org:5432/name?password={HIDDEN}",
    f"https://{HIDDEN}@hooks.example.org/path?token={HIDDEN}#{HIDDEN}",
    f"redis://:{HIDDEN}/x@cache.example.org/0",
)
SECRET_WORDS = re.compile(r"(^|_)(secret|password|token|key|pepper|credentials?)$")


@pytest.mark.parametrize("planted", [HIDDEN, *PLANTED])
@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_shown_whatever_it_is_planted_in(
    name: str, planted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every secret, and in every URL that any other setting takes."""
    group, field = next(
        (group, group.model_fields[each])
        for group in GROUPS
        for each in group.model_fields
        if group.variable(each) == name
    )
    monkeypatch.setenv(name, planted)
    try:
        settings = shown_settings([group], {name: planted})
    except InvalidInputError:
        assert not is_secret(field)  # nothing that takes any text; what is refused cannot be shown
        return
    (setting,) = (each for each in settings if each.variable == name)
    if is_secret(field):
        assert setting.value == "set"
    if is_secret(field) or planted != HIDDEN:
        assert HIDDEN not in json.dumps([asdict(each) for each in settings], default=str)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_a_setting_that_is_called_a_secret_is_one(group: type[SettingsGroup]) -> None:
    called = [name for name in group.model_fields if SECRET_WORDS.search(name)]
    assert [name for name in called if not is_secret(group.model_fields[name])] == []
