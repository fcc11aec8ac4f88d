"""The whole is as well as its worst part."""

from __future__ import annotations

import pytest

from drivetrain.core.health import Condition, worst


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ([], "ok"),
        (["ok", "ok"], "ok"),
        (["ok", "degraded"], "degraded"),
        (["degraded", "down", "ok"], "down"),
    ],
)
def test_the_worst_part_decides(states, whole):
    assert worst([Condition("part", state) for state in states]) == whole


def test_a_condition_says_why():
    assert Condition("database", "down", "refused").as_dict() == {
        "name": "database",
        "state": "down",
        "why": "refused",
    }
