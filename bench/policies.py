"""Dispatch policies in simulated cities: how fast a city is simulated, and whether policies reach their goals.

``python -m bench.policies`` prints the speed; with ``--choose``, what weights do on seeds that no league reports; with
``--league FILE``, made by ``drivetrain simulate dispatch --json``, the goals beside what the league says. Exits 1 where
a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.report import Figure, at_least
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import SystemClock
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy, Weights
from drivetrain.dispatch.simulation.application.try_policies import TryPolicies, run_here
from drivetrain.dispatch.simulation.domain.catalog import CONTENDERS
from drivetrain.dispatch.simulation.domain.cities import SYNTHETIC
from drivetrain.dispatch.simulation.domain.contenders import Assignment, Contender
from drivetrain.dispatch.simulation.domain.simulation import Simulation

DRIVERS, FEWEST_TIMES_REAL = 500, 5_000
HOURS = 2.0

FIRST_SEED_OF_CHOICE = 1_001
"""Leagues report seeds from 1 on, 200 at most."""

WORTHS_MIN, WAITED = (3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 60.0), (0.0, 1.0, 2.0)

GOALS: tuple[tuple[str, str, str, float], ...] = (
    ("tight", "served", "low", 0.0),
    ("tight", "pick_up_s", "relative", -0.15),
    ("overload", "served", "value", 0.025),
    ("overload", "pick_up_s", "relative", -0.25),
    ("slack", "served", "value", -0.005),
)
"""Market, measure, which figure of the difference from nearest first-come, and what it must reach."""


def speed(runs: int) -> list[Figure]:
    """Simulated seconds by seconds of CPU, of each policy."""
    return [
        at_least(
            f"{one.key}: simulated time by CPU time, {DRIVERS} drivers, {HOURS:g} h",
            [_times_real(place, seed) for seed in range(1, runs + 1)],
            FEWEST_TIMES_REAL,
            "times",
        )
        for place, one in enumerate(CONTENDERS)
    ]


def _times_real(contender: int, seed: int) -> float:
    began_s = time.process_time()
    course = Simulation(SYNTHETIC, DRIVERS, CONTENDERS[contender], seed=seed, hours=HOURS).run()
    return course.seconds / (time.process_time() - began_s)


def choose(seeds: int) -> Table:
    """What weights do in each market against nearest first-come."""
    tried = [
        Contender(f"{served_min:g} / {waited:g}", "", _windows(served_min, waited), Assignment.OPTIMAL)
        for served_min in WORTHS_MIN
        for waited in WAITED
    ]
    attempt = TryPolicies(run_here, SilentProgress(), SystemClock())
    chosen_on = range(FIRST_SEED_OF_CHOICE, FIRST_SEED_OF_CHOICE + seeds)
    league = attempt(
        SYNTHETIC, [CONTENDERS[0], *tried], list(SYNTHETIC.markets), seeds=chosen_on, hours=HOURS
    )
    table = Table("market", "served, min / waited", "served, points", "pick-up", "wait, s")
    for market in league.markets:
        for one in market.standings:
            if one.differences:
                served, pick_up = one.differences["served"].estimate, one.differences["pick_up_s"].relative
                table.add_row(
                    market.name,
                    one.key,
                    f"{100 * served.value:+.2f} ({100 * served.low:+.2f} to {100 * served.high:+.2f})",
                    "" if pick_up is None else f"{100 * pick_up.value:+.1f} %",
                    f"{one.means['wait_s']:.0f}",
                )
    return table


def _windows(served_min: float, waited: float) -> PickUpPolicy:
    return PickUpPolicy(weights=Weights(served_min=served_min, waited=waited))


def goals(league: dict[str, Any]) -> list[Figure]:
    """Each goal for each policy of a league."""
    found = []
    for one in league["policies"]:
        if one["key"] == league["reference"]:
            continue
        for market, measure, figure, goal in GOALS:
            difference = _standing(league, market, one["key"])["differences"][measure]
            value = difference[figure]
            is_met = value <= goal if measure == "pick_up_s" else value >= goal
            interval = f"{difference['low']:+.4g} to {difference['high']:+.4g}"
            sign = "≤" if measure == "pick_up_s" else "≥"
            found.append(
                Figure(
                    f"{one['key']}, {market}: {measure}, {figure}",
                    f"{value:+.4g} ({interval})",
                    f"{sign} {goal:g}",
                    is_met,
                )
            )
    return found


def _standing(league: dict[str, Any], market: str, policy: str) -> dict[str, Any]:
    standings = next(each for each in league["markets"] if each["name"] == market)["standings"]
    return next(each for each in standings if each["policy"] == policy)


def main() -> int:
    """Print figures beside their goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--league", type=Path)
    parser.add_argument("--choose", type=int, metavar="SEEDS")
    arguments = parser.parse_args()
    console = Console(width=160)
    if arguments.choose:
        console.print(choose(arguments.choose))
        return 0
    if arguments.league is None:
        figures = speed(arguments.runs)
        values = [run for figure in figures for run in figure.raw["runs"]]
        figures.append(at_least("all policies", [median(values)], FEWEST_TIMES_REAL, "times"))
    else:
        figures = goals(json.loads(arguments.league.read_text(encoding="utf-8")))
    table = Table("what", "measured", "goal", "reached")
    for figure in figures:
        table.add_row(figure.what, figure.measured, figure.target, "yes" if figure.is_met else "NO")
    console.print(table)
    return int(not all(figure.is_met for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
