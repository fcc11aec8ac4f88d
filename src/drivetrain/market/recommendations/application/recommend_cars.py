"""Recommending live cars to one buyer, under hard limits."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.ids import new_id
from drivetrain.core.time import Clock
from drivetrain.market.recommendations.application.follow_fit import FollowFit
from drivetrain.market.recommendations.application.ports import Profile, Profiles
from drivetrain.market.recommendations.domain.interaction import Actor
from drivetrain.market.recommendations.domain.reasons import SaidReason, reasons_for
from drivetrain.market.recommendations.domain.scoring import (
    MOST_SEEN,
    RULES,
    Scores,
    SeenCar,
    scored,
)
from drivetrain.market.recommendations.domain.slate import Slot, slate_of
from drivetrain.market.search.application.follow_listings import Snapshot
from drivetrain.market.search.application.ports import LiveCars
from drivetrain.market.search.application.search_listings import FoundCar, seen_from
from drivetrain.market.search.domain.columns import ID_DTYPE, ListedCar
from drivetrain.market.search.domain.index import RowArray, SearchIndex
from drivetrain.market.search.domain.query import SearchQuery
from drivetrain.market.search.domain.rates import RateTable
from drivetrain.market.search.domain.similar import SimilarCars


@dataclass(frozen=True, slots=True)
class RecommendedCar:
    """A live listing in its place of a slate."""

    found: FoundCar
    position: int
    propensity: float
    reasons: Sequence[SaidReason]


@dataclass(frozen=True, slots=True)
class Recommendations:
    """A slate for a buyer.

    Attributes:
        policy: version of the rules, a dot, and version of what was learned.
        total: cars within the limits that the buyer does not dislike.
        is_personal: whether anything was known of the buyer.
    """

    slate: UUID
    policy: str
    cars: Sequence[RecommendedCar]
    total: int
    is_personal: bool
    query: SearchQuery


@dataclass(frozen=True, slots=True)
class RecommendCars:
    """Scores all live cars within the limits in the index of this worker.

    Attributes:
        draw: for the places in which the platform learns.
    """

    fit: FollowFit
    profiles: Profiles
    cars: LiveCars
    rates: RateTable
    clock: Clock
    draw: random.Random

    def __call__(self, actor: Actor | None, query: SearchQuery) -> Recommendations:
        """Recommend.

        Args:
            actor: None for somebody of whom nothing is known.
            query: hard limits, the currency of the price and the number of cars; its order and cursor mean nothing.

        Raises:
            UnavailableError: the listings were not read yet, or the database cannot be reached.
        """
        latest = self.fit.latest
        snapshot, fitted = latest.snapshot, latest.fitted
        profile = Profile() if actor is None else self.profiles.of(actor)
        rows, total = _rows(snapshot, profile, query)
        scores = scored(
            fitted,
            profile.seen,
            rows,
            currency=query.currency,
            now_s=self.clock.now().timestamp(),
        )
        words = snapshot.index.columns.words
        slots = slate_of(scores, words["make"].codes, words["model"].codes, query.size, self.draw)
        return Recommendations(
            UUID(new_id()),
            f"{RULES}.{fitted.fit.version}",
            self._shown(slots, scores, snapshot, profile, query),
            total,
            bool(profile.seen),
            query,
        )

    def _shown(
        self,
        slots: Sequence[Slot],
        scores: Scores,
        snapshot: Snapshot,
        profile: Profile,
        query: SearchQuery,
    ) -> list[RecommendedCar]:
        """The slots whose cars are still on sale, with their reasons."""
        ids = snapshot.index.columns.ids[scores.rows[[slot.place for slot in slots]]]
        by_id = self.cars.shown([each.decode("ascii") for each in ids])
        nearest = _NearestSeen(profile.seen, self.rates)
        shown = []
        for slot, identifier in zip(slots, ids, strict=True):
            listing = by_id.get(identifier.decode("ascii"))
            if listing is None:
                continue
            car = ListedCar.of(listing)
            reasons = reasons_for(
                car,
                {name: float(part[slot.place]) for name, part in scores.parts.items()},
                nearest.to(car),
                is_drawn=slot.is_drawn,
            )
            found = seen_from(query, listing, self.rates)
            shown.append(RecommendedCar(found, slot.position, slot.propensity, reasons))
        return shown


class _NearestSeen:
    """Finds which of the cars that a buyer looked at differs least from another one."""

    def __init__(self, seen: Sequence[SeenCar], rates: RateTable) -> None:
        last = seen[:MOST_SEEN]
        self._by_id = {each.car.listing_id: each for each in last}
        self._similar = SimilarCars.of(SearchIndex.of([each.car for each in last], rates))

    def to(self, car: ListedCar) -> SeenCar | None:
        """The one; None where there is none."""
        if not self._by_id:
            return None
        neighbors, _ = self._similar.nearest(car, SearchQuery(size=1))
        return self._by_id[neighbors[0].listing_id] if neighbors else None


def _rows(snapshot: Snapshot, profile: Profile, query: SearchQuery) -> tuple[RowArray, int]:
    """The rows that may be recommended, and how many pass the limits and are not disliked.

    What was opened before is left out while there is enough else.
    """
    matching = snapshot.index.matching(query)
    ids = snapshot.index.columns.ids
    matching[_places(ids, profile.disliked)] = False
    total = int(np.count_nonzero(matching))
    unopened = matching.copy()
    unopened[_places(ids, profile.opened)] = False
    rows = np.flatnonzero(unopened)
    return (rows if len(rows) >= query.size else np.flatnonzero(matching)), total


def _places(ids: NDArray[np.bytes_], some: Collection[str]) -> RowArray:
    """The rows of some listings, those that are there."""
    wanted = np.array(sorted(some), dtype=ID_DTYPE)
    if not len(ids) or not len(wanted):
        return np.zeros(0, dtype=np.intp)
    places = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    found: RowArray = places[ids[places] == wanted]
    return found
