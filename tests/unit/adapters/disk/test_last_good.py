"""What was live and whose keys were good is remembered as it was, and damage is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from drivetrain.adapters.disk.last_good import LastGood
from drivetrain.core.access import KeyRecord, PlatformScope
from drivetrain.core.errors import UnavailableError
from drivetrain.lifecycle.releasing.following import Live
from drivetrain.lifecycle.releasing.registry import Challenger, ModelVersion

NOW = datetime(2026, 5, 1, 12, 30, 0, 123_456, tzinfo=UTC)


def version(number: str) -> ModelVersion:
    dataset = {"name": "rental-pricing", "version": "1"}
    metrics, report = {"rmse_error": 16.5}, {"gate": {}}
    return ModelVersion(
        "rental-price", number, NOW, f"m/{number}", "ab" * 32, metrics, report, dataset, True, "r"
    )


def key(number: int, **changed: object) -> KeyRecord:
    return KeyRecord(
        f"key{number}",
        "a client",
        frozenset({PlatformScope.PREDICT}),
        bytes(range(32)),
        NOW,
        "an admin",
        **changed,
    )


@pytest.fixture
def kept(tmp_path) -> LastGood:
    return LastGood(tmp_path / "last-good")


def test_what_was_live_comes_back(kept):
    live = Live({"rental-price": version("3")}, {"rental-price": Challenger(version("4"), 0.25)})
    kept.keep_live(live)
    assert kept.live() == live


def test_keys_come_back_with_their_ends(kept):
    owner = {"person": UUID(int=1), "company": UUID(int=2), "branch": UUID(int=3)}
    records = [key(1), key(2, expires_at=NOW), key(3, revoked_at=NOW), key(4, **owner)]
    kept.keep_keys(records)
    assert kept.keys() == records


def test_a_process_can_start_from_it_once_both_are_there(kept):
    assert not kept.exists
    kept.keep_live(Live({}, {}))
    assert not kept.exists
    kept.keep_keys([])
    assert kept.exists


def test_only_the_owner_can_read_the_keys(kept, tmp_path):
    kept.keep_keys([key(1)])
    assert (tmp_path / "last-good" / "keys.json").stat().st_mode & 0o077 == 0


def test_before_anything_was_kept_that_is_told(kept):
    for read in (kept.live, kept.keys):
        with pytest.raises(UnavailableError) as raised:
            read()
        assert raised.value.code == "home.no_last_good"


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[", '{"x": 1}', '[{"key_id": 1}]', '{"champions": [{}], "challengers": []}', "\x00", "null"],
)
def test_a_damaged_file_is_told_and_ends_nothing(kept, tmp_path, damage):
    (tmp_path / "last-good").mkdir()
    for name, read in (("models.json", kept.live), ("keys.json", kept.keys)):
        (tmp_path / "last-good" / name).write_text(damage)
        with pytest.raises(UnavailableError) as raised:
            read()
        assert raised.value.code == "home.no_last_good"


def test_a_disk_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "last-good").write_text("in the way")
    with pytest.raises(UnavailableError) as raised:
        LastGood(tmp_path / "last-good").keep_keys([])
    assert raised.value.code == "home.not_writable"


def test_a_file_of_a_release_without_owners_is_read(kept, tmp_path):
    kept.keep_keys([key(1)])
    file = tmp_path / "last-good" / "keys.json"
    written = json.loads(file.read_text())
    for name in ("person", "company", "branch"):
        del written[0][name]
    file.write_text(json.dumps(written))
    assert kept.keys() == [key(1)]
