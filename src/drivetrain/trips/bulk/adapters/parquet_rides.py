"""Rides in the columns of a Parquet table: what is asked of the columns, and how they become what the model sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import FieldError, InvalidInputError
from drivetrain.trips.bulk.application.ports import Figures, RideBatch
from drivetrain.trips.bulk.domain.starts import END, FIRST, instants_of, known_starts
from drivetrain.trips.city.domain.areas import UNKNOWN_AREA, areas_of
from drivetrain.trips.rides.domain.rides import Rides

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

PICKUP, DROPOFF, START = "pickup_community_area", "dropoff_community_area", "trip_start_timestamp"
DURATION, LOW, HIGH, VERSION = "predicted_duration", "predicted_low", "predicted_high", "model_version"
REQUIRED = (PICKUP, DROPOFF, START)
ADDED = (DURATION, LOW, HIGH, VERSION)

_NO_TIME = np.iinfo(np.int64).min
_ANY_START = np.datetime64("2022-03-01T12:00", "us")
"""Stands in for a start that is none, so that the model sees whole rows; the figures of such a row are
dropped."""


def wrong_columns(path: str, file: parquet.ParquetFile) -> Iterator[FieldError]:
    """What is wrong with the columns of a file, as far as its footer tells."""
    schema = file.schema_arrow
    counts = Counter(schema.names)
    for name in REQUIRED:
        if name not in counts:
            yield FieldError("trips.missing_column", f"The column {name} is missing.", path, column=name)
    for name in ADDED:
        if name in counts:
            yield FieldError(
                "trips.column_taken", f"The column {name} is there already; rename it.", path, column=name
            )
    for name in [name for name, count in counts.items() if count > 1]:
        yield FieldError("trips.column_twice", f"The column {name} is there twice.", path, column=name)
    for name in [name for name in REQUIRED if counts[name] == 1]:
        if (type_text := _wanted(name, schema.field(name).type, file)) is not None:
            yield FieldError(
                "trips.wrong_type", f"The column {name} must hold {type_text}.", path, column=name
            )


def with_added(schema: pa.Schema) -> pa.Schema:
    """The columns of an output: those of the input in their order, then what is added."""
    import pyarrow as pa

    for name in (DURATION, LOW, HIGH):
        schema = schema.append(pa.field(name, pa.float64()))
    return schema.append(pa.field(VERSION, pa.string(), nullable=False))


def as_batch(rows: pa.RecordBatch, path: str) -> RideBatch:
    """What the model sees of some rows.

    Raises:
        InvalidInputError: an area is no whole number.
    """
    pickup, dropoff = (_areas(rows.column(name), name, path) for name in (PICKUP, DROPOFF))
    starts = _starts(rows.column(START))
    is_answerable = ~np.isnat(starts)
    unknown = np.full(rows.num_rows, np.nan)  # known after the ride only: the model never sees it
    rides = Rides(
        pickup, dropoff, np.where(is_answerable, starts, _ANY_START), unknown, unknown, unknown, unknown
    )
    unknown_areas = int(np.count_nonzero((pickup == UNKNOWN_AREA) | (dropoff == UNKNOWN_AREA)))
    return RideBatch(rides, is_answerable, unknown_areas, rows)


def as_table(batch: RideBatch, figures: Figures, model_version: str, schema: pa.Schema) -> pa.Table:
    """The rows as they came, and beside them the figures; null where a row cannot be answered."""
    import pyarrow as pa

    added = [
        pa.array(column, from_pandas=True) for column in (figures.duration_min, figures.low, figures.high)
    ]
    version = pa.repeat(pa.scalar(model_version), len(batch.rides))
    return pa.Table.from_arrays([*batch.rows.columns, *added, version], schema=schema)


def _wanted(name: str, kind: pa.DataType, file: parquet.ParquetFile) -> str | None:
    """What a column should hold; None when it does."""
    from pyarrow import types

    if name != START:
        kind = kind.value_type if types.is_dictionary(kind) else kind
        fits = (
            types.is_integer(kind)
            or types.is_floating(kind)
            or types.is_string(kind)
            or types.is_large_string(kind)
        )
        return None if fits or types.is_null(kind) else "area numbers, as integers or text"
    index = file.schema_arrow.names.index(START)
    is_vague = (
        len(file.schema_arrow.names) == len(file.schema)
        and file.schema.column(index).physical_type == "INT96"
    )
    fits = types.is_timestamp(kind) and not is_vague
    return (
        None if fits else "timestamps, with a zone or in the civil time of Chicago; INT96 does not say which"
    )


def _areas(column: Any, name: str, path: str) -> NDArray[np.int16]:
    """Areas 1 to 77; ``UNKNOWN_AREA`` for null and for numbers that are no area of the city."""
    import pyarrow as pa
    from pyarrow import compute, types

    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if types.is_string(column.type) or types.is_large_string(column.type):
        trimmed = compute.utf8_trim_whitespace(column)
        column = compute.if_else(compute.equal(trimmed, ""), None, trimmed)
    try:
        numbers = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        raise _no_area(name, path) from None
    known = ~np.isnan(numbers)
    if not (np.isfinite(numbers[known]) & (numbers[known] == np.trunc(numbers[known]))).all():
        raise _no_area(name, path)
    return areas_of(numbers)


def _no_area(name: str, path: str) -> InvalidInputError:
    return InvalidInputError(
        f"{path}: the column {name} holds something that is no area number.", code="trips.wrong_area"
    )


def _starts(column: Any) -> NDArray[np.datetime64]:
    """Instants, UTC; NaT where there is none."""
    import pyarrow as pa

    whole = column.cast(pa.int64()).fill_null(_NO_TIME).to_numpy(zero_copy_only=False)
    stamps = whole.view(f"datetime64[{column.type.unit}]")
    first, end = (bound.astype(stamps.dtype) for bound in (FIRST, END))
    # told before the unit changes: far times would wrap around into it
    is_outside = (stamps < first) | (stamps >= end)
    times = np.where(is_outside, np.datetime64("NaT"), stamps).astype("datetime64[us]")
    return known_starts(times) if column.type.tz is not None else instants_of(times)
