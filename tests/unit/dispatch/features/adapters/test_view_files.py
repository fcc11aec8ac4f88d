"""A file of a view has a row for each driver and instant, and null where nothing was known."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.support.dispatch import NOW, micros

from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.dispatch.features.adapters.commands import MOST_INSTANTS, _instants
from drivetrain.dispatch.features.adapters.view_files import write_view
from drivetrain.dispatch.features.application.read_as_known import Everybody
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT, STATUS_LAYOUT


def test_rows_say_when_they_were_known_and_what_is_missing_is_null(tmp_path: Path) -> None:
    file, records = tmp_path / "new" / "driver_stats.parquet", STATS_LAYOUT.empty(2)
    records["accept_rate_7d"][0], records["trips_1h"][0] = 0.5, 3
    assert write_view(file, STATS_LAYOUT, [Everybody(micros(NOW), ["d1", "Ärger"], records)]) == 2
    assert parquet.read_table(file).to_pylist() == [
        {
            "driver_id": "d1",
            "as_of": NOW,
            "known_at": NOW,
            "accept_rate_7d": 0.5,
            "avg_response_ms": None,
            "trips_1h": 3,
        },
        {
            "driver_id": "Ärger",
            "as_of": NOW,
            "known_at": NOW,
            "accept_rate_7d": None,
            "avg_response_ms": None,
            "trips_1h": 0,
        },
    ]


def test_who_is_not_known_any_more_has_one_row_that_says_so(tmp_path: Path) -> None:
    file, records = tmp_path / "driver_stats.parquet", STATS_LAYOUT.empty(2)
    records["accept_rate_7d"] = 0.5
    known = [["d1", "d2"], ["d2"], ["d2"], ["d1", "d2"], []]
    instants = [
        Everybody(micros(NOW) + place, drivers, records[: len(drivers)])
        for place, drivers in enumerate(known)
    ]
    assert write_view(file, STATS_LAYOUT, instants) == 9
    rows = [
        (micros(row["as_of"]) - micros(NOW), row["driver_id"])
        for row in parquet.read_table(file).to_pylist()
        if row["accept_rate_7d"] is None
    ]
    assert rows == [(1, "d1"), (4, "d1"), (4, "d2")]


def test_a_status_that_is_not_known_is_null(tmp_path: Path) -> None:
    records = STATUS_LAYOUT.empty(2)
    records["status"][0] = 1
    write_view(tmp_path / "s.parquet", STATUS_LAYOUT, [Everybody(micros(NOW), ["d1", "d2"], records)])
    assert parquet.read_table(tmp_path / "s.parquet")["status"].to_pylist() == [1, None]


def test_a_file_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError):
        write_view(tmp_path / "file" / "s.parquet", STATUS_LAYOUT, [])


def test_instants_begin_with_the_first_and_end_before_the_last() -> None:
    begin, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, 0, 59, tzinfo=UTC)
    assert _instants(begin, end, 30) == [micros(begin), micros(begin) + 30 * 60_000_000]
    with pytest.raises(InvalidInputError):
        _instants(end, begin, 30)
    with pytest.raises(InvalidInputError):
        _instants(begin, datetime(2027, 5, 1, tzinfo=UTC), 525_600 // MOST_INSTANTS)
