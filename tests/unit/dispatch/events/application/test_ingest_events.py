"""Good events are kept, the others answered with their reasons; what comes again changes nothing."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.dispatch import LIMITS, NOW, MemoryEventStore, driver, rider
from tests.support.fakes import FixedClock

from drivetrain.core.errors import FieldError
from drivetrain.dispatch.events.application.ingest_events import IngestEvents, Ingestion


@pytest.fixture
def store() -> MemoryEventStore:
    return MemoryEventStore()


def ingest(store: MemoryEventStore, *rows: Any) -> Ingestion:
    return asyncio.run(IngestEvents(store, LIMITS, FixedClock(NOW))(rows))


def test_one_bad_event_does_not_hold_up_the_others(store: MemoryEventStore) -> None:
    broken = FieldError("dispatch.not_json", "The line is not JSON.")
    ingestion = ingest(store, driver(), broken, driver(latitude=99), rider())
    assert (ingestion.accepted, ingestion.repeated) == (2, 0)
    assert {row: error.code for row, error in ingestion.refused.items()} == {
        2: "dispatch.not_json",
        3: "dispatch.place_out_of_range",
    }
    assert [update.driver_id for update in store.updates] == ["driver_7"]
    assert list(store.requests) == ["r-1"]


def test_ten_thousand_bad_events_before_a_good_one(store: MemoryEventStore) -> None:
    ingestion = ingest(store, *[driver(status="poison")] * 10_000, driver())
    assert ingestion.accepted == len(store.updates) == 1
    assert len(ingestion.refused) == 10_000


def test_a_request_again_is_a_repetition_and_another_one_under_its_id_is_refused(
    store: MemoryEventStore,
) -> None:
    again, other = rider(request_id=" R-1"), rider(rider_id="somebody")
    first = ingest(store, rider(), again, other)
    assert (first.accepted, first.repeated) == (1, 1)
    assert {row: error.code for row, error in first.refused.items()} == {3: "dispatch.request_differs"}
    second = ingest(store, again, other)
    assert (second.accepted, second.repeated, list(second.refused)) == (0, 1, [2])
    assert len(store.requests) == 1


def test_nothing_good_asks_nothing_of_the_store(store: MemoryEventStore) -> None:
    assert ingest(store, driver(status="x")).accepted == 0
    assert (store.updates, store.requests) == ([], {})


@given(st.lists(st.integers(0, 5), max_size=120), st.integers(0, 2**32))
def test_however_often_and_in_which_order_requests_come_each_stands_once(ids: list[int], seed: int) -> None:
    store = MemoryEventStore()
    rows = [rider(request_id=f"r-{number}") for number in ids]
    one = ingest(store, *rows) if rows else Ingestion()
    random.Random(seed).shuffle(rows)
    two = ingest(store, *rows) if rows else Ingestion()
    assert one.accepted == len(set(ids)) == len(store.requests)
    assert one.accepted + one.repeated == len(ids)
    assert (two.accepted, two.repeated) == (0, len(ids))
