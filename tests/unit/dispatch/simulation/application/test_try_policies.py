"""Policies are tried on the same seeds, and each gets its own runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.dispatch import NOW
from tests.support.fakes import FixedClock

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.dispatch.simulation.application.try_policies import (
    LeagueResult,
    Trial,
    TryPolicies,
    run_here,
)
from drivetrain.dispatch.simulation.domain.catalog import CONTENDERS
from drivetrain.dispatch.simulation.domain.cities import SYNTHETIC
from drivetrain.dispatch.simulation.domain.measures import Measures

RUN = Measures(0.9, 400.0, 380.0, 700.0, 350.0, 0.3, 0.4, 0.6, 20.0, 0.1)


def by_name(trials: Sequence[Trial]) -> Iterator[Measures]:
    """Runs that say which trial they are of."""
    for trial in trials:
        served = 0.1 * CONTENDERS.index(trial.contender) + trial.drivers / 1e4 + trial.seed / 1e6
        yield replace(RUN, served=served)


def league(after: timedelta = timedelta(0)) -> LeagueResult:
    attempt = TryPolicies(by_name, SilentProgress(), FixedClock(NOW + after))
    return attempt(SYNTHETIC, CONTENDERS[:3], ["tight", "slack"], seeds=range(1, 5), hours=1.0)


def test_each_policy_is_judged_by_its_own_runs_in_each_market() -> None:
    found = league()
    assert [market.name for market in found.markets] == ["tight", "slack"]
    for market in found.markets:
        assert [standing.key for standing in market.standings] == ["optimal", "closest", "nearest"]
        for standing in market.standings:
            place = [one.key for one in CONTENDERS].index(standing.key)
            assert standing.means["served"] == pytest.approx(0.1 * place + market.drivers / 1e4 + 2.5e-6)
            assert ("served" in standing.differences) == (standing.key != "nearest")


def test_the_same_figures_have_the_same_version_whenever_they_were_made() -> None:
    assert league().version == league(timedelta(days=1)).version


def test_a_city_without_drivers_to_reach_anybody_is_refused() -> None:
    unreachable = replace(SYNTHETIC, bound_min=0.1)
    trial = Trial(unreachable, 5, CONTENDERS[0], seed=1, hours=0.25)
    with pytest.raises(InvalidInputError) as caught:
        list(run_here([trial]))
    assert caught.value.code == "dispatch.nobody_served"
