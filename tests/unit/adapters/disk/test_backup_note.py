"""Health says when there is no good backup, or only an old one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.fakes import FixedClock

from drivetrain.adapters.disk.backup_note import BackupNote

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def note_of(tmp_path: Path, now: datetime) -> BackupNote:
    return BackupNote(tmp_path / "last-backup.json", FixedClock(now), timedelta(hours=49))


def test_none_yet_is_degraded(tmp_path: Path) -> None:
    note = note_of(tmp_path, NOON)
    assert note.last_good_at() is None
    assert (note.condition().state, note.condition().name) == ("degraded", "backup")


@pytest.mark.parametrize(("hours", "state"), [(0, "ok"), (49, "ok"), (50, "degraded")])
def test_one_that_is_too_old_is_degraded_and_named(tmp_path: Path, hours: int, state: str) -> None:
    note_of(tmp_path, NOON).write(NOON)
    later = note_of(tmp_path, NOON + timedelta(hours=hours))
    assert later.last_good_at() == NOON
    assert later.condition().state == state
    assert ("2026-05-01T12:00" in later.condition().why) == (state == "degraded")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"begun_at": 3}', '{"begun_at": "yesterday"}'])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "last-backup.json").write_text(content)
    assert note_of(tmp_path, NOON).condition().state == "degraded"
