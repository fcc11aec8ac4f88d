"""What ``up`` does with rides: learn once from a table, again from another one, and draw in any case."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.rides import day_of_rides, some_rides

from drivetrain.lifecycle.data.datasets import DatasetReference, sha256_of
from drivetrain.trips.rides.adapters.sources import (
    drawn_rides,
    fit_rides,
    installed_rides,
    keep_rides_fitted,
    replayed_rides,
    ride_file,
)
from drivetrain.trips.rides.domain.rides import Rides

SLOT = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


class OneTable:
    """An installation with one real table, which cannot be read as rides."""

    def __init__(self, path: Path) -> None:
        path.write_text("no rides")
        digest = sha256_of(path)
        self.table = DatasetReference("chicago-trips", digest[:12], digest, path, "", "", is_synthetic=False)

    def current(self, name: str) -> DatasetReference:
        return self.table

    def history(self, name: str) -> list[DatasetReference]:
        return [self.table]


def never() -> Rides:
    raise AssertionError("nothing is to be read")


def test_a_table_is_learned_from_once_and_another_one_again(home: Path) -> None:
    first = keep_rides_fitted(
        home, source="Table 1.", table_sha256="1" * 64, read_rides=lambda: day_of_rides(rides=700)
    )
    assert first.demand.name == "fitted"
    assert (
        keep_rides_fitted(home, source="Table 1.", table_sha256="1" * 64, read_rides=never).demand.digest
        == first.demand.digest
    )
    second = keep_rides_fitted(
        home, source="Table 2.", table_sha256="2" * 64, read_rides=lambda: day_of_rides(rides=900)
    )
    assert second.demand.digest != first.demand.digest
    assert drawn_rides(home, rate=1.0, seed=b"").name == f"drawn:fitted@{second.demand.digest[:12]}"


def test_a_table_with_too_little_in_it_is_a_problem_and_no_end(home: Path) -> None:
    found = keep_rides_fitted(
        home, source="Table 1.", table_sha256="1" * 64, read_rides=lambda: some_rides(3)
    )
    assert found.demand.name == "built-in"
    assert found.problem is not None
    assert found.problem.code == "trips.too_few_rides"


def test_without_anything_rides_are_drawn_by_the_built_in_parameters(home: Path) -> None:
    source = drawn_rides(home, rate=1.0, seed=b"")
    assert source.name.startswith("drawn:built-in@")
    assert len(source.rides(SLOT, 5)) > 0


def test_damaged_parameters_are_learned_again(home: Path) -> None:
    keep_rides_fitted(
        home, source="Table 1.", table_sha256="1" * 64, read_rides=lambda: day_of_rides(rides=700)
    )
    ride_file(home).path.write_bytes(b"{")
    assert drawn_rides(home, rate=1.0, seed=b"").name.startswith("drawn:built-in@")
    again = keep_rides_fitted(
        home, source="Table 1.", table_sha256="1" * 64, read_rides=lambda: day_of_rides(rides=700)
    )
    assert again.problem is None
    assert ride_file(home).load().demand.digest == again.demand.digest


def test_what_was_learned_by_command_is_not_replaced_whatever_its_source_is_called(home: Path) -> None:
    tables = OneTable(home / "table.csv")
    words = f"Learned from the table chicago-trips (SHA-256 {tables.table.sha256})."
    demand = fit_rides(home, day_of_rides(rides=700), words, is_synthetic=False)
    source = installed_rides(home, tables, rate=1.0, seed=b"")
    assert source.name == f"drawn:fitted@{demand.digest[:12]}"


def test_parameters_of_the_present_table_are_not_learned_again(home: Path) -> None:
    tables = OneTable(home / "table.csv")
    sha256 = tables.table.sha256
    kept = keep_rides_fitted(
        home, source="A table.", table_sha256=sha256, read_rides=lambda: day_of_rides(rides=700)
    )
    source = installed_rides(home, tables, rate=1.0, seed=b"")  # reading the table would fail
    assert source.name == f"drawn:fitted@{kept.demand.digest[:12]}"


@pytest.mark.parametrize(("trip_id", "is_synthetic"), [("1", False), ("-1", True)])
def test_a_replayed_day_is_synthetic_where_its_rows_are(
    tmp_path: Path, trip_id: str, is_synthetic: bool
) -> None:
    columns = (
        "trip_id,trip_start_timestamp,pickup_community_area,dropoff_community_area,trip_miles,fare,trip_total"
    )
    (tmp_path / "day.csv").write_text(
        f"{columns},trip_seconds\n{trip_id},2022-04-01T08:00:00,8,32,2.0,9.5,12.0,720\n"
    )
    source = replayed_rides(tmp_path / "day.csv")
    assert (source.is_synthetic, source.name.partition("@")[0]) == (
        is_synthetic,
        f"{'generated' if is_synthetic else 'replayed'}:2022-04-01",
    )
