"""What the board reads of requests and their lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from drivetrain.dispatch.events.domain.events import Place
from drivetrain.dispatch.matching.domain.life import RideState


class Happening(StrEnum):
    """What is counted by minute."""

    REQUESTED = "requested"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    PICKED_UP = "picked_up"
    COMPLETED = "completed"
    CANCELLED_BY_RIDER = "cancelled_by_rider"
    CANCELLED_BY_DRIVER = "cancelled_by_driver"
    UNSERVED = "unserved"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Minute:
    """What happened in a minute; nothing of a kind that is not named."""

    begins_at: datetime
    counts: Mapping[Happening, int]


@dataclass(frozen=True, slots=True)
class WaitingRider:
    """A rider whom nobody has picked up yet.

    Attributes:
        state: requested, offered or accepted.
        place: of the pick-up; None where the request did not come as an event.
    """

    request_id: str
    rider_id: str
    state: RideState
    requested_at: datetime
    driver_id: str | None
    place: Place | None


@dataclass(frozen=True, slots=True)
class RidesNow:
    """Open requests, and the last half hour.

    Attributes:
        at: the instant, by the clock of the database.
        by_state: requests that have not ended.
        waiting: those who wait longest, longest first; not all where there are many.
        minutes: oldest first, without gaps; the last one goes on.
        is_synthetic: whether any request that is counted is made up, by its id.
    """

    at: datetime
    by_state: Mapping[RideState, int]
    waiting: Sequence[WaitingRider]
    minutes: Sequence[Minute]
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class RideCursor:
    """A place in the list of requests: those that changed before."""

    changed_at: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class ListedRide:
    """A request in a list.

    Attributes:
        driver_id, expires_at: of its offer; None where there is none.
    """

    request_id: str
    rider_id: str
    state: RideState
    version: int
    driver_id: str | None
    expires_at: datetime | None
    requested_at: datetime
    changed_at: datetime


class RideBoard(Protocol):
    """Requests as a desk looks at them. Blocking."""

    def now(self) -> RidesNow:
        """How they stand.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def latest(self, state: RideState | None, before: RideCursor | None, most: int) -> Sequence[ListedRide]:
        """Requests, those that changed last first.

        Args:
            state: only these; None for all.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...
