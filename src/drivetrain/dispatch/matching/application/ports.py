"""What matching needs of others: idle drivers, and holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drivetrain.dispatch.state.domain.cells import CellIndex
from drivetrain.lifecycle.serving.predictions import Decision


class IdleDrivers(Protocol):
    """Who is idle, as this process knows it."""

    @property
    def index(self) -> CellIndex:
        """Where they are."""
        ...

    @property
    def is_catching_up(self) -> bool:
        """Whether the process has just begun, and does not yet know who is idle."""
        ...

    @property
    def not_before_us(self) -> int:
        """The oldest position that is matched now, microseconds since 1970."""
        ...

    def now_us(self) -> int:
        """The present, microseconds since 1970."""
        ...


@dataclass(frozen=True, slots=True)
class WantedHold:
    """A driver to be held for a request.

    Attributes:
        decision: written together with the hold; its id is that of the offer.
    """

    driver_id: str
    request_id: str
    rider_id: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Hold:
    """A driver is held.

    Attributes:
        fence: larger than that of every earlier hold; what is done with an older one is refused.
    """

    fence: int
    until: datetime


class Holder(Protocol):
    """Holds drivers, each at most once at a time."""

    async def hold(self, wanted: WantedHold) -> Hold | None:
        """Hold a driver and write the decision, in one statement.

        A driver who was held for a request that has an offer is released by the next statement; where that does not
        come, when the time of an offer is over. No decision is written for it.

        None where somebody else holds the driver, or where the driver declined this request.

        Raises:
            ConflictError: ``dispatch.already_offered``; the request has an offer that has not expired, or is past
                being offered.
            UnavailableError: nobody knows whether the driver is held; if so, until the time of an offer is over.
        """
        ...
