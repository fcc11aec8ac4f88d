"""The table of taxi trips: where the published ones stand, and how it is imitated."""

from __future__ import annotations

from drivetrain.lifecycle.data.table_specs import TableSpec
from drivetrain.lifecycle.kit.imports import when_called
from drivetrain.trips.duration.model.contract import DROPOFF, DROPOFF_TRACT, PICKUP, PICKUP_TRACT, START
from drivetrain.trips.duration.model.prepare import CHICAGO_TAXI_PREPARATION, MILES, SECONDS, TRIP_ID
from drivetrain.trips.rides.domain.columns import DATASET_NAME

HEADER = (TRIP_ID, START, SECONDS, MILES, PICKUP, DROPOFF, PICKUP_TRACT, DROPOFF_TRACT)

_DAY = "trips_????-??-??"
_SAMPLE = "trips_????_????_sample"
"""A thin sample of years: few trips of any day, but weekends, holidays and every month."""

_MOST_REFUSED = 0.6
"""Share of the rows: of a raw day of 2022 a quarter, and of the years before 2017 nearly half, are trips that took no time
or never moved."""


CHICAGO_TAXI = TableSpec(
    name=DATASET_NAME,
    summary="One row per taxi trip in Chicago: areas, civil start time, seconds. Several days may lie in files of their own.",
    header=HEADER,
    file_names=("chicago_taxi", "."),
    kinds=(".csv", ".csv.gz", ".parquet"),
    source="City of Chicago, Data Portal, Taxi Trips (wrvz-psew); days as copied by github.com/MarcosMJD/mlops-chicago-taxi "
    "and by Google's Machine Learning Crash Course.",
    licence="terms of use of the Chicago Data Portal; course material CC BY 4.0",
    origins=(),
    write_synthetic=when_called("drivetrain.trips.duration.model.generate:write_synthetic"),
    usual_rows=15_000,
    mark_column=TRIP_ID,
    preparation=CHICAGO_TAXI_PREPARATION,
    most_refused=_MOST_REFUSED,
    part_names=tuple(name + kind for name in (_DAY, _SAMPLE) for kind in (".parquet", ".csv", ".csv.gz")),
)
