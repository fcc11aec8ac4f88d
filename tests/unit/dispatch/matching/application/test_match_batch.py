"""Riders who wait are matched together, by the ranking that single matches use."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from dataclasses import replace

import orjson
import pytest
from tests.support.dispatch import NOW
from tests.support.fakes import FixedClock
from tests.support.matching import CENTER, KnownDrivers, MemoryHolder, ShownForTwo

from drivetrain.core.errors import UnavailableError
from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.matching.application.match_batch import Batch, MatchBatch, WaitingRide
from drivetrain.dispatch.matching.application.match_rider import RankDrivers, Ride
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.matching.domain.window_policies import FIRST, WINDOW_POLICIES


class FewRides:
    """Some riders who wait, and drivers who are held."""

    def __init__(self, rides: Sequence[WaitingRide], held: Set[str] = frozenset()) -> None:
        self.rides = rides
        self.holds = held

    def waiting(self, city: City | None, most: int) -> Sequence[WaitingRide]:
        return self.rides[:most]

    def held(self, driver_ids: Sequence[str]) -> Set[str]:
        return self.holds & set(driver_ids)


class Tenures:
    """Gives one tenure after the other; the last one for ever."""

    def __init__(self, *tenures: int | None) -> None:
        self.left = list(tenures)

    def take(self, city: str) -> int | None:
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


def rider(
    name: str, north: float = 0.0, *, waited_min: float = 0.0, refused_by: Set[str] = frozenset()
) -> WaitingRide:
    """A rider so many hundred meters north of the first driver."""
    pickup = Place(CENTER.latitude + north * 0.0009, CENTER.longitude)
    return WaitingRide(Ride(f"rider-{name}", name, pickup, None, ""), name, waited_min, refused_by)


def matcher(
    rides: FewRides,
    drivers: KnownDrivers,
    holder: MemoryHolder,
    *,
    leases: Tenures | None = None,
    deadline_s: float = 60.0,
    features: ShownForTwo | None = None,
    policy: str = FIRST,
) -> MatchBatch:
    ranking = RankDrivers(drivers, PickUpPolicy(), FixedClock(NOW), 10.0, features=features)
    return MatchBatch(
        ranking, holder, rides, leases or Tenures(1), deadline_s, lambda: WINDOW_POLICIES[policy]
    )


def matched(
    rides: Sequence[WaitingRide],
    drivers: int = 20,
    holder: MemoryHolder | None = None,
    held: Set[str] = frozenset(),
    **how: float,
) -> tuple[Batch | None, dict[str, str]]:
    holder = holder or MemoryHolder()
    batch = asyncio.run(matcher(FewRides(rides, held), KnownDrivers(drivers), holder, **how)(None))
    return batch, holder.offers


def test_the_sum_of_waits_is_least_where_one_by_one_would_be_longer() -> None:
    """Of two drivers, d0 is the nearest to both riders; d1 is near the northern one only."""
    _, offers = matched([rider("north", 0.6), rider("south", -30)], drivers=2)
    assert offers == {"north": "d1", "south": "d0"}


def test_where_there_is_no_time_the_closest_pairs_are_made() -> None:
    batch, offers = matched([rider("north", 0.4), rider("south", -30)], drivers=2, deadline_s=1e-12)
    assert batch is not None
    assert (batch.is_optimal, batch.offers) == (False, 2)
    assert offers == {"north": "d0", "south": "d1"}


def test_of_two_riders_for_one_driver_the_one_who_has_waited_gets_them() -> None:
    batch, offers = matched([rider("new", 0), rider("old", 3, waited_min=5.0)], drivers=1)
    assert offers == {"old": "d0"}
    assert batch is not None
    assert (batch.riders, batch.offers, batch.lost) == (2, 1, 0)


def test_held_drivers_and_those_who_declined_are_offered_to_nobody() -> None:
    _, offers = matched([rider("r", refused_by={"d1"})], drivers=3, held={"d0"})
    assert offers == {"r": "d2"}
    assert matched([rider("r", refused_by={"d1"})], drivers=2, held={"d0"})[1] == {}


def test_held_drivers_around_a_rider_do_not_hide_free_ones_farther_away() -> None:
    holder, around = MemoryHolder(), {f"d{number}" for number in range(60)}
    match = matcher(FewRides([rider("r")], around), KnownDrivers(80), holder)

    async def windows() -> None:
        for _ in range(3):
            await match(None)

    asyncio.run(windows())
    assert holder.offers == {"r": "d60"}


def test_a_driver_whom_somebody_else_holds_meanwhile_is_lost_and_the_others_are_offered() -> None:
    batch, offers = matched([rider("a"), rider("b", 1)], drivers=2, holder=MemoryHolder(["d0"]))
    assert batch is not None
    assert (batch.offers, batch.lost) == (1, 1)
    assert offers == {"b": "d1"}


def test_a_request_that_has_an_offer_by_now_is_left_alone() -> None:
    holder = MemoryHolder()
    holder.offers["a"] = "d7"
    batch, _ = matched([rider("a")], holder=holder)
    assert batch is not None
    assert (batch.offers, holder.offers) == (0, {"a": "d7"})


def test_the_ledger_says_that_it_was_a_batch_and_in_which_tenure() -> None:
    holder = MemoryHolder()
    asyncio.run(matcher(FewRides([rider("a")]), KnownDrivers(2), holder, leases=Tenures(7))(None))
    (decision,) = holder.decisions
    answer = orjson.loads(decision.answer_json)
    assert (answer["matcher"], answer["tenure"], answer["offered"]) == ("batch", 7, "d0")
    assert (decision.model.name, decision.caller) == ("dispatch-pick-up", "batch matcher")


def test_the_ledger_has_what_was_known_of_the_drivers_of_a_window() -> None:
    holder = MemoryHolder()
    match = matcher(FewRides([rider("a")]), KnownDrivers(2), holder, features=ShownForTwo())
    asyncio.run(match(None))
    (decision,) = holder.decisions
    assert orjson.loads(decision.input_json)["features_as_of"]["offsets"] == [[2, 17]]
    assert [figures[2] for figures in zip(*[iter(decision.features)] * 5, strict=True)] == [0.5, 0.25]


@pytest.mark.parametrize("tenures", [(None,), (1, 2), (1, None)])
def test_a_process_without_the_city_or_that_lost_it_meanwhile_offers_nobody(
    tenures: tuple[int | None, ...],
) -> None:
    holder = MemoryHolder()
    batch = asyncio.run(
        matcher(FewRides([rider("a")]), KnownDrivers(2), holder, leases=Tenures(*tenures))(None)
    )
    assert (batch, holder.wanted) == (None, [])


def test_while_the_database_is_away_the_window_fails_as_a_whole() -> None:
    holder = MemoryHolder()
    holder.error = UnavailableError("away")
    with pytest.raises(UnavailableError):
        matched([rider("a")], holder=holder)


def test_a_window_of_nobody_is_nothing() -> None:
    batch, offers = matched([])
    assert batch is not None
    assert (batch.riders, batch.offers, offers) == (0, 0, {})


def test_a_window_is_matched_by_the_policy_in_force_and_its_decisions_name_it() -> None:
    """The only driver is farther than the policy offers to somebody who has just asked."""
    far = rider("far", -25.0)  # 2.5 km, 10.4 minutes
    waited = replace(far, waited_min=4.0)
    for policy, rides, offers in (("near_first", far, 0), ("near_first", waited, 1), ("windows", far, 1)):
        holder = MemoryHolder()
        batch = asyncio.run(matcher(FewRides([rides]), KnownDrivers(1), holder, policy=policy)(None))
        assert batch is not None
        assert len(holder.offers) == offers
        versions = {decision.model.version for decision in holder.decisions}
        assert versions == ({WINDOW_POLICIES[policy].version} if offers else set())
