"""`drivetrain up` scores on the schedule: slots appear, and what was owed when it started is caught up, once each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.platform import RunningPlatform, eventually, running

from drivetrain.adapters.postgres.database import open_engine
from drivetrain.bootstrap.installation import Home, database
from drivetrain.core.time import iso_utc
from drivetrain.settings import Settings
from drivetrain.trips.slots.adapters.writer import PostgresSlotWriter
from drivetrain.trips.slots.application.ports import Origin
from drivetrain.trips.slots.domain.slots import Slot

pytestmark = pytest.mark.slow

EVERY_MINUTE = {
    "TRIPS_ENABLED": "true",
    "TRIPS_EVERY_MIN": "1",
    "TRIPS_RATE": "20",
}
OWED = 4


def status(platform: RunningPlatform, **window: str) -> dict[str, Any]:
    with platform.client() as client:
        answer = client.get("/trips/status", params={"last": "30", **window})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def written(platform: RunningPlatform) -> list[dict[str, Any]]:
    """Slots with their rides, oldest first."""
    return [slot for slot in reversed(status(platform)["slots"]) if slot["rows"] is not None]


def begin_schedule_at(home: Path, slot: Slot) -> None:
    """As if a scorer had begun with this slot, had failed, and had not come back until now."""
    with database(Settings(home=home), Home(home)) as url:
        engine = open_engine(url, pool_size=1)
        ledger = PostgresSlotWriter(engine, pause_s=0)
        claim = ledger.claim(slot, Origin.SCHEDULE)
        assert claim is not None
        ledger.give_back(claim, "test.failed")
        engine.dispose()


def test_slots_appear_and_those_owed_at_a_start_are_caught_up_once_each(new_home: Callable[[], Path]) -> None:
    """Proves what `up` does, between two real starts of it; every ride counted was written by it.

    What is made up is that the schedule began four minutes earlier than it did, because a stop of real
    minutes is too long for a test. ``python -m bench --only downtime`` stops it for three of them.
    """
    home = new_home()
    with running(home, **EVERY_MINUTE) as platform:
        first = eventually(lambda: written(platform), 60)[0]
        assert first["rows"] > 0 and first["source"].startswith("drawn:")
        lines = [line for line in platform.log_lines() if line["event"] == "slot scored"]
        assert [(line["process"], line["rows"]) for line in lines[:1]] == [("score-trips", first["rows"])]
        (seen,) = status(platform)["scorers"]
        assert seen["scheduler"] == "plain"
    first_at = datetime.fromisoformat(first["slot_at"])
    since = first_at - timedelta(minutes=OWED)
    begin_schedule_at(home, Slot(since, 1))
    with running(home, **EVERY_MINUTE) as platform:
        window = {"from": iso_utc(since), "to": first["due_at"]}
        assert eventually(lambda: status(platform, **window)["proof"]["holds"], 30)
        proof, slots = status(platform, **window)["proof"], written(platform)[: OWED + 1]
        assert [slot["slot_at"] for slot in slots] == [
            iso_utc(since + timedelta(minutes=each)) for each in range(OWED + 1)
        ]
        assert [slot["state"] for slot in slots[:OWED]] == ["caught_up"] * OWED
        assert slots[OWED] == first  # what was written before the stop is left alone
        assert [slot["attempts"] for slot in slots] == [2, 1, 1, 1, 1]
        assert (proof["slots"], proof["duplicated"], proof["missing"], proof["unexpected"]) == (
            OWED + 1,
            0,
            0,
            0,
        )
        assert proof["written"] == proof["expected"] == sum(slot["rows"] for slot in slots)
        assert platform.failures() == []
