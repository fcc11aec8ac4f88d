"""What the life of a request needs, and what is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drivetrain.dispatch.matching.domain.life import RideState, RideStep


@dataclass(frozen=True, slots=True)
class RideEvent:
    """A state that a request came to.

    Attributes:
        driver_id, fence: of the offer; None where there was none.
        actor: who did it, as in the ledger.
    """

    state: RideState
    at: datetime
    driver_id: str | None
    fence: int | None
    actor: str


@dataclass(frozen=True, slots=True)
class RideRecord:
    """A request as it stands.

    Attributes:
        state: an offer whose time is over counts as requested again.
        version: how often it has changed; 0 for a request that nothing was done about.
        expires_at: of the offer, while there is one.
    """

    request_id: str
    rider_id: str
    state: RideState
    version: int
    driver_id: str | None
    offer_id: str | None
    fence: int | None
    expires_at: datetime | None
    history: Sequence[RideEvent] = ()


class RideStore(Protocol):
    """Requests and their lives. Blocking."""

    def step(self, request_id: str, step: RideStep, fence: int | None, actor: str) -> RideRecord:
        """Do a step: state, hold of the driver, history and event in the log, all or none.

        Args:
            fence: of the offer, for what a driver does; None for what a rider does.

        Raises:
            NotFoundError: ``dispatch.unknown_request``.
            ConflictError: ``dispatch.offer_expired``; the fence is not that of the offer, or its time is over.
                ``dispatch.step_not_possible``; the request is in another state.
            UnavailableError: the database cannot be reached; nothing was done.
        """
        ...

    def find(self, request_id: str) -> RideRecord:
        """The request with its history.

        Raises:
            NotFoundError: ``dispatch.unknown_request``.
            UnavailableError: the database cannot be reached.
        """
        ...
