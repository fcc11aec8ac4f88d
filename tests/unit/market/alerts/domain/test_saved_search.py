"""When things are told, and what may be kept."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from drivetrain.core.errors import ContractError
from drivetrain.market.alerts.domain.saved_search import (
    Frequency,
    LeastDrop,
    SearchWishes,
    require_filters,
)
from drivetrain.market.search.domain.query import Circle, Range, SearchQuery


@pytest.mark.parametrize(
    ("frequency", "now", "due"),
    [
        (Frequency.INSTANT, "2026-12-02T05:00", "2026-12-02T05:00"),
        (Frequency.DAILY, "2026-12-02T05:59", "2026-12-02T06:00"),
        (Frequency.DAILY, "2026-12-02T06:00", "2026-12-03T06:00"),  # that morning's message is on its way
        (Frequency.DAILY, "2026-12-31T23:00", "2027-01-01T06:00"),
        (Frequency.WEEKLY, "2026-12-02T05:00", "2026-12-07T06:00"),  # Wednesday
        (Frequency.WEEKLY, "2026-12-07T05:00", "2026-12-07T06:00"),  # early on a Monday
        (Frequency.WEEKLY, "2026-12-07T06:00", "2026-12-14T06:00"),
    ],
)
def test_a_message_is_due_at_once_or_in_the_morning(frequency: Frequency, now: str, due: str) -> None:
    at, expected = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (now, due))
    assert frequency.due_at(at) == expected


def test_a_least_drop_has_one_measure() -> None:
    assert LeastDrop(amount=500.0).share is None
    with pytest.raises(ContractError):
        LeastDrop(500.0, 0.05)


@pytest.mark.parametrize(("address", "listing"), [("", None), ("make=BMW", UUID(int=1))])
def test_a_wish_is_for_a_search_or_for_a_listing(address: str, listing: UUID | None) -> None:
    with pytest.raises(ContractError):
        SearchWishes("x", address, listing)


def test_a_search_that_is_kept_has_a_filter() -> None:
    for query in (
        SearchQuery({"make": frozenset({"BMW"})}),
        SearchQuery(ranges={"price": Range(None, 1.0)}),
        SearchQuery(equipment=frozenset({"navigation"})),
        SearchQuery(circle=Circle(51, 0, 10)),
    ):
        require_filters(query)
    for query in (SearchQuery(), SearchQuery(circle=Circle(51, 0))):
        with pytest.raises(ContractError):
            require_filters(query)
