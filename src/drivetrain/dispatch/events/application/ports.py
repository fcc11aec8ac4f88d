"""What taking events in needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivetrain.dispatch.events.domain.events import DriverUpdate, RiderRequest

RequestsById = Mapping[str, RiderRequest]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Checked events that came together.

    Attributes:
        requests: each id once.
        received_us: when they arrived, microseconds since 1970.
    """

    updates: Sequence[DriverUpdate]
    requests: Sequence[RiderRequest]
    received_us: int

    def __len__(self) -> int:
        return len(self.updates) + len(self.requests)


class EventKeeper(Protocol):
    """Makes events durable, each request once."""

    async def keep(self, arrivals: Arrivals) -> RequestsById:
        """Return once they are durable, with the request that stands under each id.

        A request whose id was known before is not kept again; the one of then is returned.

        Raises:
            UnavailableError: they could not be kept; nothing was acknowledged, and sending them again does no harm.
        """
        ...
