"""Rides from the command line: learned, compared with a real day, replayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from drivetrain.core.progress import Progress
from drivetrain.core.time import SystemClock, iso_utc
from drivetrain.trips.rides.adapters.report import estimate_text, report
from drivetrain.trips.rides.adapters.sources import fit_rides, ride_file
from drivetrain.trips.rides.adapters.tables import RawDay, read_raw_day, together
from drivetrain.trips.rides.application.compare_rides import CompareRides, RideComparison
from drivetrain.trips.rides.application.replay_day import ReplayDay
from drivetrain.trips.rides.domain.comparison import MEASURES
from drivetrain.trips.rides.domain.rides import Rides


def fit_ride_files(home: Path, files: Sequence[Path], progress: Progress) -> dict[str, Any]:
    """Learn from raw days in files, and say what was kept where.

    Raises:
        InvalidInputError: a file is missing, or there are too few believable rides.
        UnreadableInputError: a file is not a table.
        UnavailableError: the home cannot be written to.
    """
    days = _read(files, progress)
    is_synthetic = any(day.is_synthetic for day in days)
    source = f"Learned from {_names(days)}{', SYNTHETIC' if is_synthetic else ''}."
    demand = fit_rides(home, together(days), source, is_synthetic=is_synthetic)
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

    comparison: RideComparison
    sources: str
    is_synthetic: bool

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {"sources": self.sources, "is_synthetic": self.is_synthetic, **self.comparison.as_dict()}

    def rows(self) -> list[tuple[str, ...]]:
        """For people: a measure in words, then its figure for each candidate."""
        return [
            (
                measure.words,
                *(
                    estimate_text(figures[measure.key], measure.unit)
                    for figures in self.comparison.figures.values()
                ),
            )
            for measure in MEASURES
        ]

    def report(self) -> str:
        """The report, one HTML page."""
        return report(self.comparison, self.sources, SystemClock().now(), is_synthetic=self.is_synthetic)


def compare_rides(
    training: Sequence[Path], held_back: Path, *, repeats: int, seed: int, progress: Progress
) -> LocalComparison:
    """Fit on some raw days and compare draws with another; neither the platform nor a home is needed.

    Raises:
        InvalidInputError: a file is missing, or there are too few believable rides.
        UnreadableInputError: a file is not a table.
    """
    *days, last = _read([*training, held_back], progress)
    comparison = CompareRides(progress)(together(days), last.rides, repeats=repeats, seed=seed)
    is_synthetic = any(day.is_synthetic for day in (*days, last))
    return LocalComparison(
        comparison, f"Learned from {_names(days)}; compared with {last.name}.", is_synthetic
    )


@dataclass(frozen=True, slots=True)
class LocalReplay:
    """A raw day that is ready to be replayed.

    Attributes:
        excluded: rides that are not believable; they are not replayed.
    """

    day: Rides
    excluded: int

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


def _read(files: Sequence[Path], progress: Progress) -> list[RawDay]:
    days = []
    with progress.stage("read", total=len(files), unit="days") as stage:
        for file in files:
            days.append(read_raw_day(file))
            stage.advance()
    return days


def _names(days: Sequence[RawDay]) -> str:
    return ", ".join(day.name for day in days)
