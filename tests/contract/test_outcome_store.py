"""What every store of trip outcomes means, in memory and in PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, text
from tests.support.trip_quality_fakes import (
    BEGIN,
    NOW,
    MemoryOutcomeStore,
    by_duration,
    by_end,
    octets,
    score,
    trip_id,
)

from drivetrain.adapters.postgres.database import open_engine
from drivetrain.core.errors import UnavailableError
from drivetrain.trips.outcomes.adapters.store import PostgresOutcomeStore
from drivetrain.trips.outcomes.application.record_outcomes import AddedOutcomes, OutcomeStore, Report
from drivetrain.trips.outcomes.domain.outcomes import TripOutcomes

REPORT = Report("fleet", NOW, "api", is_synthetic=False)
FIRST, SECOND, THIRD = (trip_id(BEGIN, number) for number in range(3))
START = BEGIN + timedelta(minutes=1)

Known = Callable[[int], None]


@pytest.fixture(params=["memory", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest) -> OutcomeStore:
    return (
        MemoryOutcomeStore() if kind == "memory" else PostgresOutcomeStore(request.getfixturevalue("engine"))
    )


@pytest.fixture
def predict(kind: str, store: OutcomeStore, request: pytest.FixtureRequest) -> Known:
    """Give the first rides of the slot their predictions."""

    def known(rides: int) -> None:
        if isinstance(store, MemoryOutcomeStore):
            store.starts |= {trip_id(BEGIN, number): START for number in range(rides)}
        else:
            engine: Engine = request.getfixturevalue("engine")
            score(engine, BEGIN, rides)

    return known


def add(store: OutcomeStore, outcomes: TripOutcomes, *, whole: bool = True) -> AddedOutcomes:
    return store.add(outcomes, REPORT, whole=whole)


def codes(added: AddedOutcomes) -> dict[int, str]:
    return {place: error.code for place, error in added.failed.items()}


def test_outcomes_are_kept_and_said_to_be_new(store: OutcomeStore, predict: Known) -> None:
    predict(2)
    added = add(store, by_duration({FIRST: 12.5, SECOND: 30.0}))
    assert added.counts == {"ok": 2, "failed": 0, "new": 2, "repeated": 0, "waiting": 0}
    assert add(store, by_duration({FIRST: 12.5, SECOND: 30.0})).counts["repeated"] == 2


def test_the_same_again_changes_nothing(store: OutcomeStore, predict: Known) -> None:
    """A client whose answer was lost sends again."""
    predict(2)
    add(store, by_duration({FIRST: 12.5}))
    again = add(store, by_duration({FIRST: 12.5, SECOND: 9.0}))
    assert again.counts == {"ok": 2, "failed": 0, "new": 1, "repeated": 1, "waiting": 0}


def test_an_outcome_may_come_before_its_prediction(store: OutcomeStore, predict: Known) -> None:
    early = add(store, by_duration({FIRST: 12.5}))
    assert early.counts == {"ok": 1, "failed": 0, "new": 1, "repeated": 0, "waiting": 1}
    predict(1)
    late = add(store, by_duration({FIRST: 12.5}))
    assert late.counts == {"ok": 1, "failed": 0, "new": 0, "repeated": 1, "waiting": 0}


def test_another_value_never_replaces_the_one_that_stands(store: OutcomeStore, predict: Known) -> None:
    predict(2)
    add(store, by_duration({FIRST: 12.5}))
    refused = add(store, by_duration({SECOND: 9.0, FIRST: 13.0}))
    assert codes(refused) == {1: "trips.outcome_conflict"}
    assert add(store, by_duration({SECOND: 8.0})).counts["new"] == 1  # all or nothing: the 9.0 was not kept
    assert add(store, by_duration({FIRST: 12.5})).counts["repeated"] == 1


def test_row_by_row_the_good_ones_stay(store: OutcomeStore, predict: Known) -> None:
    predict(3)
    add(store, by_duration({FIRST: 12.5}))
    part = add(store, by_duration({FIRST: 13.0, SECOND: 9.0, THIRD: 7.0}), whole=False)
    assert codes(part) == {0: "trips.outcome_conflict"}
    assert part.counts == {"ok": 2, "failed": 1, "new": 2, "repeated": 0, "waiting": 0}
    assert add(store, by_duration({SECOND: 9.0, THIRD: 7.0})).counts["repeated"] == 2


def test_a_trip_twice_in_one_batch(store: OutcomeStore, predict: Known) -> None:
    """The same value twice is one outcome; two values are a conflict, and the first is what was reported."""
    predict(2)
    same = TripOutcomes(
        octets(FIRST, FIRST), np.array([12.5, 12.5]), np.full(2, "NaT", dtype="datetime64[us]")
    )
    assert add(store, same).counts == {"ok": 2, "failed": 0, "new": 1, "repeated": 1, "waiting": 0}
    two = TripOutcomes(
        octets(SECOND, SECOND), np.array([5.0, 6.0]), np.full(2, "NaT", dtype="datetime64[us]")
    )
    assert codes(add(store, two, whole=False)) == {1: "trips.outcome_conflict"}
    assert add(store, by_duration({SECOND: 5.0})).counts["repeated"] == 1


def test_an_end_is_the_same_as_its_duration_to_the_second(store: OutcomeStore, predict: Known) -> None:
    predict(2)
    add(store, by_duration({FIRST: 12.5}))
    assert add(store, by_end({FIRST: START + timedelta(minutes=12, seconds=30)})).counts["repeated"] == 1
    assert codes(add(store, by_end({FIRST: START + timedelta(minutes=12, seconds=32)}))) == {
        0: "trips.outcome_conflict"
    }
    add(store, by_end({SECOND: START + timedelta(minutes=20)}))
    assert add(store, by_duration({SECOND: 20.0})).counts["repeated"] == 1


def test_an_end_and_a_duration_cannot_be_compared_without_the_start(
    store: OutcomeStore, predict: Known
) -> None:
    add(store, by_duration({FIRST: 12.5}))
    end = by_end({FIRST: START + timedelta(minutes=12.5)})
    assert codes(add(store, end)) == {0: "trips.outcome_conflict"}
    predict(1)
    assert add(store, end).counts["repeated"] == 1


@pytest.mark.parametrize(
    ("end", "fits"),
    [
        (START, False),  # nothing takes no time
        (START - timedelta(hours=1), False),
        (START + timedelta(seconds=1), True),
        (START + timedelta(days=1), True),
        (START + timedelta(days=1, seconds=1), False),  # a meter left running
    ],
)
def test_an_end_must_fit_the_start(store: OutcomeStore, predict: Known, end: datetime, fits: bool) -> None:
    predict(1)
    added = add(store, by_end({FIRST: end}))
    assert codes(added) == ({} if fits else {0: "trips.end_does_not_fit"})
    assert added.counts["new"] == int(fits)


def test_an_end_before_its_prediction_is_kept_whatever_it_says(store: OutcomeStore) -> None:
    """Nothing can be said of it yet."""
    assert add(store, by_end({FIRST: START - timedelta(days=3)})).counts["waiting"] == 1


def test_nothing_is_nothing(store: OutcomeStore) -> None:
    none: dict[UUID, float] = {}
    assert add(store, by_duration(none)).counts == {
        "ok": 0,
        "failed": 0,
        "new": 0,
        "repeated": 0,
        "waiting": 0,
    }


def test_two_who_report_the_same_trips_at_once_leave_one_outcome_each(engine: Engine) -> None:
    """Half of them say something else, in the opposite order: one of the two stands, the other is told, none waits for ever."""
    ids = [trip_id(BEGIN, number) for number in range(400)]
    mine = by_duration(dict.fromkeys(ids, 10.0))
    theirs = by_duration({each: 10.0 + number % 2 for number, each in reversed(list(enumerate(ids)))})
    with ThreadPoolExecutor(4) as threads:
        stores = [PostgresOutcomeStore(engine) for _ in range(4)]
        done = list(threads.map(lambda at: add(stores[at], (mine, theirs)[at % 2], whole=False), range(4)))
    assert sum(each.counts["new"] for each in done) == 400
    assert {len(each.failed) for each in done} <= {0, 200}
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM drivetrain.trip_outcomes")).scalar_one() == 400


def test_a_lost_database_is_unavailable() -> None:
    lost = open_engine("postgresql://nobody@/nowhere?host=/no/such/folder", pool_size=1)
    with pytest.raises(UnavailableError):
        add(PostgresOutcomeStore(lost), by_duration({FIRST: 1.0}))


def test_blocks_of_one_batch_see_each_other(engine: Engine) -> None:
    """A trip twice in one batch, in different blocks; all or nothing spans them."""
    store = PostgresOutcomeStore(engine, statement_rows=2)
    twice = TripOutcomes(
        octets(FIRST, SECOND, FIRST, THIRD, SECOND),
        np.array([1.0, 2, 1, 3, 9]),
        np.full(5, "NaT", dtype="datetime64[us]"),
    )
    assert codes(add(store, twice)) == {4: "trips.outcome_conflict"}
    part = add(store, twice, whole=False)
    assert part.is_new.tolist() == [True, True, False, True, False]
    assert part.counts == {"ok": 4, "failed": 1, "new": 3, "repeated": 1, "waiting": 4}
