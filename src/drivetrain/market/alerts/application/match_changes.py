"""Finding out for whom a change of a listing is news."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.core.event_log import EventLog
from drivetrain.core.time import Clock
from drivetrain.market.alerts.application.follow_searches import FollowSearches
from drivetrain.market.alerts.application.ports import ChangeBatch, ChangeStore
from drivetrain.market.alerts.domain.alert import Alert, SeenListing, alerts_of, remembered
from drivetrain.market.listings.domain.events import LISTINGS
from drivetrain.market.search.application.ports import LiveCars
from drivetrain.market.search.domain.columns import ListedCar

MOST_EVENTS = 250
"""Of a partition in one batch: what is found waits for the others of its batch."""


@dataclass(frozen=True, slots=True)
class MatchChanges:
    """Takes in changes of listings, a batch at a time, and adds what people want to be told of them.

    What changed is read from the database, not from the event, and compared with how it was seen last. Alerts, what was
    seen and how far the log was read are written in one transaction: whenever the process is killed, nothing is lost and
    nothing is done twice.
    """

    following: FollowSearches
    log: EventLog
    cars: LiveCars
    store: ChangeStore
    clock: Clock

    def __call__(self) -> int | None:
        """How many events were taken in; None where another process does it.

        Raises:
            UnavailableError: the database cannot be reached; nothing was changed.
        """
        with self.store.batch() as batch:
            if batch is None:
                return None
            offsets = batch.offsets()
            if offsets is None:
                self._begin(batch)
                return 0
            events = self.log.read(LISTINGS, offsets, most=MOST_EVENTS)
            if len(events):
                self._take(batch, {key.replace("-", "") for key in events.keys})
            if events.following != offsets:
                batch.advance(events.following)
            return len(events)

    def _begin(self, batch: ChangeBatch) -> None:
        """See what is on sale at the first time; none of it is news."""
        offsets = self.log.ends(LISTINGS)
        batch.remember({car.listing_id: SeenListing(car, is_live=True) for car in self.cars.all()})
        batch.advance(offsets)

    def _take(self, batch: ChangeBatch, ids: set[str]) -> None:
        seen, shown, now = batch.seen(ids), self.cars.shown(ids), self.clock.now()
        alerts: list[Alert] = []
        present: dict[str, SeenListing] = {}
        for listing_id in sorted(ids):
            former, listing = seen.get(listing_id), shown.get(listing_id)
            if listing is not None:
                car = ListedCar.of(listing)
                alerts += alerts_of(self.following.table, former, car, listing.version, now)
                present[listing_id] = remembered(former, car)
            elif former is not None:
                present[listing_id] = SeenListing(former.car, is_live=False)
        batch.add(alerts)
        batch.remember(present)
