"""A rider gets the best drivers, and the ledger what was decided."""

from __future__ import annotations

import asyncio

import numpy as np
import orjson
import pytest
from tests.support.dispatch import NOW
from tests.support.fakes import FixedClock
from tests.support.matching import KeptDecisions, KnownDrivers, ShownForTwo, context, matching, ride

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.features.domain.views import STATS_LAYOUT
from drivetrain.dispatch.matching.application.match_rider import Match, MatchRider
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy


def matched(drivers: KnownDrivers, ledger: KeptDecisions, most: int = 3, *, vehicle: str = "") -> Match:
    return asyncio.run(matching(drivers, ledger)(ride("r-1", vehicle), most, context()))


def test_the_best_drivers_come_first_and_no_more_than_were_asked_for() -> None:
    match = matched(KnownDrivers(20), KeptDecisions())
    assert [driver.driver_id for driver in match.drivers] == ["d0", "d1", "d2"]
    assert match.candidates == 20
    assert [round(driver.distance_km, 2) for driver in match.drivers] == [0.0, 0.1, 0.2]


def test_the_ledger_has_what_was_asked_and_answered_and_by_which_policy() -> None:
    ledger = KeptDecisions()
    match = matched(KnownDrivers(2), ledger)
    (decision,) = ledger.decisions
    assert (decision.decision_id, decision.decided_at) == (match.decision_id, NOW)
    assert (decision.product, decision.model.name, decision.model.version) == (
        "dispatch",
        "dispatch-pick-up",
        "1",
    )
    assert orjson.loads(decision.input_json) == {
        "rider_id": "rider",
        "request_id": "r-1",
        "pickup": [40.7, -74.0],
        "dropoff": None,
        "vehicle": None,
    }
    answer = orjson.loads(decision.answer_json)
    assert [driver["driver_id"] for driver in answer["drivers"]] == ["d0", "d1"]
    assert len(decision.features) == 4


def test_the_ledger_has_what_was_known_of_the_drivers_and_up_to_where_the_log_was_counted() -> None:
    ledger, known = KeptDecisions(), ShownForTwo()
    match = MatchRider(KnownDrivers(3), PickUpPolicy(), FixedClock(NOW), 10.0, ledger, features=known)
    asyncio.run(match(ride("r-1"), 3, context()))
    (decision,) = ledger.decisions
    assert orjson.loads(decision.input_json)["features_as_of"] == {
        "layout": STATS_LAYOUT.digest,
        "as_of_us": 99,
        "offsets": [[2, 17]],
    }
    figures = np.reshape(decision.features, (3, 5))
    np.testing.assert_array_equal(figures[:, 2], [0.5, 0.25, np.nan])
    np.testing.assert_array_equal(figures[:, 3], [np.nan] * 3)
    np.testing.assert_array_equal(figures[:, 4], [3, 1, 0])
    assert (match.use.known.tolist(), match.use.missing.tolist()) == ([2, 0, 3], [1, 3, 0])


def test_while_nothing_is_known_of_drivers_the_ledger_has_none_of_it() -> None:
    ledger, known = KeptDecisions(), ShownForTwo()
    known.shown = None
    match = MatchRider(KnownDrivers(2), PickUpPolicy(), FixedClock(NOW), 10.0, ledger, features=known)
    asyncio.run(match(ride("r-1"), 3, context()))
    (decision,) = ledger.decisions
    assert "features_as_of" not in orjson.loads(decision.input_json)
    assert len(decision.features) == 4
    assert (match.use.known.tolist(), match.use.missing.tolist()) == ([0, 0, 0], [2, 2, 2])


def test_where_nobody_is_idle_the_answer_is_nobody_and_is_in_the_ledger() -> None:
    ledger = KeptDecisions()
    match = matched(KnownDrivers(0), ledger)
    assert (match.drivers, match.candidates) == ([], 0)
    assert len(ledger.decisions) == 1


def test_drivers_of_another_vehicle_are_not_matched() -> None:
    assert matched(KnownDrivers(3, vehicle="van"), KeptDecisions(), vehicle="sedan").drivers == []
    assert len(matched(KnownDrivers(3, vehicle="van"), KeptDecisions(), vehicle="van").drivers) == 3
    assert len(matched(KnownDrivers(3), KeptDecisions(), vehicle="van").drivers) == 3


def test_drivers_beyond_the_radius_are_not_matched() -> None:
    match = asyncio.run(matching(KnownDrivers(20), KeptDecisions(), radius_km=0.55)(ride(), 100, context()))
    assert len(match.drivers) == 6


def test_a_process_that_has_just_begun_says_so_and_writes_no_decision() -> None:
    drivers, ledger = KnownDrivers(2), KeptDecisions()
    drivers.is_catching_up = True
    with pytest.raises(UnavailableError) as raised:
        matched(drivers, ledger)
    assert raised.value.code == "dispatch.catching_up"
    assert ledger.decisions == []
