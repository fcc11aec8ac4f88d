"""Versions of the policy count up, and nobody overwrites what they have not seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.buffer_fakes import (
    NOW,
    OneTable,
    find_analysis,
)
from tests.support.buffer_policy import Desk

from drivetrain.core.errors import ConflictError, InvalidInputError
from drivetrain.rental.buffer.domain.rule import BufferRule


def test_versions_count_up_and_are_kept():
    desk = Desk()
    first, second = desk.save(), desk.save(60, 60)
    assert [stored.policy.version for stored in desk.policies.history()] == [2, 1]
    assert (first.policy.rule, second.policy.rule) == (BufferRule(30, 60), BufferRule(60, 60))
    assert first.analysis_id == "id-1"


def test_a_policy_can_be_set_before_any_table_was_analyzed():
    assert Desk(find_analysis(tables=OneTable(None))).save().analysis_id is None


def test_the_past_cannot_be_changed():
    with pytest.raises(InvalidInputError) as refusal:
        Desk().save(effective_from=NOW - timedelta(minutes=2))
    assert refusal.value.code == "rental.policy_in_the_past"


def test_somebody_elses_version_is_not_overwritten_unseen():
    desk = Desk()
    desk.save(expected_version=0)
    with pytest.raises(ConflictError) as refusal:
        desk.save(expected_version=0)
    assert refusal.value.code == "rental.policy_changed"
    assert len(desk.store.stored) == 1
