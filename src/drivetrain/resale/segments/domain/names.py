"""Names and profiles of segments in plain words, by rules: the same interests always get the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from drivetrain.resale.segments.domain.segments import Interests

PRICE_LEVELS = (
    (0.2, "Budget"),
    (0.4, "Lower-price"),
    (0.6, "Mid-price"),
    (0.8, "Upper-price"),
    (1.0, "Premium"),
)
"""Fifths of the buyers by the price they look at, upper end and word."""

PLURALS = {
    "hatchback": "hatchbacks",
    "sedan": "sedans",
    "wagon": "wagons",
    "suv": "SUVs",
    "coupe": "coupes",
    "convertible": "convertibles",
    "van": "vans",
    "other": "other bodies",
}
EVERYBODY = "All buyers"
"""Where there is one segment only."""

_ONE_RULES = 0.5
"""A body or fuel with half of the interest names the segment alone."""

_ALL_KINDS = 0.5
"""Where even two bodies have less than this together, the segment looks at all kinds."""

_MENTIONED = 0.1


def price_level(place: float) -> str:
    """The word for a price that ``place`` of the buyers stay below, in [0, 1]."""
    return next((word for end, word in PRICE_LEVELS if place < end), PRICE_LEVELS[-1][1])


def base_name(interests: Interests, place: float) -> str:
    """Price level, fuel and body, for example ``Budget petrol hatchbacks``.

    Args:
        place: share of all buyers who look at cheaper cars, in [0, 1].
    """
    return " ".join(
        part for part in (price_level(place), _fuel(interests.fuels), _body(interests.bodies)) if part
    )


def unique_names(interests: Sequence[Interests], places: Sequence[float]) -> list[str]:
    """A name for each segment; those that would share one are told apart by age, or else by their order in price."""
    if len(interests) == 1:
        return [EVERYBODY]
    names = [base_name(interest, place) for interest, place in zip(interests, places, strict=True)]
    order = sorted(
        range(len(names)), key=lambda index: (names[index], interests[index].price_eur or 0.0, index)
    )
    for name, group in groupby(order, key=lambda index: names[index]):
        alike = list(group)
        if len(alike) == 1:
            continue
        ages = [interests[index].age_years for index in alike]
        if len(alike) == 2 and None not in ages and ages[0] != ages[1]:
            newer, older = sorted(alike, key=lambda index: interests[index].age_years or 0.0)
            names[newer], names[older] = f"{name}, newer", f"{name}, older"
        else:
            for number, index in enumerate(alike, start=1):
                names[index] = f"{name} {number}"
    return names


def profile(interests: Interests) -> str:
    """A segment in two sentences."""
    sizes = [
        f"around {interests.price_eur:,.0f} EUR" if interests.price_eur is not None else "",
        f"about {interests.age_years:.0f} years old" if interests.age_years is not None else "",
        f"{interests.power_kw:.0f} kW" if interests.power_kw is not None else "",
    ]
    parts = [
        f"Looks at cars {listed([size for size in sizes if size])}"
        if any(sizes)
        else "Says neither price, age nor power",
        listed(_shares({PLURALS.get(word, word): share for word, share in interests.bodies.items()})),
        listed(_shares({_as_fuel(word): share for word, share in interests.fuels.items()})),
    ]
    return f"{'; '.join(part for part in parts if part)}. {_breadth(interests)}"


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _breadth(interests: Interests) -> str:
    return (
        f"A buyer's interest spreads over {interests.kinds_of_car:.1f} kinds of car, and the upper quartile of the prices is "
        f"{interests.price_ratio:.1f} times the lower."
    )


def _ranked(shares: Mapping[str, float]) -> list[tuple[str, float]]:
    """Largest first; equal ones in the order of their words."""
    return sorted(
        ((word, share) for word, share in shares.items() if share > 0), key=lambda pair: (-pair[1], pair[0])
    )


def _fuel(fuels: Mapping[str, float]) -> str:
    ranked = _ranked(fuels)
    if not ranked:
        return ""
    if ranked[0][1] >= _ONE_RULES or len(ranked) == 1:
        return _as_fuel(ranked[0][0])
    return f"{_as_fuel(ranked[0][0])} or {_as_fuel(ranked[1][0])}"


def _body(bodies: Mapping[str, float]) -> str:
    ranked = _ranked(bodies)
    if not ranked:
        return "cars"
    if ranked[0][1] >= _ONE_RULES or len(ranked) == 1:
        return PLURALS.get(ranked[0][0], ranked[0][0])
    if ranked[0][1] + ranked[1][1] < _ALL_KINDS:
        return "cars of all kinds"
    return f"{PLURALS.get(ranked[0][0], ranked[0][0])} and {PLURALS.get(ranked[1][0], ranked[1][0])}"


def _as_fuel(word: str) -> str:
    return "other fuel" if word == "other" else word


def _shares(shares: Mapping[str, float]) -> list[str]:
    return [f"{share:.0%} {word}" for word, share in _ranked(shares) if share >= _MENTIONED]
