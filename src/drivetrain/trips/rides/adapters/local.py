"""Rides from the command line and at the start: learned, compared with a real day, replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from drivetrain.bootstrap.installation import Home, home_of
from drivetrain.core.errors import ContractError, DrivetrainError, InvalidInputError, NotFoundError
from drivetrain.core.progress import Progress
from drivetrain.core.time import SystemClock, iso_utc
from drivetrain.lifecycle.data.datasets import DatasetReference
from drivetrain.lifecycle.data.table_parts import open_parts
from drivetrain.settings import Settings
from drivetrain.trips.duration.model.contract import DATASET_NAME
from drivetrain.trips.rides.adapters.files import FoundDemand, RideFile
from drivetrain.trips.rides.adapters.report import estimate_text, report
from drivetrain.trips.rides.adapters.tables import RawDay, read_raw_day
from drivetrain.trips.rides.application.compare_rides import CompareRides, RideComparison
from drivetrain.trips.rides.application.replay_day import ReplayDay
from drivetrain.trips.rides.application.source import RideSource
from drivetrain.trips.rides.domain.comparison import MEASURES
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.demand import RideDemand
from drivetrain.trips.rides.model.fit import FITTED, fit
from drivetrain.trips.rides.model.source import DrawnRides, ReplayedRides

_FROM_TABLE = "Learned from the table "


def ride_file(home: Home) -> RideFile:
    """Where the home keeps its fitted parameters of rides."""
    return RideFile(home.folder / "trips" / "rides.json")


def fit_rides(home: Home, rides: Rides, source: str, *, is_synthetic: bool) -> RideDemand:
    """Learn the parameters from a table's rides and keep them.

    Raises:
        InvalidInputError: there are too few believable rides.
        UnavailableError: the home cannot be written to.
    """
    demand = fit(rides, source=source, is_synthetic=is_synthetic)
    ride_file(home).save(demand)
    return demand


def keep_rides_fitted(home: Home, *, source: str, read: Callable[[], Rides]) -> FoundDemand:
    """What ``up`` does where a real table is present: learn from it once, and again when it is another table.

    A synthetic table is not worth learning from: the built-in parameters are as good.

    Args:
        source: a sentence that names the table, its version and checksum; the kept parameters are fresh while
            it is theirs.
        read: gives the table's rides (``ride_columns.rides_of``); asked only when there is something to
            learn.

    Returns:
        The fitted parameters; or the built-in ones and the problem, when the table holds too few believable
        rides.

    Raises:
        UnavailableError: the home cannot be written to.
    """
    kept = ride_file(home).found()
    if kept.problem is None and kept.demand.source == source:
        return kept
    try:
        return FoundDemand(fit_rides(home, read(), source, is_synthetic=False))
    except InvalidInputError as problem:
        return FoundDemand(built_in(), problem)


def installed_rides(home: Home, *, rate: float, seed: bytes) -> RideSource:
    """The source of the scheduled scoring.

    It is drawn by what somebody has learned by command; else by what the installation's real table teaches,
    once for each version of it; else by the built-in parameters.
    """
    kept = ride_file(home).found()
    is_by_hand = (
        kept.problem is None and kept.demand.name == FITTED and not kept.demand.source.startswith(_FROM_TABLE)
    )
    table = None if is_by_hand else _real_table(home)
    if table is not None:
        source = f"{_FROM_TABLE}{table.name} {table.version} (SHA-256 {table.sha256})."
        keep_rides_fitted(home, source=source, read=lambda: _rides_of_table(table))
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
        why = (
            " ".join(error.detail for error in problem.errors)
            if isinstance(problem, ContractError)
            else problem.detail
        )
        raise InvalidInputError(
            f"DRIVETRAIN_TRIPS_DAY names no day that can be replayed. {why}", code="trips.unreadable_day"
        ) from problem


def drawn_rides(home: Home, *, rate: float, seed: bytes) -> RideSource:
    """The source of the scheduled scoring: drawn by the kept parameters, or the built-in ones where there are none."""
    return DrawnRides(ride_file(home).found().demand, rate, seed)


def fit_ride_files(settings: Settings, files: Sequence[Path], progress: Progress) -> dict[str, Any]:
    """Learn from raw days in files, and say what was kept where.

    Raises:
        InvalidInputError: a file is missing, or there are too few believable rides.
        UnreadableInputError: a file is not a table.
        UnavailableError: the home cannot be written to.
    """
    days = _read(files, progress)
    home = home_of(settings)
    is_synthetic = any(day.is_synthetic for day in days)
    source = f"Learned from {_names(days)}{', SYNTHETIC' if is_synthetic else ''}."
    demand = fit_rides(home, _together(days), source, is_synthetic=is_synthetic)
    return {
        "parameters": demand.digest,
        "file": str(ride_file(home).path),
        "source": demand.source,
        "is_synthetic": is_synthetic,
        "rows": sum(day.rows for day in days),
        "believable_rides": sum(len(day.believable) for day in days),
    }


@dataclass(frozen=True, slots=True)
class LocalComparison:
    """A comparison made in this process."""

    found: RideComparison
    sources: str
    is_synthetic: bool

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {"sources": self.sources, "is_synthetic": self.is_synthetic, **self.found.as_dict()}

    def rows(self) -> list[tuple[str, ...]]:
        """For people: a measure in words, then its figure for each candidate."""
        return [
            (
                measure.words,
                *(
                    estimate_text(figures[measure.key], measure.unit)
                    for figures in self.found.figures.values()
                ),
            )
            for measure in MEASURES
        ]

    def report(self) -> str:
        """The report, one HTML page."""
        return report(self.found, self.sources, SystemClock().now(), is_synthetic=self.is_synthetic)


def compare_rides(
    training: Sequence[Path], held_back: Path, *, repeats: int, seed: int, progress: Progress
) -> LocalComparison:
    """Fit on some raw days and compare draws with another; neither the platform nor a home is needed.

    Raises:
        InvalidInputError: a file is missing, or there are too few believable rides.
        UnreadableInputError: a file is not a table.
    """
    *days, last = _read([*training, held_back], progress)
    found = CompareRides(progress)(_together(days), last.rides, repeats=repeats, seed=seed)
    is_synthetic = any(day.is_synthetic for day in (*days, last))
    return LocalComparison(found, f"Learned from {_names(days)}; compared with {last.name}.", is_synthetic)


@dataclass(frozen=True, slots=True)
class LocalReplay:
    """A raw day that is ready to be replayed.

    Attributes:
        set_aside: rides that are not believable; they are not replayed.
    """

    day: Rides
    set_aside: int

    def lines(
        self, *, speed: float, since: datetime | None, after: int, limit: int | None
    ) -> Iterator[dict[str, Any]]:
        """The rides as plain values, each when it is due.

        Raises:
            InvalidInputError: speed, numbers or instant are out of range.
        """
        replayed = ReplayDay()(self.day, speed=speed, since=since, after=after, limit=limit)
        return ({**asdict(ride), "start_at": iso_utc(ride.start_at)} for ride in replayed)


def replay_file(file: Path) -> LocalReplay:
    """Read a raw day to be replayed.

    Raises:
        InvalidInputError: the file is missing or has no ride.
        UnreadableInputError: it is not a table.
    """
    raw = read_raw_day(file)
    day = raw.believable
    return LocalReplay(day, raw.rows - len(day))


def _real_table(home: Home) -> DatasetReference | None:
    try:
        table = home.datastore().current(DATASET_NAME)
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
                    days.append(read_raw_day(part))
    except ValueError as error:
        raise InvalidInputError(
            f"{table.name} {table.version} cannot be opened: {error}.", code="trips.broken_table"
        ) from None
    if not days:
        raise InvalidInputError(
            f"No file of {table.name} {table.version} is a raw day.", code="trips.no_raw_day"
        )
    return _together(days)


def _read(files: Sequence[Path], progress: Progress) -> list[RawDay]:
    days = []
    with progress.stage("read", total=len(files), unit="days") as stage:
        for file in files:
            days.append(read_raw_day(file))
            stage.advance()
    return days


def _together(days: Sequence[RawDay]) -> Rides:
    columns = [day.rides.columns() for day in days]
    return Rides(*(np.concatenate(parts) for parts in zip(*columns, strict=True)))


def _names(days: Sequence[RawDay]) -> str:
    return ", ".join(day.name for day in days)
