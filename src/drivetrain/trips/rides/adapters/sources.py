"""Where the rides of the scheduled scoring come from: drawn by what the home has learned, or those of a raw day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from drivetrain.adapters.disk.secrets import secret
from drivetrain.core.errors import ContractError, DrivetrainError, InvalidInputError, NotFoundError
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.data.table_parts import open_parts
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.jobs import DatasetReader
from drivetrain.trips.rides.adapters.files import DemandInUse, RideFile
from drivetrain.trips.rides.adapters.settings import RideSettings
from drivetrain.trips.rides.adapters.tables import read_raw_day, together
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.rides.domain.columns import DATASET_NAME
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.demand import RideDemand
from drivetrain.trips.rides.model.fit import FITTED, fit
from drivetrain.trips.rides.model.source import DrawnRides, ReplayedRides


def ride_source(installation: Installation) -> RideSource:
    """The installation's own source: the day to be replayed, or ``rate`` times the demand that its home has learned.

    Raises:
        InvalidInputError: the day cannot be replayed.
        UnavailableError: the home cannot be written to.
    """
    settings = installation.settings(RideSettings)
    if settings.day is not None:
        return replayed_rides(settings.day)
    seed = secret(installation.folder, "rides")
    return installed_rides(installation.folder, installation.tables, rate=settings.rate, seed=seed)


def ride_file(home: Path) -> RideFile:
    """Where the home keeps its fitted parameters of rides."""
    return RideFile(home / "trips" / "rides.json")


def fit_rides(home: Path, rides: Rides, source: str, *, is_synthetic: bool) -> RideDemand:
    """Learn the parameters from the rides that somebody names and keep them.

    Raises:
        InvalidInputError: there are too few believable rides.
        UnavailableError: the home cannot be written to.
    """
    demand = fit(rides, source=source, is_synthetic=is_synthetic)
    ride_file(home).save(demand)
    return demand


def keep_rides_fitted(
    home: Path, *, source: str, table_sha256: str, read_rides: Callable[[], Rides]
) -> DemandInUse:
    """What ``up`` does where a real table is present: learn from it once, and again when it is another table.

    A synthetic table is not worth learning from: the built-in parameters are as good.

    Args:
        source: a sentence that names the table.
        table_sha256: the kept parameters are fresh while they were learned from this one.
        read_rides: gives the table's rides (``columns.rides_of``); asked only when there is something to
            learn.

    Returns:
        The fitted parameters; or the built-in ones and the problem, when the table holds too few believable
        rides.

    Raises:
        UnavailableError: the home cannot be written to.
    """
    stored = ride_file(home).demand_in_use()
    if stored.table_sha256 == table_sha256:
        return stored
    try:
        demand = fit(read_rides(), source=source)
    except InvalidInputError as problem:
        return DemandInUse(built_in(), problem=problem)
    ride_file(home).save(demand, table_sha256=table_sha256)
    return DemandInUse(demand, table_sha256)


def installed_rides(home: Path, tables: DatasetReader, *, rate: float, seed: bytes) -> RideSource:
    """The source of the scheduled scoring.

    It is drawn by what somebody has learned by command; else by what the installation's real table teaches,
    once for each version of it; else by the built-in parameters.
    """
    stored = ride_file(home).demand_in_use()
    is_by_command = stored.demand.name == FITTED and stored.table_sha256 is None
    table = None if is_by_command else _real_table(tables)
    if table is not None:
        source = f"Learned from the table {table.name} {table.version} (SHA-256 {table.sha256})."
        keep_rides_fitted(
            home, source=source, table_sha256=table.digest, read_rides=lambda: _rides_of_table(table)
        )
    return drawn_rides(home, rate=rate, seed=seed)


def replayed_rides(file: Path) -> RideSource:
    """The rides of a raw day, every day anew.

    Raises:
        InvalidInputError: the file is missing, no table, or has no believable ride.
    """
    try:
        raw = read_raw_day(file)
        return ReplayedRides(raw.believable, raw.is_synthetic)
    except DrivetrainError as problem:
        reason = (
            " ".join(error.detail for error in problem.errors)
            if isinstance(problem, ContractError)
            else problem.detail
        )
        raise InvalidInputError(
            f"DRIVETRAIN_TRIPS_DAY names no day that can be replayed. {reason}", code="trips.unreadable_day"
        ) from problem


def drawn_rides(home: Path, *, rate: float, seed: bytes) -> RideSource:
    """The source of the scheduled scoring: drawn by the kept parameters, or the built-in ones where there are none."""
    return DrawnRides(ride_file(home).demand_in_use().demand, rate, seed)


def _real_table(tables: DatasetReader) -> DatasetReference | None:
    try:
        table = tables.current(DATASET_NAME)
    except NotFoundError:
        return None
    return None if table.is_synthetic else table


def _rides_of_table(table: DatasetReference) -> Rides:
    """The rides of those of the table's files that are raw days; the others lack what is paid, or how far it was."""
    days = []
    try:
        with open_parts(table.path) as parts:
            for part in parts:
                with suppress(ContractError):
                    days.append(read_raw_day(part, table.mapping))
    except ValueError as error:
        raise InvalidInputError(
            f"{table.name} {table.version} cannot be opened: {error}.", code="trips.broken_table"
        ) from None
    if not days:
        raise InvalidInputError(
            f"No file of {table.name} {table.version} is a raw day.", code="trips.no_raw_day"
        )
    return together(days)
