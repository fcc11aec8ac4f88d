"""How an asking price stands to what such a car is worth, the doubt about that respected, and why in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivetrain.core.prices import COVERAGE
from drivetrain.resale.used.domain.value import UsedCarValue


class DealRating(StrEnum):
    """From the best deal for a buyer to the worst."""

    GREAT = "great"
    GOOD = "good"
    FAIR = "fair"
    HIGH = "high"
    OVERPRICED = "overpriced"


def rate_deal(asking: float, value: float, low: float, high: float) -> DealRating:
    """Rate an asking price against a range.

    The two strong words need strong evidence: a price outside a range that holds nine in ten. Inside it, the
    middle half of either side is fair, since a difference that small is within what the model gets wrong on
    an ordinary car.

    Args:
        asking: > 0, in the currency of the range.
        value, low, high: ``0 < low <= value <= high``.
    """
    if asking < low:
        return DealRating.GREAT
    if asking > high:
        return DealRating.OVERPRICED
    if asking < (low + value) / 2:
        return DealRating.GOOD
    return DealRating.FAIR if asking <= (value + high) / 2 else DealRating.HIGH


_PLACES = {
    DealRating.GREAT: "It lies below the whole range of {range}, which holds {coverage:.0%} of such listings.",
    DealRating.GOOD: "It lies inside the range of {range}, nearer to its lower end than to the value.",
    DealRating.FAIR: "It lies inside the range of {range}, nearer to the value than to either end: so close, the value itself "
    "may be wrong by as much.",
    DealRating.HIGH: "It lies inside the range of {range}, nearer to its upper end than to the value.",
    DealRating.OVERPRICED: "It lies above the whole range of {range}, which holds {coverage:.0%} of such listings.",
}
_UNSEEN = {
    DealRating.GREAT: "Ask why: condition, accidents and history are not in the table, and may be the reason.",
    DealRating.OVERPRICED: "Condition, options and history are not in the table, and may be the reason.",
}


@dataclass(frozen=True, slots=True)
class Deal:
    """An asking price beside the value of the car, both in whole cents of one currency."""

    worth: UsedCarValue
    asking_price: float

    @property
    def rating(self) -> DealRating:
        """What the asking price is, for a buyer."""
        return rate_deal(self.asking_price, self.worth.value, self.worth.low, self.worth.high)

    @property
    def difference(self) -> float:
        """Asking price minus value."""
        return round(self.asking_price - self.worth.value, 2)

    def why(self) -> list[str]:
        """The rating in words, one sentence each."""
        rating, worth = self.rating, self.worth
        bounds = f"{worth.low:,.2f} to {worth.high:,.2f} {worth.currency}"
        sentences = [self._compared(), _PLACES[rating].format(range=bounds, coverage=COVERAGE)]
        return [*sentences, _UNSEEN[rating]] if rating in _UNSEEN else sentences

    def as_dict(self) -> dict[str, object]:
        """The deal as it stands in answers and in the ledger."""
        return {
            "rating": self.rating.value,
            "asking_price": self.asking_price,
            "difference": self.difference,
            "why": self.why(),
            **self.worth.as_dict(),
        }

    def relative_width(self) -> float:
        """Width of the value's range as a share of the value."""
        return self.worth.relative_width()

    def _compared(self) -> str:
        worth, apart = self.worth, abs(self.difference)
        if not apart:
            return f"The asking price is the value, {worth.value:,.2f} {worth.currency}."
        side = "below" if self.difference < 0 else "above"
        share = f"{apart / worth.value:.0%}"
        return f"The asking price is {apart:,.2f} {worth.currency} ({share}) {side} the value of {worth.value:,.2f}."
