"""What can be asked of the index: filters, a sort order and a page."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drivetrain.core.errors import ContractError, FieldError

WORD_FIELDS = (
    *(
        "make",
        "model",
        "variant",
        "fuel",
        "gearbox",
        "drive",
        "body",
        "color",
        "place",
        "country",
        "company",
        "deal",
    ),
)
NUMBER_FIELDS = (
    *("price", "year", "odometer_km", "power_kw", "engine_size_l", "doors", "seats", "owners", "price_share"),
)
EQUIPMENT_FIELD, RADIUS_FIELD = "equipment", "radius"
WORD_FACETS = ("make", "model", "fuel", "gearbox", "drive", "body", "color", "place", "country", "deal")
NUMBER_FACETS = ("year", "doors", "seats", "owners")
"""Numbers of which each value is counted."""


class Sort(StrEnum):
    """Order of a page. Cars of which the number is not known come last, equal ones in the order of their ids."""

    NEWEST = "newest"
    PRICE_UP = "price"
    PRICE_DOWN = "-price"
    YEAR_DOWN = "-year"
    YEAR_UP = "year"
    ODOMETER_UP = "odometer"
    POWER_DOWN = "-power"
    DEAL = "deal"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds, both inclusive; None for no bound."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Circle:
    """A place and how far from it a car may stand.

    Attributes:
        latitude, longitude: degrees.
        radius_km: None for anywhere, where a place only sorts.
    """

    latitude: float
    longitude: float
    radius_km: float | None = None


_CURSOR = re.compile(r"([a-z-]{1,12})~([-.0-9a-fxp]{1,32}|)~([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last car of a page, behind which the next page begins whatever the index has become since.

    Attributes:
        key: the number that it is sorted by; None where it is not known.
        listing_id: 32 hexadecimal digits.
    """

    sort: Sort
    key: float | None
    listing_id: str

    @classmethod
    def parse(cls, text: str, sort: Sort) -> Cursor:
        """Read what ``str`` wrote.

        Raises:
            ContractError: ``market.bad_cursor``; it is no cursor, or one of another order.
        """
        match = _CURSOR.fullmatch(text)
        try:
            key = float.fromhex(match[2]) if match and match[2] else None
        except (ValueError, OverflowError):
            match = None
        if match is None or match[1] != sort or (key is not None and not math.isfinite(key)):
            detail = "cursor must be the `next` of a page in the same order."
            raise ContractError([FieldError("market.bad_cursor", detail, pointer="/query/cursor")])
        return cls(sort, key, match[3])

    def __str__(self) -> str:
        # without the plus sign, which an address reads as a space
        key = "" if self.key is None else float(self.key).hex().replace("+", "")
        return f"{self.sort}~{key}~{self.listing_id}"


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Which cars, in which order, and which of them.

    Attributes:
        words: by field of ``WORD_FIELDS``, the accepted words; a car needs one of them in each field.
        ranges: by field of ``NUMBER_FIELDS``; a car whose number is not known is in no range.
        equipment: all of these.
        circle: where from; needed to sort by ``nearest``.
        currency: of the bounds of ``price``.
        size: of the page, >= 1.
    """

    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    equipment: frozenset[str] = frozenset()
    circle: Circle | None = None
    currency: str = "EUR"
    sort: Sort = Sort.NEWEST
    cursor: Cursor | None = None
    size: int = 20
