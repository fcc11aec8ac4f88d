"""Buyer segments: what is known of each, and what is answered about one buyer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

FEW_INTERACTIONS = 5
"""With fewer, one curious look is a fifth of all that is known of a buyer."""


@dataclass(frozen=True, slots=True)
class Interests:
    """What the buyers of a segment are after, in the middle.

    Attributes:
        price_eur, age_years, power_kw: medians over buyers; None where no buyer's interactions say it.
        price_ratio: upper over lower quartile of the prices a buyer looks at, >= 1.
        kinds_of_car: body and fuel together, >= 1.
        bodies, fuels: mean shares by word; they add up to 1, or to 0 where nothing is known.
    """

    price_eur: float | None
    age_years: float | None
    power_kw: float | None
    price_ratio: float
    kinds_of_car: float
    bodies: Mapping[str, float]
    fuels: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Segment:
    """One kind of buyer.

    Attributes:
        id: stays the same in later versions for as long as the segment is the same one.
        name: unique in a version.
        profile: a sentence or two for people.
        buyers: of the training table; ``share`` is theirs of all, in [0, 1].
        stability: mean Jaccard index with its counterpart in fits on halves of the buyers, in [0, 1]; 0.75
            and more is a segment one can name, below 0.6 it should not be trusted (Hennig 2007).
    """

    id: str
    name: str
    profile: str
    buyers: int
    share: float
    stability: float
    interests: Interests

    def as_dict(self) -> dict[str, Any]:
        """Plain values; ``from_dict`` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Segment:
        """The segment that ``as_dict`` wrote."""
        return cls(**{**plain, "interests": Interests(**plain["interests"])})


@dataclass(frozen=True, slots=True)
class Membership:
    """How surely a buyer belongs to a segment.

    Attributes:
        confidence: share of the buyer in the segment, in [0, 1]; the fewer interactions, the smaller.
    """

    segment: str
    name: str
    confidence: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they stand in an answer."""
        return {"segment": self.segment, "name": self.name, "confidence": self.confidence}


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is answered about one buyer.

    Attributes:
        second: the next segment; None where there is only one.
        fits: False for a buyer far from every segment.
        interactions: how many it rests on.
    """

    first: Membership
    second: Membership | None
    fits: bool
    interactions: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they stand in the ledger."""
        return {
            **self.first.as_dict(),
            "second": None if self.second is None else self.second.as_dict(),
            "fits": self.fits,
        }


@dataclass(frozen=True, slots=True)
class InterestReason:
    """Why this segment and not the next one.

    Attributes:
        interest: price, age, power, body, fuel or breadth.
        weight: share of what speaks for the segment against the next, in [-1, 1]; below 0 it speaks for the
            next.
        detail: a sentence for people.
    """

    interest: str
    weight: float
    detail: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as they stand in an answer."""
        return asdict(self)


def by_size(segments: Sequence[Segment]) -> list[Segment]:
    """Largest first; segments of one size in the order of their ids."""
    return sorted(segments, key=lambda segment: (-segment.buyers, segment.id))
