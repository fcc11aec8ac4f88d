"""Events come out of the lake as the log gave them, out of that of tests as well."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.support.lake import MemoryLake, MemoryObjects

from drivetrain.core.errors import NotFoundError, UnavailableError
from drivetrain.core.event_log import EventBatch
from drivetrain.dispatch.events.domain.events import DRIVERS, REQUESTS
from drivetrain.dispatch.features.adapters.lake import ParquetLake
from drivetrain.dispatch.features.application.ports import Lake, LakeObject

NINE = datetime(2026, 5, 1, 9, tzinfo=UTC)


def events(first: int, count: int, partition: int = 3) -> EventBatch:
    offsets = list(range(first, first + count))
    bodies = [b"\xff\x00 no JSON", *(b'{"n": %d}' % n for n in offsets[1:])]
    return EventBatch(
        [partition] * count,
        offsets,
        [f"Ärger {n}" for n in offsets],
        bodies,
        [1_777_626_000_000_000 + n for n in offsets],
        {partition: first + count},
    )


@pytest.fixture(params=["memory", "parquet"])
def lake(request: pytest.FixtureRequest) -> Lake:
    return MemoryLake() if request.param == "memory" else ParquetLake(MemoryObjects())


def test_events_come_back_as_they_were(lake: Lake) -> None:
    place = LakeObject(REQUESTS.name, NINE, 3, 17)
    batch = events(17, 4)
    assert lake.put(place, batch)
    assert lake.read(place) == batch
    assert lake.end(place) == 21


def test_an_object_stands_under_its_topic_day_hour_partition_and_first_offset() -> None:
    objects = MemoryObjects()
    ParquetLake(objects).put(LakeObject(REQUESTS.name, NINE, 3, 17), events(17, 1))
    (name,) = objects.kept
    assert name == "events/dispatch.requests/day=2026-05-01/hour=09/part-3-00000000000000000017.parquet"


def test_what_stands_is_not_replaced(lake: Lake) -> None:
    place = LakeObject(REQUESTS.name, NINE, 3, 17)
    assert lake.put(place, events(17, 2))
    assert not lake.put(place, events(17, 5))
    assert lake.end(place) == 19


def test_objects_are_listed_by_topic_and_from_an_hour_on(lake: Lake) -> None:
    for hours in range(4):
        lake.put(LakeObject(REQUESTS.name, NINE + timedelta(hours=hours), 3, hours), events(hours, 1))
    lake.put(LakeObject(DRIVERS.name, NINE, 3, 0), events(0, 1))
    assert [place.first for place in lake.objects(REQUESTS)] == [0, 1, 2, 3]
    assert [place.first for place in lake.objects(REQUESTS, since=NINE + timedelta(hours=2))] == [2, 3]
    assert [place.topic for place in lake.objects(DRIVERS)] == [DRIVERS.name]


def test_days_are_removed_whole(lake: Lake) -> None:
    for day in range(4):
        lake.put(LakeObject(REQUESTS.name, NINE + timedelta(days=day), 3, day), events(day, 1))
    lake.put(LakeObject(DRIVERS.name, NINE, 3, 0), events(0, 1))
    assert lake.remove_before(REQUESTS, date(2026, 5, 3)) == 2
    assert len(lake.objects(DRIVERS)) == 1
    assert [place.first for place in lake.objects(REQUESTS)] == [2, 3]


def test_an_object_without_events_says_up_to_where_it_reaches(lake: Lake) -> None:
    place = LakeObject(REQUESTS.name, NINE, 3, 17)
    assert lake.put(place, EventBatch([], [], [], [], [], {3: 21}))
    assert lake.end(place) == 21
    assert len(lake.read(place)) == 0


def test_an_object_that_is_not_there_is_said(lake: Lake) -> None:
    with pytest.raises(NotFoundError):
        lake.read(LakeObject(REQUESTS.name, NINE, 3, 17))


def test_what_somebody_else_put_there_is_said_and_not_guessed() -> None:
    objects = MemoryObjects()
    objects.put_new("events/dispatch.requests/day=2026-05-01/notes.txt", b"")
    with pytest.raises(UnavailableError) as raised:
        ParquetLake(objects).objects(REQUESTS)
    assert raised.value.code == "dispatch.lake_damaged"
