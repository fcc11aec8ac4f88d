"""Compare drawn rides with a real day that was held back, beside what is the least and the most one could hope for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.core.statistics import Estimate, mean_over_draws
from drivetrain.trips.city.domain.civil_time import CHICAGO
from drivetrain.trips.rides.domain.cleaning import believable
from drivetrain.trips.rides.domain.comparison import apart
from drivetrain.trips.rides.domain.rides import Rides
from drivetrain.trips.rides.model.built_in import built_in
from drivetrain.trips.rides.model.demand import RideDemand
from drivetrain.trips.rides.model.draw import draw, expected_rides
from drivetrain.trips.rides.model.fit import fit

FITTED, BUILT_IN, TRAINING, NOISE = "fitted", "built-in", "training days resampled", "held-back day resampled"
"""Drawn by what was learned; by the parameters made by hand; real rides of the training days, drawn with replacement; two
resamplings of the held-back day against each other, which is how far apart two such days are by chance
alone."""

REAL = "held-back day"


@dataclass(frozen=True, slots=True)
class RideComparison:
    """What a comparison found.

    Attributes:
        day: the civil day that was held back.
        rides: believable rides of it; every draw has as many.
        training_rides: believable rides that were learned from.
        expected: rides that the fitted demand expects on such a weekday.
        figures: by candidate and key of the measure.
        samples: rides of the held-back day, and one draw of each candidate, for charts.
    """

    day: date
    rides: int
    training_rides: int
    expected: float
    repeats: int
    seed: int
    digest: str
    figures: Mapping[str, Mapping[str, Estimate]]
    samples: Mapping[str, Rides]

    def as_dict(self) -> dict[str, object]:
        """Plain values, without the samples."""
        return {
            "day": self.day.isoformat(),
            "rides": self.rides,
            "training_rides": self.training_rides,
            "expected_rides": round(self.expected),
            "repeats": self.repeats,
            "seed": self.seed,
            "parameters": self.digest,
            "figures": {
                candidate: {
                    key: {"mean": mean.value, "low": mean.low, "high": mean.high}
                    for key, mean in measured.items()
                }
                for candidate, measured in self.figures.items()
            },
        }


@dataclass(frozen=True, slots=True)
class CompareRides:
    """Fit on some days, hold another back, and measure how far drawn rides are from it."""

    progress: Progress

    def __call__(self, training: Rides, held_back: Rides, *, repeats: int, seed: int) -> RideComparison:
        """Every measure, over ``repeats`` draws of as many rides as the held-back day has.

        Args:
            training, held_back: as reported; rides that are not believable are left out here.
            repeats: >= 2.
            seed: >= 0.

        Raises:
            InvalidInputError: too few rides to learn from, none to compare with, or numbers out of range.
        """
        if repeats < 2 or seed < 0:
            raise InvalidInputError(
                "A comparison repeats twice or more, with a seed of 0 or more.", code="trips.bad_comparison"
            )
        training, real = training.chosen(believable(training)), held_back.chosen(believable(held_back))
        if not len(real):
            raise InvalidInputError("The held-out day has no valid ride.", code="trips.nothing_to_compare")
        fitted = fit(training, source="The training days of a comparison.")
        day = _day_of(real)
        makers: dict[str, Callable[[int], tuple[Rides, Rides]]] = {
            FITTED: lambda number: (_drawn(fitted, day, len(real), seed, number), real),
            BUILT_IN: lambda number: (_drawn(built_in(), day, len(real), seed, number), real),
            TRAINING: lambda number: (_resampled(training, len(real), seed, number, 1), real),
            NOISE: lambda number: (
                _resampled(real, len(real), seed, number, 2),
                _resampled(real, len(real), seed, number, 3),
            ),
        }
        samples, figures = {REAL: real}, {}
        with self.progress.stage("compare", total=repeats * len(makers), unit="draws") as stage:
            for candidate, make in makers.items():
                samples[candidate] = make(0)[0]
                figures[candidate] = self._measured(make, repeats, stage.advance)
        start, length_min = CHICAGO.day(day)
        expected = expected_rides(fitted, start, length_min)
        return RideComparison(
            day, len(real), len(training), expected, repeats, seed, fitted.digest, figures, samples
        )

    def _measured(
        self, make: Callable[[int], tuple[Rides, Rides]], repeats: int, advance: Callable[[], None]
    ) -> dict[str, Estimate]:
        draws: dict[str, list[float]] = {}
        for number in range(repeats):
            drawn, real = make(number)
            for key, value in apart(drawn, real).items():
                draws.setdefault(key, []).append(value)
            advance()
        return {key: mean_over_draws(values) for key, values in draws.items()}


def _day_of(rides: Rides) -> date:
    """The civil day of most rides."""
    days, counts = np.unique(
        CHICAGO.times(rides.trip_start_timestamp).astype("datetime64[D]"), return_counts=True
    )
    day: date = days[np.argmax(counts)].item()
    return day


def _drawn(demand: RideDemand, day: date, rides: int, seed: int, number: int) -> Rides:
    start, length_min = CHICAGO.day(day)
    return draw(demand, start, length_min=length_min, rides=rides, seed=f"compare {seed} {number}".encode())


def _resampled(rides: Rides, count: int, seed: int, number: int, place: int) -> Rides:
    chosen = np.random.default_rng([seed, number, place]).integers(len(rides), size=count)
    return rides.chosen(chosen)
