"""Reading raw days of Chicago's taxi trips from files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drivetrain.adapters.console.files import given_file
from drivetrain.core.errors import ContractError, FieldError, InvalidInputError, UnreadableInputError
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.cleaning import believable
from drivetrain.trips.rides.domain.columns import COLUMNS, NUMBERS, START, rides_of
from drivetrain.trips.rides.domain.rides import Rides

_MARK, _IS_SYNTHETIC = "trip_id", "is_synthetic"


@dataclass(frozen=True, slots=True)
class RawDay:
    """A raw day.

    Attributes:
        rows: of the file.
        rides: with a start, in order; also those that are not believable.
        is_synthetic: its rows carry the mark of generated ones, numbers below zero.
    """

    name: str
    rows: int
    rides: Rides
    is_synthetic: bool

    @property
    def believable(self) -> Rides:
        """The rides that the demand is learned from, compared on and replayed."""
        return self.rides.chosen(believable(self.rides))


def read_raw_day(path: Path, mapping: ColumnMapping = UNMAPPED) -> RawDay:
    """Read a raw day: Parquet, or CSV with the same columns.

    Starts are Chicago's clocks. In the autumn hour that comes twice they are taken for the first one, as
    nothing tells the two apart; a start in the hour that is skipped in spring is none.

    Args:
        mapping: where the file has names of its own, exactly as it writes them.

    Raises:
        InvalidInputError: there is no such file, or no ride in it.
        ContractError: a column is missing, or starts are numbers, as in the sample of years.
        UnreadableInputError: it is not a table.
    """
    import polars as pl  # half a second that only whoever reads a table waits for

    given_file(path)
    try:
        lazy = pl.scan_parquet(path) if path.suffix == ".parquet" else pl.scan_csv(path, try_parse_dates=True)
        theirs = {mapped.heading: mapped.column for mapped in mapping.columns}
        replaced = [column for column in theirs.values() if column not in theirs]
        lazy = lazy.drop(replaced, strict=False).rename(theirs, strict=False)
        schema = lazy.collect_schema()
        names = schema.names()
        if START in names and schema[START].is_numeric():
            raise _no_raw_day(path)
        present = [name for name in COLUMNS if name in names]
        number = pl.col(_MARK).cast(pl.Float64, strict=False) if _MARK in names else pl.lit(0.0)
        civil = pl.col(START).cast(pl.Datetime("us"))
        frame = lazy.select(
            *(pl.col(name).cast(pl.Float64, strict=False) for name in present if name in NUMBERS),
            *([civil] if START in present else []),
            (number < 0).fill_null(value=False).alias(_IS_SYNTHETIC),
        ).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise UnreadableInputError(f"{path.name} cannot be read as a table of trips: {reason}") from None
    columns = {name: frame[name].to_numpy() for name in present}
    if START in columns:
        columns[START] = CHICAGO.instants(columns[START])
    rides = rides_of(columns)
    if not len(rides):
        raise InvalidInputError(f"{path.name} has no trip with a start.", code="trips.empty_day")
    return RawDay(path.name, frame.height, rides, bool(frame[_IS_SYNTHETIC].any()))


def _no_raw_day(path: Path) -> ContractError:
    """The refusal of the sample of years: its starts are seconds, and of any of its days it holds a few trips."""
    detail = f"{path.name} writes the start as a number: it is a sample of trips and no raw day."
    return ContractError([FieldError("trips.no_raw_day", detail, column=START)], subject="The table of trips")


def together(days: Sequence[RawDay]) -> Rides:
    """The rides of several days as one table."""
    columns = [day.rides.columns() for day in days]
    return Rides(*(np.concatenate(parts) for parts in zip(*columns, strict=True)))
