"""Reading raw days: the published shape, and everything that is not one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.support.rides import write_raw_day

from drivetrain.core.errors import ContractError, DrivetrainError, InvalidInputError, UnreadableInputError
from drivetrain.lifecycle.data.column_mapping import ColumnMapping, MappedColumn
from drivetrain.trips.rides.adapters.tables import read_raw_day

HEADER = "trip_start_timestamp,trip_seconds,trip_miles,pickup_community_area,dropoff_community_area,fare,trip_total"


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_day_is_read_in_order_with_its_unknown_areas(tmp_path: Path, ending: str) -> None:
    day = read_raw_day(write_raw_day(tmp_path / f"day.{ending}", rides=1_000))
    assert day.rows == len(day.rides) == 1_000
    assert day.is_synthetic
    assert 900 < len(day.believable) <= 1_000
    assert (np.diff(day.rides.trip_start_timestamp) >= np.timedelta64(0)).all()
    assert 0.02 < (day.rides.pickup_community_area == 0).mean() < 0.25
    assert day.rides.trip_start_timestamp.min() >= np.datetime64("2022-03-01T06:00")  # midnight in Chicago
    assert day.rides.trip_start_timestamp.max() < np.datetime64("2022-03-02T06:00")


def test_both_formats_say_the_same(tmp_path: Path) -> None:
    one, other = (
        read_raw_day(write_raw_day(tmp_path / f"day.{ending}", rides=300)).rides
        for ending in ("parquet", "csv")
    )
    assert np.array_equal(one.trip_start_timestamp, other.trip_start_timestamp)
    assert np.array_equal(one.dropoff_community_area, other.dropoff_community_area)
    assert np.allclose(one.fare, other.fare)


def test_rides_of_the_spring_gap_have_no_start_and_those_of_the_autumn_hour_the_first(tmp_path: Path) -> None:
    # civil
    stamps = [datetime(2022, 3, 13, 2, 30), datetime(2022, 3, 13, 3, 30), datetime(2022, 11, 6, 1, 30)]
    numbers = {name: [1.0] * 3 for name in HEADER.split(",")[1:]}
    path = tmp_path / "days.parquet"
    pl.DataFrame({"trip_start_timestamp": stamps, **numbers}).write_parquet(path)
    day = read_raw_day(path)
    assert day.rows == 3
    quarters = day.rides.trip_start_timestamp.astype("datetime64[h]").astype(str).tolist()
    assert quarters == ["2022-03-13T08", "2022-11-06T06"]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("empty.parquet", b"", UnreadableInputError),
        ("short.parquet", b"PAR1 and no more", UnreadableInputError),
        ("empty.csv", b"", UnreadableInputError),
        ("header.csv", HEADER.encode() + b"\n", DrivetrainError),
        ("other.csv", b"a,b\n1,2\n", ContractError),
        ("no_time.csv", f"{HEADER}\nyesterday,60,1,8,8,5,5\n".encode(), DrivetrainError),
        (
            "ragged.csv",
            f"{HEADER}\n2022-03-01 12:00:00,60,1\n1,2,3,4,5,6,7,8,9,10\n".encode(),
            DrivetrainError,
        ),
        ("binary.csv", bytes(range(256)) * 20, DrivetrainError),
    ],
)
def test_what_is_no_day_is_refused(
    tmp_path: Path, name: str, content: bytes, kind: type[DrivetrainError]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(kind):
        read_raw_day(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.parquet", tmp_path):
        with pytest.raises(InvalidInputError) as refused:
            read_raw_day(path)
        assert refused.value.code == "input.no_file"


def test_words_where_numbers_belong_are_unknown(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text(f"{HEADER}\n2022-03-01 12:00:00,60,far,8,8,5,5\n2022-03-01 12:15:00,60,1,8,8,5,5\n")
    day = read_raw_day(path)
    assert not day.is_synthetic
    assert np.isnan(day.rides.trip_miles).tolist() == [True, False]
    assert len(day.believable) == 1


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_day_with_headings_of_its_own_is_read_by_its_mapping(tmp_path: Path, ending: str) -> None:
    path = write_raw_day(tmp_path / f"day.{ending}", rides=300)
    expected = read_raw_day(path).rides.trip_miles
    frame = pl.read_parquet(path) if ending == "parquet" else pl.read_csv(path)
    renamed = frame.rename({"trip_miles": "miles"}).with_columns(trip_miles=pl.lit("not these"))
    if ending == "parquet":
        renamed.write_parquet(path)
    else:
        renamed.write_csv(path)
    mapping = ColumnMapping((MappedColumn("miles", "trip_miles"),))
    assert np.allclose(read_raw_day(path, mapping).rides.trip_miles, expected)


def test_the_sample_of_years_is_no_raw_day(tmp_path: Path) -> None:
    path = tmp_path / "trips_2013_2016_sample.csv"
    path.write_text(f"{HEADER}\n1400269500,60,1,8,8,5,5\n")
    with pytest.raises(ContractError) as refused:
        read_raw_day(path)
    assert [error.code for error in refused.value.errors] == ["trips.no_raw_day"]
