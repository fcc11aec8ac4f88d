"""Why a car stands in a slate, by code and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from drivetrain.market.recommendations.domain.scoring import SeenCar
from drivetrain.market.search.domain.columns import ListedCar

GOOD_DEALS = frozenset({"great", "good"})


class RecommendationReason(StrEnum):
    """What speaks for a car."""

    LIKE_LIKED = "like_liked"
    LIKE_SEEN = "like_seen"
    SAME_TASTE = "same_taste"
    POPULAR = "popular"
    NEW = "new"
    TRYING = "trying"
    GOOD_DEAL = "good_deal"


@dataclass(frozen=True, slots=True)
class SaidReason:
    """A reason as it is said.

    Attributes:
        car: that the buyer liked or looked at; None where the reason names none.
    """

    code: RecommendationReason
    text: str
    car: ListedCar | None = None


def reasons_for(
    car: ListedCar,
    parts: Mapping[str, float],
    nearest: SeenCar | None,
    *,
    is_drawn: bool,
) -> list[SaidReason]:
    """What is said of a car in a slate: what speaks most for it first, and whether its price is good.

    Args:
        parts: by source as in ``Scores``.
        nearest: of the cars that the buyer saw, the one that differs least from this one; None where nothing is known.
        is_drawn: whether chance put it there.
    """
    reasons = [_main(car, parts, nearest, is_drawn=is_drawn)]
    if car.deal in GOOD_DEALS:
        reasons.append(SaidReason(RecommendationReason.GOOD_DEAL, "Priced below what such cars are worth"))
    return reasons


def _main(
    car: ListedCar,
    parts: Mapping[str, float],
    nearest: SeenCar | None,
    *,
    is_drawn: bool,
) -> SaidReason:
    if is_drawn:
        return SaidReason(RecommendationReason.TRYING, "To learn whether you like such cars")
    if nearest is None:
        if parts.get("popularity", 0.0) > 0:
            return SaidReason(RecommendationReason.POPULAR, "Looked at more often than most")
        return SaidReason(RecommendationReason.NEW, "On sale, and not looked at often yet")
    if parts.get("taste", 0.0) > max(parts.get("likeness", 0.0), 0.0):
        text = f"Who looks at the same cars as you looks at the {car.make} {car.model}, too"
        return SaidReason(RecommendationReason.SAME_TASTE, text)
    named = f"{nearest.car.make} {nearest.car.model}"
    if nearest.is_liked:
        return SaidReason(RecommendationReason.LIKE_LIKED, f"Like the {named} that you like", nearest.car)
    return SaidReason(RecommendationReason.LIKE_SEEN, f"Like the {named} that you looked at", nearest.car)
