"""Instants are read with their zone or not at all, and written in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from drivetrain.core.errors import ContractError
from drivetrain.core.time import (
    SkippedTimeError,
    SystemClock,
    iso_utc,
    minute_utc,
    parse_instant,
    parse_optional_instant,
    read_instant,
    read_table_instant,
)

AT = datetime(2022, 5, 16, 21, 45, tzinfo=UTC)
CHICAGO = "America/Chicago"


@pytest.mark.parametrize(
    "text",
    [
        "2022-05-16T21:45:00Z",
        "2022-05-16T16:45:00-05:00",
        "2022-05-16T11:45-10:00",
        "2022-05-16 21:45:00+00:00",
        "20220516T214500Z",  # ISO 8601, basic
        "20220516T2145Z",
        "20220516T164500-0500",
        "2022-05-16 21:45:00 UTC",  # as query engines write it
        "2022-05-16 21:45 UTC",
        "2022-05-16T21:45:00.000000 UTC",
    ],
)
def test_every_writing_is_read_alike_from_bodies_and_from_tables(text):
    assert read_instant(text) == AT
    assert read_instant(text).tzinfo is UTC
    assert read_table_instant(text, "Asia/Tokyo") == (AT, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "21:45Z",
        "2022-05-16",  # a date alone
        "20220516",
        "1652737500",  # a number
        "202205162145Z",  # basic without its T: digits that could be anything
        "2022-02-30T12:00:00Z",  # no such day
        "0001-01-01T00:00:00+14:00",  # before the calendar begins
        "9999-12-31T23:59:59-14:00",  # after it ends
        "2022-05-16T21:45:00Z UTC",  # two zones
        "2022-05-16T21:45:00 utc",
        "2022-05-16T21:45:00UTC",
        "2022-05-16T21:45:00 UTC+1",
        " UTC",
        "2022-05-16 UTC",
        "2022-05-16T21:45:00\x00Z",
        "٢٠٢٢-05-16T21:45:00Z",  # digits of another script
    ],
)
def test_what_names_no_instant_is_refused_by_both(text):
    with pytest.raises(ValueError):
        read_instant(text)
    with pytest.raises(ValueError):
        read_table_instant(text, CHICAGO)


def test_a_time_without_a_zone_is_for_tables_only():
    with pytest.raises(ValueError, match="zone"):
        read_instant("2022-05-16T16:45:00")
    assert read_table_instant("2022-05-16T16:45:00", CHICAGO) == (AT, False)
    assert read_table_instant("20220516T164500", CHICAGO) == (AT, False)


def test_a_table_may_have_a_writing_of_its_own():
    portal = "%m/%d/%Y %I:%M:%S %p"
    assert read_table_instant("05/16/2022 4:45:00 PM", CHICAGO, (portal,)) == (AT, False)
    with pytest.raises(ValueError):
        read_table_instant("05/16/2022 4:45:00 PM", CHICAGO)


def test_an_hour_that_comes_twice_is_the_first_and_a_skipped_one_never_was():
    twice = datetime(2022, 11, 6, 6, 30, tzinfo=UTC)
    assert read_table_instant("2022-11-06 01:30:00", CHICAGO) == (twice, True)
    with pytest.raises(SkippedTimeError):
        read_table_instant("2022-03-13 02:30:00", CHICAGO)


@pytest.mark.parametrize(
    ("pointer", "name"), [("/observed_at", "observed_at"), ("/query/from", "from"), ("--from", "--from")]
)
def test_a_refusal_names_the_field_and_its_place(pointer, name):
    with pytest.raises(ContractError) as refused:
        parse_instant("yesterday", pointer)
    (error,) = refused.value.errors
    assert (error.code, error.pointer) == ("input.bad_instant", pointer)
    assert error.detail.startswith(f"{name} must be")


def test_an_instant_may_be_left_out():
    assert parse_optional_instant(None, "--from") is None
    assert parse_optional_instant("2022-05-16T21:45:00Z", "--from") == AT


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


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 5, 1, 9, 30, 59, tzinfo=UTC), "1 May 2026, 09:30 UTC"),
        (datetime(2026, 12, 31, 23, 5, tzinfo=timezone(timedelta(hours=-6))), "1 January 2027, 05:05 UTC"),
    ],
)
def test_an_instant_is_written_for_people(instant, text):
    assert minute_utc(instant) == text


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        iso_utc(datetime(2026, 5, 1))  # the point of the test


def test_the_machine_clock_is_aware_and_in_utc():
    assert SystemClock().now().utcoffset() == timedelta(0)
