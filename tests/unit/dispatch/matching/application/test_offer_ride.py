"""One free driver is held; who is lost to others is not asked again, and a failure frees them."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from tests.support.matching import KeptDecisions, KnownDrivers, MemoryHolder, context, matching, ride

from drivetrain.core.errors import ConflictError, UnavailableError
from drivetrain.dispatch.matching.application.match_rider import CANDIDATES
from drivetrain.dispatch.matching.application.offer_ride import OfferRide


def offering(drivers: KnownDrivers, holder: MemoryHolder, ledger: KeptDecisions | None = None) -> OfferRide:
    return OfferRide(matching(drivers, ledger or KeptDecisions(), radius_km=30.0), holder, offer_s=12)


async def test_the_best_driver_is_held_and_the_decision_is_the_offer() -> None:
    holder, ledger = MemoryHolder(), KeptDecisions()
    match, offer = await offering(KnownDrivers(), holder, ledger)(ride("r"), "r", 2, context())
    assert offer is not None
    assert (offer.driver_id, offer.offer_id) == ("d0", match.decision_id)
    assert [driver.driver_id for driver in match.drivers] == ["d0", "d1"]
    assert orjson.loads(holder.decisions[0].answer_json)["offered"] == "d0"
    assert ledger.decisions == []  # it was written with the hold, and not twice


async def test_the_next_best_is_held_where_others_hold_the_best() -> None:
    holder = MemoryHolder(elsewhere=["d0", "d1"])
    offer_ride = offering(KnownDrivers(), holder)
    _, offer = await offer_ride(ride("r"), "r", 2, context())
    assert offer is not None
    assert offer.driver_id == "d2"
    assert offer_ride.lost == 2
    await offer_ride(ride("q"), "q", 2, context())
    assert [wanted.driver_id for wanted in holder.wanted] == ["d0", "d1", "d2", "d3"]  # nobody twice


async def test_many_at_once_hold_each_driver_once() -> None:
    holder = MemoryHolder()
    offer_ride = offering(KnownDrivers(12), holder)
    made = await asyncio.gather(
        *(offer_ride(ride(f"r{number}"), f"r{number}", 1, context()) for number in range(20))
    )
    held = [offer.driver_id for _, offer in made if offer is not None]
    assert sorted(held) == sorted(f"d{number}" for number in range(12))
    assert len(holder.wanted) == 12


async def test_in_a_crowd_of_held_drivers_the_first_free_one_behind_them_is_found() -> None:
    drivers, holder = KnownDrivers(CANDIDATES + 20), MemoryHolder()
    offer_ride = offering(drivers, holder)
    for number in range(CANDIDATES):
        await offer_ride(ride(f"r{number}"), f"r{number}", 1, context())
    match, offer = await offer_ride(ride("q"), "q", 3, context())
    assert offer is not None
    assert offer.driver_id == f"d{CANDIDATES}"
    assert [driver.driver_id for driver in match.drivers] == [f"d{CANDIDATES + n}" for n in range(3)]


async def test_held_drivers_are_not_matched_without_a_hold_either() -> None:
    offer_ride = offering(KnownDrivers(3), MemoryHolder())
    await offer_ride(ride("r"), "r", 1, context())
    match = await offer_ride.match(ride("q"), 5, context())
    assert [driver.driver_id for driver in match.drivers] == ["d1", "d2"]
    assert match.candidates == 2


@pytest.mark.parametrize("ahead_s", [-300, 300])
async def test_how_long_a_driver_is_held_here_does_not_depend_on_the_clock_of_the_database(
    ahead_s: int,
) -> None:
    drivers, holder = KnownDrivers(1), MemoryHolder()
    holder.ahead_s = ahead_s
    offer_ride = offering(drivers, holder)
    await offer_ride(ride("r"), "r", 1, context())
    drivers.at_us += 11_999_999
    assert offer_ride.match.rank(ride("q"), 1) == []
    drivers.at_us += 2
    assert len(offer_ride.match.rank(ride("q"), 1)) == 1


async def test_a_request_that_loses_every_hold_ends() -> None:
    count = 150
    holder = MemoryHolder(elsewhere=[f"d{number}" for number in range(count)])
    _, offer = await offering(KnownDrivers(count), holder)(ride("r"), "r", 1, context())
    assert offer is None
    assert len(holder.wanted) == 100


async def test_where_nobody_is_free_there_is_no_offer_and_the_ledger_says_so() -> None:
    ledger = KeptDecisions()
    offer_ride = offering(KnownDrivers(1), MemoryHolder(), ledger)
    await offer_ride(ride("r"), "r", 1, context())
    match, offer = await offer_ride(ride("q"), "q", 1, context())
    assert offer is None
    assert match.drivers == ()
    assert [decision.decision_id for decision in ledger.decisions] == [match.decision_id]


async def test_a_driver_is_free_again_when_the_offer_is_over() -> None:
    drivers, holder = KnownDrivers(1), MemoryHolder()
    offer_ride = offering(drivers, holder)
    await offer_ride(ride("r"), "r", 1, context())
    drivers.at_us += 12_000_001
    holder.elsewhere.clear()
    _, offer = await offer_ride(ride("q"), "q", 1, context())
    assert offer is not None


@pytest.mark.parametrize(
    "error", [UnavailableError("away"), ConflictError("x", code="dispatch.already_offered")]
)
async def test_a_driver_who_could_not_be_held_can_be_tried_again(error: Exception) -> None:
    holder = MemoryHolder()
    offer_ride = offering(KnownDrivers(1), holder)
    holder.error = error
    with pytest.raises(type(error)):
        await offer_ride(ride("r"), "r", 1, context())
    holder.error = None
    _, offer = await offer_ride(ride("r"), "r", 1, context())
    assert offer is not None
