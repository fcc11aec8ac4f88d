"""The league that comes with the platform is about the policies that there are."""

from __future__ import annotations

from dataclasses import asdict

from drivetrain.dispatch.simulation.adapters.league_store import shipped
from drivetrain.dispatch.simulation.domain.catalog import CONTENDERS, REFERENCE
from drivetrain.dispatch.simulation.domain.cities import SYNTHETIC
from drivetrain.dispatch.simulation.domain.measures import NAMES


def test_it_is_of_the_policies_and_weights_of_the_catalog_in_the_built_in_city() -> None:
    league = shipped()
    assert league["city"] == SYNTHETIC.name
    assert league["reference"] == REFERENCE
    assert {one["key"]: one["weights"] for one in league["policies"]} == {
        one.key: asdict(one.policy.weights) for one in CONTENDERS
    }
    assert {market["name"]: market["drivers"] for market in league["markets"]} == dict(SYNTHETIC.markets)


def test_losing_policies_are_shown_with_every_measure_on_at_least_twenty_cities() -> None:
    league = shipped()
    assert len(league["seeds"]) >= 20
    for market in league["markets"]:
        assert {standing["policy"] for standing in market["standings"]} == {one.key for one in CONTENDERS}
        for standing in market["standings"]:
            assert set(standing["means"]) == set(NAMES)
            assert set(standing["differences"]) == (set() if standing["policy"] == REFERENCE else set(NAMES))
