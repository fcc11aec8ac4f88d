"""Instants are written in UTC, with a zone or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from drivetrain.core.time import SystemClock, iso_utc


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 5, 1, 9, 30, tzinfo=UTC), "2026-05-01T09:30:00.000000Z"),
        (
            datetime(2026, 5, 1, 9, 30, 0, 7, tzinfo=timezone(timedelta(hours=2))),
            "2026-05-01T07:30:00.000007Z",
        ),
        (
            datetime(2026, 5, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
            "2026-04-30T18:45:00.000000Z",
        ),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),  # four digits, whatever the year
    ],
)
def test_an_instant_is_written_in_utc(instant, text):
    assert iso_utc(instant) == text
    assert datetime.fromisoformat(text) == instant


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        iso_utc(datetime(2026, 5, 1))  # the point of the test


def test_the_machine_clock_is_aware_and_in_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)
