"""The three published shapes of the trip table come out as the same rows; hand-written rows of each."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from tests.support.trips import table_from

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.errors import ContractError
from drivetrain.lifecycle.data.table_parts import join_parts
from drivetrain.trips.duration.model.contract import TRIP_DURATION
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI

NO_TRACTS = {"pickup_census_tract": [None] * 4, "dropoff_census_tract": [None] * 4}
TRACTS = {
    "pickup_census_tract": [17_031_081_500, None, None, 17_031_839_100],
    "dropoff_census_tract": [17_031_839_100, None, 17_031_980_000, None],
}
ROWS = {
    "pickup_community_area": [8, 8, None, 32],
    "dropoff_community_area": [32, 32, 76, None],
    "trip_start_timestamp": [
        "2022-05-16T21:45:00Z",
        "2022-05-16T21:45:00Z",
        "2022-05-16T05:00:00Z",
        "2022-11-06T06:15:00Z",
    ],
}
MINUTES = [14.15, 10.0, 30.0, 20.0]

CAPITALS = """TRIP_START_TIMESTAMP,TRIP_SECONDS,TRIP_MILES,TRIP_SPEED,PICKUP_COMMUNITY_AREA,DROPOFF_COMMUNITY_AREA,FARE
05/16/2022 4:45:00 PM,849,2.0,8.5,8,32,10.0
05/16/2022 4:45:00 PM,600,2.0,12,8.0,32.0,10.0
05/16/2022 12:00:00 AM,1800,9.5,19,,76,30
11/06/2022 1:15:00 AM,1200,4,12,32,,30
"""
EPOCHS = """pickup_community_area,trip_start_timestamp,trip_miles,trip_seconds,dropoff_community_area,trip_start_hour
8,1652719500,2.0,849,32,16
8,1652719500,2.0,600,32.0,16
,1652659200,9.5,1800,76,0
32,1667697300,4,1200,0,1
"""


def raw_days() -> pl.DataFrame:
    # civil
    civil = [
        datetime(2022, 5, 16, 16, 45),
        datetime(2022, 5, 16, 16, 45),
        datetime(2022, 5, 16),
        datetime(2022, 11, 6, 1, 15),
    ]
    return pl.DataFrame(
        {
            "trip_id": ["a", "b", "c", "d"],
            "trip_start_timestamp": civil,
            "trip_seconds": [849.0, 600.0, 1800.0, 1200.0],
            "trip_miles": [2.0, 2.0, 9.5, 4.0],
            "dropoff_community_area": ["32", "32", "76", None],
            "pickup_community_area": ["8", "8", None, "32"],
            # 0 is withheld, and so is what is no tract of the county
            "pickup_census_tract": [17_031_081_500.0, None, 0.0, 17_031_839_100.0],
            "dropoff_census_tract": ["17031839100", None, "17031980000", "18097310103"],
        }
    )


def test_raw_parquet(tmp_path):
    path = tmp_path / "trips_2022-05-16.parquet"
    raw_days().write_parquet(path)
    read = read_training_table(path, TRIP_DURATION, tmp_path / "aside.csv", CHICAGO_TAXI.preparation)
    assert (dict(read.table.rows), read.table.target.tolist(), read.broken) == (
        {**ROWS, **TRACTS},
        MINUTES,
        0,
    )


def test_parquet_with_a_zone_is_read_as_instants(tmp_path):
    frame = raw_days().with_columns(pl.col("trip_start_timestamp").dt.replace_time_zone("Europe/Paris"))
    frame.write_parquet(tmp_path / "t.parquet")
    read = read_training_table(
        tmp_path / "t.parquet", TRIP_DURATION, tmp_path / "aside.csv", CHICAGO_TAXI.preparation
    )
    assert read.table.rows["trip_start_timestamp"][0] == "2022-05-16T14:45:00Z"


@pytest.mark.parametrize("text", [CAPITALS, EPOCHS], ids=["capital letters", "epoch of civil time"])
def test_csv_shapes(text):
    table = table_from(text)
    assert (dict(table.rows), table.target.tolist()) == ({**ROWS, **NO_TRACTS}, MINUTES)


def test_every_rule_sets_its_rows_aside_and_is_counted(tmp_path):
    rows = [
        ("2022-05-16 16:45:00", "600", "2.0"),  # good
        ("2022-05-16 16:45:00", "600", ""),  # miles not known: no rule about them is broken
        ("2022-05-16 16:45:00", "600", "0.4"),  # around a corner
        ("2022-05-16 16:45:00", "600", "0"),  # did not move
        ("2022-05-16 16:45:00", "3600", "6.0"),  # 6 mph
        ("2022-05-16 16:45:00", "60", "1.4"),  # 84 mph
        ("2022-05-16 16:45:00", "59", "0.6"),  # too short
        ("2022-05-16 16:45:00", "7201", "30"),  # too long
        ("2022-05-16 16:45:00", "", "3"),
        ("2022-03-13 02:30:00", "600", "2.0"),  # the hour that never was
    ]
    header = "trip_start_timestamp,trip_seconds,trip_miles,pickup_community_area,dropoff_community_area\n"
    (tmp_path / "t.csv").write_text(
        header + "".join(f"{at},{seconds},{miles},8,32\n" for at, seconds, miles in rows)
    )
    read = read_training_table(
        tmp_path / "t.csv", TRIP_DURATION, tmp_path / "aside.csv", CHICAGO_TAXI.preparation
    )
    assert (len(read.table.target), read.broken) == (2, 8)
    assert read.reasons == {
        "trips.hardly_moved": 2,
        "trips.slow": 1,
        "trips.impossibly_fast": 1,
        "trips.duration_min_out_of_range": 2,
        "input.missing_value": 1,
        "trips.trip_start_timestamp_does_not_exist": 1,
    }
    aside = pl.read_csv(tmp_path / "aside.csv", infer_schema=False)
    assert aside.get_column("reasons").null_count() == 0
    assert aside.height == 8


def test_a_file_without_miles_is_learned_from_and_one_without_areas_refused():
    assert (
        len(
            table_from(
                "TRIP_START_TIMESTAMP,trip_seconds,pickup_community_area,dropoff_community_area\n2022-05-16 16:45,600,8,32\n"
            ).target
        )
        == 1
    )
    with pytest.raises(ContractError, match="2 errors"):
        table_from("trip_start_timestamp,trip_seconds\n2022-05-16 16:45,600\n")


def test_day_files_of_different_shapes_are_one_table(tmp_path):
    raw_days().write_parquet(tmp_path / "trips_2022-04-01.parquet")
    (tmp_path / "trips_2022-05-16.csv").write_text(CAPITALS)
    join_parts(
        [tmp_path / "trips_2022-04-01.parquet", tmp_path / "trips_2022-05-16.csv"], tmp_path / "table.tar"
    )
    read = read_training_table(
        tmp_path / "table.tar", TRIP_DURATION, tmp_path / "aside.csv", CHICAGO_TAXI.preparation
    )
    assert read.table.target.tolist() == [*MINUTES, *MINUTES]
