"""The parameters of a search, read from an address and described for the document."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.text import is_plain, nearest
from drivetrain.lifecycle.data.contracts import ListColumn
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.domain.car import EQUIPMENT
from drivetrain.market.listings.domain.money import MINOR_DIGITS
from drivetrain.market.search.domain.columns import word_key
from drivetrain.market.search.domain.places import Places
from drivetrain.market.search.domain.query import (
    NUMBER_FIELDS,
    WORD_FIELDS,
    Circle,
    Cursor,
    Range,
    SearchQuery,
    Sort,
)
from drivetrain.market.search.domain.reading import LONGEST_TEXT

MOST_CARS, USUAL_CARS = 100, 20
NO_PLACES = Places()
MOST_WORDS, LONGEST_WORD = 50, 64
FARTHEST_KM = 20_000.0
_BOUNDS = {f"{name}_{side}": (name, side) for name in NUMBER_FIELDS for side in ("min", "max")}
LIMITS = frozenset({*WORD_FIELDS, *_BOUNDS, "equipment", "near", "radius_km", "currency", "limit"})
NAMES = LIMITS | {"q", "sort", "cursor", "facets"}


@dataclass(frozen=True, slots=True)
class AskedSearch:
    """What an address asks for.

    Attributes:
        text: to be read as filters; empty for none.
        currency: that was chosen; None for none.
    """

    query: SearchQuery
    text: str
    currency: str | None
    with_facets: bool


def read_search(parameters: QueryParams, currency: str, places: Places = NO_PLACES) -> AskedSearch:
    """Read the parameters of a search.

    Args:
        currency: of prices where the address names none.
        places: that may be named.

    Raises:
        ContractError: parameters are unknown or wrong; each is named.
    """
    return _Reading(parameters, places).search(currency)


_SPELLINGS: Mapping[str, Mapping[str, str]] = {
    column.name: {word_key(other): word for other, word in column.spellings.items()}
    for column in LISTING.columns
    if isinstance(column, ListColumn) and column.spellings
}
"""Other writings of words, as listings accept them: VW for Volkswagen."""


def read_limits(
    parameters: QueryParams,
    names: Collection[str] = LIMITS,
    currency: str = "",
    places: Places = NO_PLACES,
) -> AskedSearch:
    """Read hard limits, without text, order and cursor.

    Args:
        names: of the parameters that may be given, among ``LIMITS``.
        currency: of prices where the address names none; the query has none without it.
        places: that may be named.

    Raises:
        ContractError: parameters are unknown or wrong; each is named.
    """
    return _Reading(parameters, places).limits(names, currency)


def address_of(query: SearchQuery) -> str:
    """The filters of a query as the parameters that ``read_limits`` reads, in one order."""
    pairs = [(name, word) for name in WORD_FIELDS for word in sorted(query.words.get(name, ()))]
    for name in NUMBER_FIELDS:
        bounds = query.ranges.get(name, Range())
        sides = (("min", bounds.low), ("max", bounds.high))
        pairs += [(f"{name}_{side}", _written(value)) for side, value in sides if value is not None]
    pairs += [("equipment", word) for word in sorted(query.equipment)]
    circle = query.circle
    if circle is not None and circle.radius_km is not None:
        pairs.append(("near", f"{_written(circle.latitude)},{_written(circle.longitude)}"))
        pairs.append(("radius_km", _written(circle.radius_km)))
    return urlencode([*pairs, ("currency", query.currency)])


def _written(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


class _Reading:
    """Collects what is wrong, to name all of it at once."""

    def __init__(self, parameters: QueryParams, places: Places) -> None:
        self._parameters = parameters
        self._places = places
        self._errors: list[FieldError] = []

    def search(self, usual_currency: str) -> AskedSearch:
        """All of it."""
        self._require_known(NAMES)
        sort = self._one_of("sort", tuple(Sort), Sort.NEWEST)
        currency = self._one_of("currency", tuple(MINOR_DIGITS), None)
        circle = self._circle()
        if sort == Sort.NEAREST and circle is None:
            self._refuse(
                "sort", "no_place", "To sort by `nearest`, say `near` what: latitude,longitude or a town."
            )
        query = replace(
            self._filters(circle, currency or usual_currency),
            sort=Sort(sort or Sort.NEWEST),
            cursor=self._cursor(Sort(sort or Sort.NEWEST)),
        )
        text, with_facets = self._text(), self._one_of("facets", ("true", "false"), "true") == "true"
        self._require_right()
        return AskedSearch(query, text, currency, with_facets)

    def limits(self, names: Collection[str], usual_currency: str) -> AskedSearch:
        """Only what limits which cars are meant."""
        self._require_known(names)
        currency = self._one_of("currency", tuple(MINOR_DIGITS), None)
        query = self._filters(self._circle(), currency or usual_currency)
        self._require_right()
        return AskedSearch(query, "", currency, with_facets=False)

    def _filters(self, circle: Circle | None, currency: str) -> SearchQuery:
        return SearchQuery(
            words={name: words for name in WORD_FIELDS if (words := self._words(name))},
            ranges=self._ranges(),
            equipment=self._equipment(),
            circle=circle,
            currency=currency,
            size=int(self._number("limit", 1, MOST_CARS, whole=True) or USUAL_CARS),
        )

    def _require_known(self, names: Collection[str]) -> None:
        for name in sorted(self._parameters.keys() - names):
            near = nearest(name[:LONGEST_WORD], sorted(names), most=1)
            self._refuse(name, "unknown_parameter", f"There is no such parameter.{_hint(near)}")

    def _require_right(self) -> None:
        if self._errors:
            raise ContractError(self._errors, subject="The address")

    def _words(self, name: str) -> frozenset[str]:
        words = [word.strip() for word in self._parameters.getlist(name)]
        if len(words) > MOST_WORDS or not all(
            word and is_plain(word, longest=LONGEST_WORD) for word in words
        ):
            detail = f"Give at most {MOST_WORDS} words of 1 to {LONGEST_WORD} characters of plain text."
            self._refuse(name, "bad_word", detail)
            return frozenset()
        spellings = _SPELLINGS.get(name, {})
        return frozenset(spellings.get(word_key(word), word) for word in words)

    def _equipment(self) -> frozenset[str]:
        words = self._words("equipment")
        if unknown := sorted(words - set(EQUIPMENT)):
            near = nearest(unknown[0], EQUIPMENT) or EQUIPMENT
            self._refuse("equipment", "unknown_equipment", f"Use one of: {', '.join(near)}.")
        return words & set(EQUIPMENT)

    def _ranges(self) -> dict[str, Range]:
        sides: dict[str, dict[str, float]] = {}
        for parameter, (name, side) in _BOUNDS.items():
            number = self._number(parameter, -1e12, 1e12)
            if number is not None:
                sides.setdefault(name, {})[side] = number
        return {name: Range(given.get("min"), given.get("max")) for name, given in sides.items()}

    def _circle(self) -> Circle | None:
        radius_km = self._number("radius_km", 0.1, FARTHEST_KM)
        text = self._single("near")
        if text is None:
            if radius_km is not None:
                self._refuse(
                    "near", "no_place", "Say `near` what the radius is: latitude,longitude or a town."
                )
            return None
        try:
            latitude, longitude = map(float, text.split(","))
        except ValueError:
            return self._town(text, radius_km)
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            self._refuse("near", "bad_place", "It must be latitude,longitude in degrees, such as 53.8,-1.55.")
            return None
        return Circle(latitude, longitude, radius_km)

    def _town(self, text: str, radius_km: float | None) -> Circle | None:
        is_name = is_plain(text, longest=LONGEST_WORD) and any(letter.isalpha() for letter in text)
        place = self._places.find(text) if is_name else None
        if not is_name:
            self._refuse(
                "near", "bad_place", "Give a town, or latitude,longitude in degrees, such as 53.8,-1.55."
            )
        elif place is None:
            hint = _hint(self._places.alike(text))
            detail = f"No car on sale with coordinates stands there.{hint} Or give latitude,longitude."
            self._refuse("near", "unknown_place", detail)
        return None if place is None else Circle(place.latitude, place.longitude, radius_km)

    def _cursor(self, sort: Sort) -> Cursor | None:
        text = self._single("cursor")
        try:
            return None if text is None else Cursor.parse(text, sort)
        except ContractError as error:
            self._errors += error.errors
            return None

    def _text(self) -> str:
        text = self._single("q") or ""
        if len(text) > LONGEST_TEXT:
            self._refuse("q", "text_too_long", f"It must be at most {LONGEST_TEXT} characters.")
        return text

    def _number(self, name: str, low: float, high: float, *, whole: bool = False) -> float | None:
        text = self._single(name)
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not low <= number <= high or (whole and number != math.floor(number)):
            kind = "a whole number" if whole else "a number"
            self._refuse(name, "bad_number", f"It must be {kind} between {low:,.10g} and {high:,.10g}.")
            return None
        return number

    def _one_of(self, name: str, accepted: Sequence[str], usual: str | None) -> str | None:
        text = self._single(name)
        if text is None:
            return usual
        if text not in accepted:
            self._refuse(name, f"unknown_{name}", f"Use one of: {', '.join(accepted)}.")
            return usual
        return text

    def _single(self, name: str) -> str | None:
        """The only value of a parameter; None where it is not given, or empty."""
        values = self._parameters.getlist(name)
        if len(values) > 1:
            self._refuse(name, "given_twice", "Give it once.")
        return values[0] or None if values else None

    def _refuse(self, name: str, code: str, detail: str) -> None:
        shown = name[:LONGEST_WORD].encode("ascii", "backslashreplace").decode("ascii")
        self._errors.append(FieldError(f"market.{code}", detail, pointer=f"/query/{shown}"))


def _hint(near: Sequence[str]) -> str:
    return f" Did you mean {near[0]}?" if near else ""


def described() -> list[Mapping[str, Any]]:
    """The parameters as the document names them."""
    texts = {"type": "array", "items": {"type": "string", "maxLength": LONGEST_WORD}, "maxItems": MOST_WORDS}
    words = [
        _parameter(name, texts, "One of these words; may be given several times.") for name in WORD_FIELDS
    ]
    bounds = [
        _parameter(
            parameter, {"type": "number"}, f"{'Least' if side == 'min' else 'Most'} {name}, inclusive."
        )
        for parameter, (name, side) in _BOUNDS.items()
    ]
    equipment = {**texts, "items": {"type": "string", "enum": list(EQUIPMENT)}}
    text = {"type": "string", "maxLength": LONGEST_TEXT}
    return [
        _parameter("q", text, "A text that is read as filters, such as `bmw 3 seris diesel under 15k`."),
        *words,
        *bounds,
        _parameter("equipment", equipment, "All of these; may be given several times."),
        _parameter(
            "near",
            {"type": "string", "maxLength": LONGEST_WORD},
            "A place: `latitude,longitude` in degrees, or a town where a car on sale stands, such as `Leeds` or `Leeds, GB`.",
        ),
        _parameter("radius_km", {"type": "number"}, "How far from it a car may stand, km."),
        _parameter("currency", {"type": "string", "enum": list(MINOR_DIGITS)}, "Of the bounds of the price."),
        _parameter(
            "sort", {"type": "string", "enum": list(Sort), "default": Sort.NEWEST}, "Order of the page."
        ),
        _parameter("cursor", {"type": "string"}, "The `next` of the page before, in the same order."),
        _parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MOST_CARS, "default": USUAL_CARS},
            "Cars of a page.",
        ),
        _parameter("facets", {"type": "boolean", "default": True}, "Whether to count words."),
    ]


def described_limits(names: Collection[str] = LIMITS) -> list[Mapping[str, Any]]:
    """The parameters of ``read_limits`` as the document names them."""
    return [each for each in described() if each["name"] in names]


def _parameter(name: str, schema: Mapping[str, object], description: str) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}
