"""Policies beside each other, with honest ties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drivetrain.dispatch.simulation.domain.league import Verdict, compared, standings
from drivetrain.dispatch.simulation.domain.measures import Measures

RUN = Measures(0.9, 400.0, 380.0, 700.0, 350.0, 0.3, 0.4, 0.6, 20.0, 0.1)


def runs(*served: float) -> list[Measures]:
    return [replace(RUN, served=share) for share in served]


def test_the_interval_is_students() -> None:
    one = compared(np.array([2.0, 4.0, 6.0]), np.array([1.0, 1.0, 1.0]), "served")
    assert one.estimate.value == 3.0
    assert one.estimate.high - one.estimate.value == pytest.approx(4.302653 * 2 / 3**0.5, rel=1e-6)
    assert one.verdict is Verdict.TIE


def test_pairs_tell_apart_what_cities_would_hide() -> None:
    """The cities differ by far more than the policies, but each policy meets the same ones."""
    cities = np.array([0.5, 0.7, 0.9, 0.6])
    luck = np.array([0.001, -0.001, 0.0, 0.0])
    one = compared(cities + 0.02 + luck, cities, "served")
    assert one.verdict is Verdict.BETTER
    assert one.relative is not None
    assert one.relative.value == pytest.approx(0.02 / cities.mean())


@pytest.mark.parametrize(
    ("measure", "verdict"),
    [("served", Verdict.BETTER), ("pick_up_s", Verdict.WORSE), ("gini", Verdict.WORSE)],
)
def test_more_is_better_or_worse_by_the_measure(measure: str, verdict: Verdict) -> None:
    assert compared(np.array([2.0, 2.1, 2.2]), np.array([1.0, 1.1, 1.2]), measure).verdict is verdict


def test_policies_that_cannot_be_told_apart_share_the_first_place() -> None:
    found = standings(
        {"nearest": runs(0.8, 0.82, 0.81), "a": runs(0.9, 0.92, 0.91), "b": runs(0.91, 0.90, 0.915)},
        "nearest",
    )
    assert [one.key for one in found] == ["a", "b", "nearest"]
    assert [one.is_among_best for one in found] == [True, True, False]
    assert found[2].differences == {}
    assert found[0].differences["served"].verdict is Verdict.BETTER
    assert found[0].differences["pick_up_s"].verdict is Verdict.TIE
