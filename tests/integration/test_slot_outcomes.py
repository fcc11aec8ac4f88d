"""Outcomes of scored slots on PostgreSQL: drawn by the source that was scored, recorded once, read back by the quality."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.support.platform import drivetrain
from tests.support.trip_fakes import BEGIN, PlainModels, PlainSource

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import iso_utc
from drivetrain.trips.outcomes.adapters.reports import slot_outcomes
from drivetrain.trips.outcomes.adapters.slot_outcomes import PostgresSlotOutcomes
from drivetrain.trips.outcomes.application.report_slot_outcomes import (
    ENDED_AFTER,
    ReportedAs,
    ReportSlotOutcomes,
)
from drivetrain.trips.rides.adapters.settings import RideSettings
from drivetrain.trips.rides.adapters.sources import replayed_rides
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.slots.adapters.scoring import SlotScoring, open_scoring
from drivetrain.trips.slots.adapters.settings import SlotSettings
from drivetrain.trips.slots.domain.slots import Slot

pytestmark = pytest.mark.timeout(300)

RIDES = 10
HOUR = timedelta(hours=1)
RAW_DAY = """trip_start_timestamp,pickup_community_area,dropoff_community_area,trip_miles,fare,trip_total,trip_seconds
{rows}"""


def opened(engine: Engine, source: RideSource | None = None) -> tuple[SlotScoring, ReportSlotOutcomes]:
    """The scoring of a source, and the reports of how long its rides took."""
    source = source or PlainSource(RIDES)
    return (
        open_scoring(engine, SlotSettings(), source, PlainModels()),
        slot_outcomes(engine, source, by="scorer"),
    )


def recorded(engine: Engine) -> list[tuple[int, bool]]:
    """How many outcomes stand, by whether they are synthetic."""
    with engine.begin() as connection:
        counted = connection.execute(
            text("SELECT count(*), is_synthetic FROM drivetrain.trip_outcomes GROUP BY is_synthetic")
        )
        return [tuple(row) for row in counted]


def test_a_scored_slot_is_reported_once_it_is_over_long_enough(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    scoring, outcomes = opened(engine)
    now = scoring.ledger.now()
    ended, under_way = (scoring.grid.containing(now - wait) for wait in (ENDED_AFTER + HOUR, HOUR))
    for slot in (ended, under_way):
        assert scoring.score_one(slot.slot_at).slots
    done = outcomes.oldest()
    assert done is not None
    assert (done.slot, done.reported_as, done.counts["new"], done.counts["waiting"]) == (
        ended,
        ReportedAs.RECORDED,
        RIDES,
        0,
    )
    assert outcomes.oldest() is None  # once, and the other one waits for its rides
    window = (ended.slot_at, under_way.due_at)
    again = list(outcomes.window(*window, SilentProgress()))
    assert [each.reported_as for each in again] == [ReportedAs.RECORDED, ReportedAs.UNDER_WAY]
    assert (again[0].counts["new"], again[0].counts["repeated"]) == (0, RIDES)
    assert recorded(engine) == [(RIDES, True)]
    between = ("--from", iso_utc(window[0]), "--to", iso_utc(window[1]))
    said = drivetrain(tmp_path / "home", "trips", "quality", *between, "--json", DATABASE_URL=migrated_url)
    assert said.code == 0, said.err
    total = said.json()["total"]
    assert (total["rides"], total["outcomes"], total["synthetic_outcomes"]) == (2 * RIDES, RIDES, RIDES)
    assert total["mean_absolute_error_min"]["value"] > 0
    # By the command, whose own source this home draws from: these slots are of another one.
    said = drivetrain(
        tmp_path / "home", "trips", "outcomes", "--of-slots", *between[1::2], DATABASE_URL=migrated_url
    )
    assert said.code == 0, said.err
    assert "2 slots are skipped: they were scored from another source (plain)." in " ".join(said.out.split())


def test_after_a_change_of_settings_the_rides_are_others_and_get_no_outcome(engine: Engine) -> None:
    """Their source has the same name; only the rides themselves tell. Old slots have no fingerprint: there the rows do."""
    scoring, _ = opened(engine)
    scoring.score_one(BEGIN)
    outcomes, rides, slot = PostgresSlotOutcomes(engine), PlainSource(RIDES).rides(BEGIN, 5), Slot(BEGIN, 5)
    assert outcomes.are_written(slot, rides)
    assert not outcomes.are_written(slot, rides.part(0, RIDES - 1))
    assert not outcomes.are_written(slot, rides.chosen([1, *range(1, RIDES)]))
    _, others = opened(engine, PlainSource(RIDES + 1))
    with engine.connect() as connection:
        kept = connection.scalar(text("SELECT fingerprint FROM drivetrain.trip_slots"))
    assert kept == rides.fingerprint()
    (done,) = others.window(BEGIN, BEGIN + HOUR, SilentProgress())
    assert done.reported_as is ReportedAs.OTHER_RIDES
    with engine.begin() as connection:
        connection.execute(text("UPDATE drivetrain.trip_slots SET fingerprint = ''"))
    (done,) = others.window(BEGIN, BEGIN + HOUR, SilentProgress())
    assert done.reported_as is ReportedAs.OTHER_RIDES
    assert recorded(engine) == []
    _, again = opened(engine)
    (done,) = again.window(BEGIN, BEGIN + HOUR, SilentProgress())
    assert done.reported_as is ReportedAs.RECORDED


def raw_day(file: Path) -> Path:
    """Every quarter of an hour a ride of twelve minutes, by hand."""
    quarters = [datetime(2022, 4, 1) + timedelta(minutes=15 * number) for number in range(96)]  # civil time
    rows = [f"{quarter.isoformat()},8,32,2.0,9.5,12.0,720" for quarter in quarters]
    file.write_text(RAW_DAY.format(rows="\n".join(rows)))
    return file


def test_a_real_day_is_scored_every_day_anew_and_its_durations_are_real(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    scoring, _ = opened(engine, replayed_rides(raw_day(tmp_path / "day.csv")))
    (line,) = scoring.score_one(BEGIN).slots
    assert line["source"].startswith("replayed:2022-04-01@")
    assert len(scoring.score_window(BEGIN, BEGIN + HOUR, SilentProgress()).slots) == 11
    told = {"DATABASE_URL": migrated_url, "TRIPS_DAY": str(tmp_path / "day.csv")}
    command = ("trips", "outcomes", "--of-slots", iso_utc(BEGIN), iso_utc(BEGIN + HOUR))
    said = drivetrain(tmp_path / "home", *command, **told)
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "Durations of a real day, from replayed:2022-04-01@" in words
    assert "12 slots: 4 outcomes recorded, 0 recorded before" in words
    assert drivetrain(tmp_path / "home", *command, "--json", **told).json()["counts"]["repeated"] == 4
    assert recorded(engine) == [(4, False)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        ("no,table,of,trips\n1,2,3,4\n", "trip_start_timestamp"),
        # nothing of it is believed
        (RAW_DAY.format(rows="2022-04-01T08:00:00,8,32,0.0,0.0,0.0,0"), "without rides"),
    ],
)
def test_a_day_that_cannot_be_replayed_is_named_with_its_setting(
    tmp_path: Path, content: str | None, words: str
) -> None:
    file = tmp_path / "day.csv"
    if content is not None:
        file.write_text(content)
    with pytest.raises(InvalidInputError) as raised:
        replayed_rides(file)
    assert raised.value.code == "trips.unreadable_day"
    assert "DRIVETRAIN_TRIPS_DAY" in raised.value.detail
    assert words in raised.value.detail


def test_an_empty_setting_draws() -> None:
    assert RideSettings(day="").day is None


@pytest.mark.parametrize("arguments", [(), ("file.csv", "--of-slots", iso_utc(BEGIN), iso_utc(BEGIN + HOUR))])
def test_a_file_or_slots_but_not_both(empty_home: Path, arguments: tuple[str, ...]) -> None:
    said = drivetrain(empty_home, "trips", "outcomes", *arguments)
    assert (said.code, "one of them" in said.err) == (2, True), said.err
