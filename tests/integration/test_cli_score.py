"""``drivetrain score trips``: what it does on a database of its own, and what it says to wrong use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.support.platform import drivetrain
from tests.support.trip_fakes import BEGIN, PlainModels, PlainSource

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import iso_utc
from drivetrain.trips.slots.adapters.scoring import SlotScoring, open_scoring
from drivetrain.trips.slots.adapters.settings import SlotSettings

HOUR = (BEGIN, BEGIN + timedelta(hours=1))


@pytest.fixture
def scoring(engine: Engine) -> SlotScoring:
    return open_scoring(engine, SlotSettings(), PlainSource(10), PlainModels())


def test_a_slot_a_window_and_what_is_due(scoring: SlotScoring) -> None:
    one = scoring.score_one(BEGIN)
    assert [(line["slot_at"], line["state"], line["rows"]) for line in one.slots] == [
        (iso_utc(BEGIN), "caught_up", 10)
    ]
    assert scoring.score_one(BEGIN).nothing_to_do
    assert len(scoring.score_window(*HOUR, SilentProgress()).slots) == 11  # one is written already
    assert scoring.score_window(*HOUR, SilentProgress()).nothing_to_do
    assert len(scoring.score_due().slots) == 1


@pytest.mark.parametrize(
    ("slot_at", "code"),
    [
        (BEGIN + timedelta(minutes=1), "trips.not_a_slot"),
        (
            datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=2),
            "trips.slot_not_over",
        ),
        (datetime(9999, 12, 31, 23, 55, tzinfo=UTC), "trips.slot_not_over"),
        (datetime(1, 1, 1, tzinfo=UTC), "trips.slot_too_early"),
        # ids reach so far back, the calendar does not
        (datetime(1990, 7, 4, tzinfo=UTC), "trips.slot_too_early"),
    ],
)
def test_what_is_no_slot_yet_is_refused(scoring: SlotScoring, slot_at: datetime, code: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        scoring.score_one(slot_at)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("begin", "end", "code"),
    [
        (HOUR[1], HOUR[0], "trips.empty_window"),
        (datetime.now(UTC) + timedelta(days=1), datetime.now(UTC) + timedelta(days=2), "trips.empty_window"),
        (datetime(2001, 1, 1, tzinfo=UTC), HOUR[0], "trips.window_too_long"),
        (
            datetime(9999, 12, 31, 1, tzinfo=UTC),
            datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
            "trips.empty_window",
        ),
        (datetime(1999, 12, 31, tzinfo=UTC), datetime(2000, 1, 2, tzinfo=UTC), "trips.slot_too_early"),
    ],
)
def test_a_window_with_nothing_in_it_is_refused(
    scoring: SlotScoring, begin: datetime, end: datetime, code: str
) -> None:
    with pytest.raises(InvalidInputError) as raised:
        scoring.score_window(begin, end, SilentProgress())
    assert raised.value.code == code


def test_time_that_other_slots_cover_is_not_scored_again(scoring: SlotScoring, engine: Engine) -> None:
    scoring.score_one(BEGIN)
    coarser = open_scoring(engine, SlotSettings(every_min=10), PlainSource(10), PlainModels())
    with pytest.raises(InvalidInputError) as raised:
        coarser.score_one(BEGIN)
    assert raised.value.code == "trips.slot_covered"
    slots = coarser.score_window(*HOUR, SilentProgress()).slots
    assert [line["slot_at"] for line in slots] == [
        iso_utc(BEGIN + timedelta(minutes=each)) for each in range(10, 60, 10)
    ]


def test_the_proof_is_the_exit_code(
    scoring: SlotScoring, engine: Engine, migrated_url: str, empty_home: Path
) -> None:
    scoring.score_window(*HOUR, SilentProgress())
    command = ("score", "trips", "--prove", *map(iso_utc, HOUR))
    said = drivetrain(empty_home, *command, "--json", DATABASE_URL=migrated_url)
    assert said.code == 0, said.err
    assert said.json()["proof"]["written"] == 120
    with engine.begin() as connection:
        connection.execute(
            text("DELETE FROM drivetrain.ride_predictions WHERE slot_at = :slot_at"), {"slot_at": BEGIN}
        )
    said = drivetrain(empty_home, *command, DATABASE_URL=migrated_url)
    assert said.code == 1
    assert "12 slots, 120 rides expected, 110 written." in said.out
    assert "10 missing" in said.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Give one of"),
        (("--due", "--slot", "2026-05-01T09:00:00Z"), "Give one of"),
        (("--slot", "2026-05-01T09:00:00"), "with its zone"),
        (("--slot", "noon"), "with its zone"),
        (("--prove", "2026-05-01T09:00:00Z", "2026-05-01T08:00:00Z"), "ends after it begins"),
    ],
)
def test_wrong_use_is_one_sentence(
    empty_home: Path, migrated_url: str, options: tuple[str, ...], words: str
) -> None:
    said = drivetrain(empty_home, "score", "trips", *options, DATABASE_URL=migrated_url)
    assert said.code == 2
    assert words in said.err and "Traceback" not in said.err


def test_a_length_that_does_not_divide_an_hour_names_the_setting(empty_home: Path) -> None:
    said = drivetrain(empty_home, "score", "trips", "--due", TRIPS_EVERY_MIN="7")
    assert said.code == 2
    assert "DRIVETRAIN_TRIPS_EVERY_MIN" in said.err and "must divide 60" in said.err
