"""Trying policies in a city: every policy in the same markets, on the same seeds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.core.time import Clock
from drivetrain.dispatch.simulation.domain.cities import City
from drivetrain.dispatch.simulation.domain.contenders import Contender
from drivetrain.dispatch.simulation.domain.league import Standing, standings
from drivetrain.dispatch.simulation.domain.measures import Measures, measures_of
from drivetrain.dispatch.simulation.domain.simulation import Simulation

MOST_SEEDS = 200


@dataclass(frozen=True, slots=True)
class Trial:
    """One policy in one market on one seed."""

    city: City
    drivers: int
    contender: Contender
    seed: int
    hours: float

    def __call__(self) -> Measures:
        """Run it.

        Raises:
            InvalidInputError: ``dispatch.nobody_served``; there is nothing to measure.
        """
        course = Simulation(self.city, self.drivers, self.contender, seed=self.seed, hours=self.hours).run()
        measures = measures_of(course)
        if measures is None:
            raise InvalidInputError(
                "In this city and time nobody was picked up; give it more hours, drivers or trips.",
                code="dispatch.nobody_served",
            )
        return measures


@dataclass(frozen=True, slots=True)
class MarketResult:
    """The policies of one market, those who served most first."""

    name: str
    drivers: int
    standings: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class LeagueResult:
    """What trying policies gave.

    Attributes:
        reference: the policy that the others are compared with.
        seeds: one city each.
        hours: in which riders were counted.
    """

    made_at: datetime
    city: City
    reference: str
    seeds: Sequence[int]
    hours: float
    contenders: Sequence[Contender]
    markets: Sequence[MarketResult]

    @property
    def version(self) -> str:
        """Of the figures: the same policies in the same cities give the same one."""
        figures = [[asdict(standing) for standing in market.standings] for market in self.markets]
        policies = [
            [one.key, one.assignment, one.reposition_after_s, asdict(one.policy)] for one in self.contenders
        ]
        of = [self.city.name, list(self.seeds), self.hours, policies, figures]
        return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class TryPolicies:
    """Tries policies.

    Args:
        run_all: runs trials, and gives their measures in the order of the trials, as they come.
    """

    run_all: Callable[[Sequence[Trial]], Iterator[Measures]]
    progress: Progress
    clock: Clock

    def __call__(
        self,
        city: City,
        contenders: Sequence[Contender],
        markets: Sequence[str],
        *,
        seeds: Sequence[int],
        hours: float,
    ) -> LeagueResult:
        """Try policies; the first one is what the others are compared with.

        Args:
            markets: of the city's.
            seeds: none twice; at least two where policies are compared.

        Raises:
            InvalidInputError: ``dispatch.bad_seeds``, ``dispatch.nobody_served``.
        """
        if len(contenders) > 1 and len(seeds) < 2:
            raise InvalidInputError(
                "One city tells nothing about two policies: give at least two seeds.",
                code="dispatch.bad_seeds",
            )
        trials = [
            Trial(city, city.markets[market], contender, seed, hours)
            for market in markets
            for seed in seeds
            for contender in contenders
        ]
        with self.progress.stage(f"{city.name}", total=len(trials), unit="runs") as stage:
            measures: list[Measures] = []
            for one in self.run_all(trials):
                measures.append(one)
                stage.advance()
        results = []
        for market in markets:
            own, measures = measures[: len(seeds) * len(contenders)], measures[len(seeds) * len(contenders) :]
            runs = {one.key: own[place :: len(contenders)] for place, one in enumerate(contenders)}
            results.append(MarketResult(market, city.markets[market], standings(runs, contenders[0].key)))
        return LeagueResult(self.clock.now(), city, contenders[0].key, seeds, hours, contenders, results)


def run_here(trials: Sequence[Trial]) -> Iterator[Measures]:
    """One after the other, in this process."""
    return (trial() for trial in trials)
