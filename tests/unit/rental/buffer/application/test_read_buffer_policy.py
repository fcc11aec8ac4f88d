"""Which policy is in force when, and what is known where it was never read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support.buffer_fakes import (
    NOW,
    MemoryPolicyStore,
)
from tests.support.buffer_policy import Desk

from drivetrain.core.errors import ConflictError, NotFoundError, UnavailableError
from drivetrain.rental.buffer.application.read_buffer_policy import ReadBufferPolicy


def test_a_planned_version_holds_from_its_instant_on():
    desk = Desk()
    desk.save()
    desk.save(90, 90, effective_from=NOW + timedelta(days=1))
    assert desk.policies.in_force(NOW).policy.version == 1
    assert desk.policies.in_force(NOW + timedelta(days=1)).policy.version == 2


def test_what_was_never_read_is_unavailable_and_what_is_not_set_a_conflict():
    unread = ReadBufferPolicy(MemoryPolicyStore())
    with pytest.raises(UnavailableError):
        unread.history()
    unread.reload()
    with pytest.raises(ConflictError, match="PUT /rental/buffer/policy"):
        unread.in_force(NOW)
    with pytest.raises(NotFoundError):
        unread.version(1)


def test_another_process_change_is_seen_after_a_reload():
    desk = Desk()
    other = ReadBufferPolicy(desk.store)
    other.reload()
    desk.save()
    assert list(other.history()) == []
    other.reload()
    assert len(other.history()) == 1
