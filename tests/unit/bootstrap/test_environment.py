"""Every variable with our prefix is read, known as internal, or named in a warning."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import drivetrain
from drivetrain.adapters.embedded.children import SUPERVISOR_PID
from drivetrain.bootstrap.environment import INTERNAL, remarks
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
