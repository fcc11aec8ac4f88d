"""The columns of a table of rides, as they come in all their types."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from drivetrain.core.errors import InvalidInputError
from drivetrain.trips.bulk.adapters.parquet_rides import as_batch, as_table, with_added, wrong_columns
from drivetrain.trips.bulk.application.ports import Figures

NOON = datetime(2022, 3, 1, 12)  # civil time


def table(**changes):
    columns = {
        "fare": [1.0],
        "pickup_community_area": [8],
        "dropoff_community_area": [32],
        "trip_start_timestamp": pa.array([NOON], pa.timestamp("us")),
        **changes,
    }
    return pa.table({name: column for name, column in columns.items() if column is not None})


def batch_of(**changes):
    return as_batch(table(**changes).to_batches()[0], "a.parquet")


@pytest.mark.parametrize(
    ("column", "areas"),
    [
        (pa.array([8, None, 77], pa.int64()), [8, 0, 77]),
        (pa.array([8, None, 77], pa.uint8()), [8, 0, 77]),
        (pa.array(["8", None, "77"]), [8, 0, 77]),  # the raw days
        (pa.array(["8", None, "77"], pa.large_string()), [8, 0, 77]),  # as polars writes text
        (pa.array(["8", None, "77"]).dictionary_encode(), [8, 0, 77]),
        (pa.array(["8.0", "", " 77 "]), [8, 0, 77]),  # a number that went through a frame or a CSV
        (pa.array([8.0, float("nan"), 77.0]), [8, 0, 77]),
        (pa.array([None, None, None]), [0, 0, 0]),
        (pa.array([0, 78, -1]), [0, 0, 0]),  # no area of the city
        (pa.array([2**62, 8, 8]), [0, 8, 8]),
    ],
)
def test_areas_come_as_integers_text_or_floats(column, areas):
    start = pa.array([NOON] * 3, pa.timestamp("us"))
    other = {"fare": [1.0] * 3, "dropoff_community_area": [1, 2, 3], "trip_start_timestamp": start}
    batch = batch_of(pickup_community_area=column, **other)
    assert batch.rides.pickup_community_area.tolist() == areas
    assert batch.unknown_areas == areas.count(0)


@pytest.mark.parametrize("column", [["Loop"], [8.5], [float("inf")], ["8,5"], ["nan area"]])
def test_what_is_no_area_number_is_refused_with_file_and_column_and_without_the_value(column):
    with pytest.raises(InvalidInputError) as refused:
        batch_of(pickup_community_area=column)
    assert refused.value.code == "trips.wrong_area"
    assert refused.value.detail.startswith("a.parquet: the column pickup_community_area")
    assert str(column[0]) not in refused.value.detail


@pytest.mark.parametrize(
    ("kind", "instant"),
    [
        (pa.timestamp("us"), "2022-03-01T18:00"),  # civil time of Chicago
        (pa.timestamp("ms"), "2022-03-01T18:00"),
        (pa.timestamp("ns"), "2022-03-01T18:00"),
        (pa.timestamp("us", tz="UTC"), "2022-03-01T12:00"),
        # stored as instants, whatever zone they are shown in
        (pa.timestamp("ns", tz="Europe/Paris"), "2022-03-01T12:00"),
    ],
)
def test_starts_with_a_zone_are_instants_and_without_one_civil_time(kind, instant):
    batch = batch_of(
        trip_start_timestamp=pa.array([NOON], pa.timestamp("us"))
        .cast(pa.int64())
        .cast(pa.timestamp("us"))
        .cast(kind)
        if kind.tz is None
        else pa.array([NOON], kind)
    )
    assert batch.rides.trip_start_timestamp[0] == np.datetime64(instant)
    assert batch.is_answerable.all()


@pytest.mark.parametrize("zone", [None, "UTC"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_start_outside_the_calendar_is_none_in_every_unit(unit, zone):
    """Seconds of the year 586,000, taken for microseconds, would wrap around to 2022."""
    wraps = (2**64 + 1_650_000_000_000_000) // 1_000_000
    starts = pa.array([wraps, -wraps, 2**63 - 1, 1 - 2**63, 0, None], pa.int64()).cast(
        pa.timestamp(unit, tz=zone)
    )
    areas = dict.fromkeys(("pickup_community_area", "dropoff_community_area", "fare"), [1] * len(starts))
    assert not batch_of(trip_start_timestamp=starts, **areas).is_answerable.any()


def test_a_row_without_a_start_that_exists_is_kept_and_not_answered():
    skipped = datetime(2022, 3, 13, 2, 30)
    starts = pa.array([NOON, None, skipped], pa.timestamp("us"))
    areas = {"pickup_community_area": [1, 2, 3], "dropoff_community_area": [1, 2, 3], "fare": [1.0, 2.0, 3.0]}
    batch = batch_of(trip_start_timestamp=starts, **areas)
    assert batch.is_answerable.tolist() == [True, False, False]
    assert not np.isnat(batch.rides.trip_start_timestamp).any()
    figures = Figures(*(np.where(batch.is_answerable, each, np.nan) for each in (10.0, 8.0, 14.0)))
    rows = as_table(batch, figures, "3", with_added(batch.rows.schema)).to_pylist()
    assert [row["trip_start_timestamp"] for row in rows] == [NOON, None, skipped]
    assert [row["predicted_duration"] for row in rows] == [10.0, None, None]


def test_the_model_never_sees_what_is_known_after_the_ride():
    rides = batch_of(trip_miles=[4.2], trip_total=[20.0]).rides
    for column in (rides.fare, rides.trip_total, rides.trip_miles, rides.duration_min):
        assert np.isnan(column).all()


def test_columns_pass_through_unchanged_in_order_with_the_figures_behind():
    nested = pa.array([{"a": [1, 2]}])
    batch = batch_of(other=nested, word=pa.array(["x"]).dictionary_encode())
    done = as_table(
        batch, Figures(*(np.array([each]) for each in (10.0, 8.0, 14.0))), "3", with_added(batch.rows.schema)
    )
    names = done.schema.names
    assert names[:-4] == batch.rows.schema.names
    assert names[-4:] == ["predicted_duration", "predicted_low", "predicted_high", "model_version"]
    assert done.select(names[:-4]) == pa.Table.from_batches([batch.rows])
    assert done.slice(0, 1).to_pylist()[0]["model_version"] == "3"


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"pickup_community_area": None}, "trips.missing_column", "pickup_community_area"),
        ({"trip_start_timestamp": None}, "trips.missing_column", "trip_start_timestamp"),
        # text is no timestamp
        ({"trip_start_timestamp": ["2022-03-01"]}, "trips.wrong_type", "trip_start_timestamp"),
        # nor is a number
        ({"trip_start_timestamp": [1646136000]}, "trips.wrong_type", "trip_start_timestamp"),
        ({"trip_start_timestamp": pa.array([NOON.date()])}, "trips.wrong_type", "trip_start_timestamp"),
        ({"dropoff_community_area": [True]}, "trips.wrong_type", "dropoff_community_area"),
        ({"dropoff_community_area": [[1]]}, "trips.wrong_type", "dropoff_community_area"),
        ({"model_version": ["2"]}, "trips.column_taken", "model_version"),  # scored already
    ],
)
def test_wrong_columns_are_named(tmp_path, changes, code, column):
    parquet.write_table(table(**changes), tmp_path / "a.parquet")
    (error,) = wrong_columns("a.parquet", parquet.ParquetFile(tmp_path / "a.parquet"))
    assert (error.code, error.column, error.pointer) == (code, column, "a.parquet")


def test_int96_does_not_say_what_it_means_and_is_refused(tmp_path):
    parquet.write_table(table(), tmp_path / "a.parquet", use_deprecated_int96_timestamps=True)
    (error,) = wrong_columns("a.parquet", parquet.ParquetFile(tmp_path / "a.parquet"))
    assert error.code == "trips.wrong_type"


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    twice = table().append_column("fare", pa.array([2.0]))
    parquet.write_table(twice, tmp_path / "a.parquet")
    (error,) = wrong_columns("a.parquet", parquet.ParquetFile(tmp_path / "a.parquet"))
    assert (error.code, error.column) == ("trips.column_twice", "fare")


def test_good_columns_are_fine(tmp_path):
    parquet.write_table(table(), tmp_path / "a.parquet")
    assert list(wrong_columns("a.parquet", parquet.ParquetFile(tmp_path / "a.parquet"))) == []
