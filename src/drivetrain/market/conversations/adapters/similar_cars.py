"""Similar cars from the index of this worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from drivetrain.core.access import Caller
from drivetrain.core.errors import DrivetrainError
from drivetrain.market.conversations.domain.first_answer import MOST_SIMILAR, OtherCar
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.search.application.find_similar import FindSimilar
from drivetrain.market.search.domain.query import SearchQuery

_CALLER = Caller("market:conversations", "", frozenset())
_log = structlog.get_logger("drivetrain.conversations")


@dataclass(frozen=True, slots=True)
class SimilarFromIndex:
    """The port ``SimilarCars``."""

    find: FindSimilar

    def __call__(self, listing: Listing) -> Sequence[OtherCar]:
        """Those of the index; none while it is being read, because an answer without them is better than none."""
        try:
            answer = self.find(listing.listing_id, SearchQuery(size=MOST_SIMILAR), None, _CALLER)
        except DrivetrainError as error:
            _log.info("no similar cars for an automatic answer", code=error.code)
            return []
        found = [each.found.listing for each in answer.cars]
        return [
            OtherCar(
                str(car.listing_id),
                car.car.make,
                car.car.model,
                car.car.year,
                car.price.amount,
                car.price.currency,
            )
            for car in found
        ]
