"""Identifiers are UUIDs of version 7: unique, valid, sorted by time."""

from __future__ import annotations

import time
from uuid import UUID

from drivetrain.core.ids import new_id, new_ids


def test_ids_are_version_7_of_the_rfc_variant():
    for text in new_ids(100):
        assert str(UUID(text)) == text
        assert UUID(text).version == 7


def test_ten_thousand_ids_of_one_millisecond_differ():
    assert len(set(new_ids(10_000))) == 10_000


def test_no_ids_are_an_empty_list():
    assert new_ids(0) == []


def test_an_id_carries_the_present_millisecond(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: 1_777_777_777_123_999_999)
    assert int(new_id().replace("-", "")[:12], 16) == 1_777_777_777_123


def test_ids_sort_by_the_time_they_were_made(monkeypatch):
    made = []
    for millisecond in (1, 255, 256, 65_536, 1_777_777_777_123):
        monkeypatch.setattr(time, "time_ns", lambda at=millisecond: at * 1_000_000)
        made.append(new_id())
    assert made == sorted(made)
