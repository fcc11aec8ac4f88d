"""Record what trips really took: nothing that was reported is lost, nothing is doubled, nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.errors import FieldError
from drivetrain.core.time import Clock
from drivetrain.trips.outcomes.domain.outcomes import TripOutcomes, outcomes_of_rides
from drivetrain.trips.rides.domain.rides import Rides

BLOCK_RIDES = 100_000
"""A few seconds of the database's time, whatever the slot holds."""

OUTCOME_CONFLICT = "trips.outcome_conflict"
"""Code of an outcome that differs from the one that stands."""


@dataclass(frozen=True, slots=True)
class Report:
    """Who reports outcomes, when and from where.

    Attributes:
        by: subject of the key, or who else.
        source: ``api``, ``file``, ``command line``, or the name of the rides' source.
        is_synthetic: True for durations that were drawn, not driven.
    """

    by: str
    at: datetime
    source: str
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class AddedOutcomes:
    """What became of reported outcomes, in their order.

    Attributes:
        is_new: shape (n,); False where the same outcome was already recorded, and for failed ones.
        is_waiting: shape (n,); True where the trip has no prediction yet.
        failed: what is wrong, by 0-based place: another outcome stands, or the end does not fit the trip's
            start.
    """

    is_new: NDArray[np.bool_]
    is_waiting: NDArray[np.bool_]
    failed: Mapping[int, FieldError]

    @property
    def counts(self) -> dict[str, int]:
        """How many met which end."""
        good = len(self.is_new) - len(self.failed)
        new = int(self.is_new.sum())
        return {
            "ok": good,
            "failed": len(self.failed),
            "new": new,
            "repeated": good - new,
            "waiting": self.waiting,
        }

    @property
    def waiting(self) -> int:
        """Good outcomes whose trip has no prediction yet."""
        is_good = np.ones(len(self.is_new), dtype=np.bool_)
        is_good[list(self.failed)] = False
        return int((self.is_waiting & is_good).sum())


class OutcomeStore(Protocol):
    """Keeps outcomes. Raises UnavailableError without the database; nothing was kept then."""

    def add(self, outcomes: TripOutcomes, report: Report, *, whole: bool) -> AddedOutcomes:
        """Keep outcomes, durable on return. The same outcome again changes nothing, not even who reported it.

        Args:
            whole: True to keep all or nothing.
        """
        ...


@dataclass(frozen=True, slots=True)
class RecordOutcomes:
    """Records outcomes as somebody reports them.

    Attributes:
        block_rides: most rides of a slot in one transaction.
    """

    store: OutcomeStore
    clock: Clock
    block_rides: int = BLOCK_RIDES

    def __call__(
        self, outcomes: TripOutcomes, *, by: str, source: str, is_synthetic: bool = False, whole: bool = True
    ) -> AddedOutcomes:
        """Record outcomes.

        Args:
            whole: True to keep all of them, or nothing when ``failed`` names one.

        Raises:
            UnavailableError: the database cannot be reached; report them again.
        """
        return self.store.add(outcomes, Report(by, self.clock.now(), source, is_synthetic), whole=whole)

    def of_rides(
        self, trip_ids: NDArray[np.void], rides: Rides, *, by: str, source: str, is_synthetic: bool
    ) -> dict[str, int]:
        """Record the outcomes of a slot's rides that carry their duration; those without are left out.

        Blocks are kept one by one: what was cut off is recorded by the same call again.

        Args:
            trip_ids: as ``ids.trip_ids`` gives them, shape (n_rides,).
            source: name of the rides' source.
            is_synthetic: True when the rides were drawn.

        Returns:
            How many met which end, as ``AddedOutcomes.counts`` has them.

        Raises:
            UnavailableError: the database cannot be reached; report them again.
        """
        totals: Counter[str] = Counter()
        for start in range(0, len(rides), self.block_rides):
            end = start + self.block_rides
            outcomes = outcomes_of_rides(trip_ids[start:end], rides.part(start, end))
            added = self(outcomes, by=by, source=source, is_synthetic=is_synthetic, whole=False)
            totals.update(added.counts)
        return dict(totals)
