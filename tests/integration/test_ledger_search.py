"""The ledger is searched along its primary key, and an answer never takes longer than it may."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine
from tests.support.samples import decision

from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.postgres.ledger_search import NEWEST_READ, PostgresDecisionSearch
from drivetrain.core.errors import DeadlineExceededError
from drivetrain.lifecycle.serving.decision_search import DecisionFilter, SearchWindow
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = SearchWindow(NOON - HOUR, NOON + HOUR)


def decided(at: datetime, number: int, **changed: Any) -> Decision:
    """A decision whose id bears the instant, as those of the platform do."""
    millisecond = round(at.timestamp() * 1000)
    made = UUID(int=millisecond << 80 | 0x7 << 76 | 0b10 << 62 | number)
    return decision(decision_id=str(made), decided_at=at, **changed)


@pytest.fixture
def made(migrated_url: str) -> Sequence[Decision]:
    """Seven decisions, oldest first; the second, the third and the fourth are rentals in the window."""
    resale = {"product": "resale", "model": ModelRef("resale-price", "1"), "caller": "dealer"}
    made = [
        decided(NOON - HOUR - timedelta(milliseconds=1), 1),
        decided(NOON - HOUR, 2),
        decided(NOON, 3),
        decided(NOON, 4, model=ModelRef("rental-price", "4")),
        decided(NOON + timedelta(minutes=1), 5, **resale),
        decided(NOON + HOUR, 6),
        decided(NOON + 2 * HOUR, 7),
    ]
    with PostgresBatchDecisionLog(migrated_url).batch() as batch:
        batch.write(made)
    with psycopg.connect(migrated_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO drivetrain.outcomes (decision_id, name, value, observed_at, recorded_by) "
            "VALUES (%s, 'n', 1, now(), 'x')",
            (made[2].decision_id,),
        )
    return made


@pytest.fixture(params=[NEWEST_READ, 1], ids=["one by one", "by blocks"])
def search(engine: Engine, request: pytest.FixtureRequest) -> PostgresDecisionSearch:
    return PostgresDecisionSearch(engine, newest_read=request.param)


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ({}, [4, 3, 2, 1]),
        ({"product": "rental"}, [3, 2, 1]),
        ({"model": "resale-price"}, [4]),
        ({"model": "rental-price", "version": "4"}, [3]),
        ({"caller": "dealer"}, [4]),
        ({"caller": "nobody"}, []),
        ({"caller": "a client", "has_outcome": True}, [2]),
        ({"has_outcome": True}, [2]),
        ({"has_outcome": False}, [4, 3, 1]),
    ],
    ids=str,
)
def test_what_is_asked_for_comes_newest_first_and_the_end_is_excluded(made, search, filters, places) -> None:
    listed = search.newest(DecisionFilter(WINDOW, **filters), before=None, most=10)
    assert [each.decision_id for each in listed] == [made[place].decision_id for place in places]


def test_a_decision_is_listed_as_it_was_made(made, search) -> None:
    (shown,) = search.newest(DecisionFilter(WINDOW, has_outcome=True), before=None, most=10)
    assert (shown.decided_at, shown.model, shown.caller) == (NOON, ModelRef("rental-price", "3"), "a client")
    assert (shown.input["model_key"], shown.answer["price_per_day"]) == ("Citroën", 118.4)


def test_a_page_begins_where_the_one_before_ended(made, search) -> None:
    wanted = DecisionFilter(WINDOW)
    first = search.newest(wanted, before=None, most=2)
    second = search.newest(wanted, before=UUID(first[-1].decision_id), most=2)
    ids = [each.decision_id for each in (*first, *second)]
    assert ids == [made[place].decision_id for place in (4, 3, 2, 1)]


def test_pages_of_one_caller_go_on_from_slice_to_slice(made, search) -> None:
    wanted = DecisionFilter(WINDOW, caller="a client")
    ids: list[str] = []
    while page := search.newest(wanted, before=UUID(ids[-1]) if ids else None, most=1):
        ids += [each.decision_id for each in page]
    assert ids == [made[place].decision_id for place in (3, 2, 1)]


def test_decisions_of_a_long_table_are_found_by_their_instant_not_by_their_later_ids(
    migrated_url, search
) -> None:
    late = decision(
        decision_id=decided(NOON + timedelta(minutes=5), 1).decision_id,
        decided_at=NOON - timedelta(seconds=1),
    )
    with PostgresBatchDecisionLog(migrated_url).batch() as batch:
        batch.write([late])
    window = SearchWindow(NOON - HOUR, NOON)
    (shown,) = search.newest(DecisionFilter(window), before=None, most=10)
    assert shown.decision_id == late.decision_id


@pytest.mark.parametrize(
    "window",
    [
        SearchWindow(datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC)),
        SearchWindow(datetime(9999, 1, 1, tzinfo=UTC), datetime(9999, 1, 2, tzinfo=UTC)),
    ],
    ids=["before the first id", "after all of them"],
)
def test_a_window_that_no_id_reaches_is_empty(made, search, window) -> None:
    assert search.newest(DecisionFilter(window), before=None, most=10) == []


def test_a_search_that_does_not_end_in_time_says_what_to_do(migrated_url, engine) -> None:
    with psycopg.connect(migrated_url) as other:
        other.execute("LOCK TABLE drivetrain.decisions IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DeadlineExceededError) as refusal:
            PostgresDecisionSearch(engine, timeout_s=0.05).newest(DecisionFilter(WINDOW), before=None, most=1)
    assert refusal.value.code == "decisions.search_too_slow"
