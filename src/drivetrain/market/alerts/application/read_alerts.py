"""What a person was told, or will be, with the listings as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from drivetrain.core.access import Caller
from drivetrain.core.time import Clock
from drivetrain.market.alerts.application.keep_searches import person_of
from drivetrain.market.alerts.application.ports import AlertPage, AlertReader
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.search.application.ports import LiveCars


@dataclass(frozen=True, slots=True)
class ReadAlerts:
    """A person's alerts."""

    alerts: AlertReader
    cars: LiveCars
    clock: Clock

    def page(
        self, caller: Caller, *, search: UUID | None, before: UUID | None, most: int
    ) -> tuple[AlertPage, Mapping[str, Listing]]:
        """Alerts, newest first, with those of their listings that are still on sale, by id.

        Raises:
            NotAllowedError: ``market.no_person``.
        """
        page = self.alerts.page(person_of(caller), search, before, most)
        return page, self.cars.shown({each.listing.hex for each in page.items})

    def mark_seen(self, caller: Caller, up_to: UUID) -> int:
        """Mark all up to one as seen, so that one that comes meanwhile stays unseen; how many were not.

        Raises:
            NotAllowedError: ``market.no_person``.
        """
        return self.alerts.mark_seen(person_of(caller), up_to, self.clock.now())
