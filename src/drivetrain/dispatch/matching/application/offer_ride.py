"""Offering a ride: the best driver whom nobody holds is held for the rider, for as long as the offer lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drivetrain.core.ids import new_id
from drivetrain.dispatch.matching.application.match_rider import Match, MatchRider, RankedDriver, Ride
from drivetrain.dispatch.matching.application.ports import Hold, Holder, WantedHold
from drivetrain.lifecycle.serving.predictions import RequestContext

_MOST_LOST = 100
"""After so many lost holds a request finds nobody: the drivers around it are being held as fast as it tries them."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A driver is held for a request.

    Attributes:
        offer_id: also that of the decision.
        fence: whoever answers the offer names it; an older one than the driver's is refused.
    """

    offer_id: str
    driver_id: str
    fence: int
    expires_at: datetime


@dataclass(slots=True)
class OfferRide:
    """Holds one driver for a rider.

    Args:
        offer_s: how long an offer lasts, seconds.

    Attributes:
        lost: holds that somebody else had.
    """

    match: MatchRider
    holder: Holder
    offer_s: float
    lost: int = 0

    async def __call__(
        self, ride: Ride, request_id: str, most: int, context: RequestContext
    ) -> tuple[Match, Offer | None]:
        """The best drivers, the first of them held; no offer where nobody is idle and free within the radius.

        The decision is durable then, in one statement with the hold.

        Raises:
            ConflictError: ``dispatch.already_offered``.
            UnavailableError: as in the port ``Holder``, or ``dispatch.catching_up``.
        """
        tried = 0
        while ranked := self.match.rank(ride, most):  # anew after each loss: others are held meanwhile
            if tried == _MOST_LOST:
                break
            tried += 1
            driver = ranked[0]
            match = Match(ranked[:most], len(ranked), self.match.policy_ref, new_id())
            hold = await self._try(driver, match, ride, request_id, context)
            if hold is not None:
                return match, Offer(match.decision_id, driver.driver_id, hold.fence, hold.until)
        nobody = Match((), len(ranked), self.match.policy_ref, new_id())
        await self.match.decisions.append(self.match.decision(ride, nobody, context))
        return nobody, None

    async def _try(
        self, driver: RankedDriver, match: Match, ride: Ride, request_id: str, context: RequestContext
    ) -> Hold | None:
        """Hold one driver; meanwhile no other request of this process tries the same one."""
        now_us = self.match.idle.now_us()
        self.match.held.add(driver.driver_id, now_us + round(self.offer_s * 1e6), now_us)
        decision = self.match.decision(ride, match, context, offered=driver.driver_id)
        try:
            hold = await self.holder.hold(WantedHold(driver.driver_id, request_id, ride.rider_id, decision))
        except BaseException:
            self.match.held.free(driver.driver_id)
            raise
        if hold is None:  # somebody else has them, for the time of an offer at most
            self.lost += 1
        return hold
