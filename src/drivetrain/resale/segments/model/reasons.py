"""Why one segment and not the next: what each question adds to the difference of the squared distances, in words.

The squared distance is a sum over the questions, so the shares are exact and nothing has to be sampled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.resale.segments.domain.names import PLURALS
from drivetrain.resale.segments.domain.segments import InterestReason, Interests
from drivetrain.resale.segments.model.contract import BODIES, BODY_SHARES, FUEL_SHARES, FUELS, OTHER
from drivetrain.resale.segments.model.features import (
    AGE,
    BODY,
    BREADTH,
    POWER,
    PRICE,
    QUESTION_OF,
    QUESTIONS,
    squared_distances,
)

_DIGITS = 4


def reasons(
    row: Row, features: FloatArray, centers: FloatArray, interests: Sequence[Interests]
) -> list[InterestReason]:
    """What each question says for the first segment against the second, what says most first.

    Args:
        features: of the buyer, shape (n_features,).
        centers: of the first and the second segment, shape (2, n_features).
        interests: of the two segments.
    """
    gains = {}
    for question in QUESTIONS:
        first, second = squared_distances(features[None], centers, question)[0].tolist()
        gains[question] = second - first
    total = sum(abs(gain) for gain in gains.values()) or 1.0
    unordered = [
        InterestReason(
            question, round(gain / total, _DIGITS), _sentence(question, row, features, centers, interests)
        )
        for question, gain in gains.items()
    ]
    return sorted(unordered, key=lambda reason: -abs(reason.weight))


def _sentence(
    question: str, row: Row, features: FloatArray, centers: FloatArray, interests: Sequence[Interests]
) -> str:
    first_segment, second_segment = interests
    if question == PRICE:
        return _size(
            "cars around",
            row["median_price_eur"],
            first_segment.price_eur,
            second_segment.price_eur,
            "{:,.0f} EUR",
        )
    if question == AGE:
        return _size(
            "cars of",
            row["median_age_years"],
            first_segment.age_years,
            second_segment.age_years,
            "{:.0f} years",
        )
    if question == POWER:
        return _size(
            "cars of", row["median_power_kw"], first_segment.power_kw, second_segment.power_kw, "{:.0f} kW"
        )
    if question == BREADTH:
        kinds = f"{first_segment.kinds_of_car:.1f} in this segment, {second_segment.kinds_of_car:.1f} in the next."
        return f"The interest spreads over {row['kinds_of_car']:.1f} kinds of car; {kinds}"
    names, words = (BODY_SHARES, BODIES) if question == BODY else (FUEL_SHARES, FUELS)
    places = [column for column, its_question in enumerate(QUESTION_OF) if its_question == question]
    gains = (
        (features[places] - centers[1][places]) ** 2 - (features[places] - centers[0][places]) ** 2
    ).tolist()
    strongest = max(range(len(places)), key=lambda place: abs(gains[place]))
    total: Any = sum(float(row[name] or 0) for name in names)
    if not total:
        return f"The buyer says nothing of the {question}."
    shares: list[Mapping[str, float]] = (
        [first_segment.bodies, second_segment.bodies]
        if question == BODY
        else [first_segment.fuels, second_segment.fuels]
    )
    mine: Any = row[names[strongest]]
    return (
        f"{mine / total:.0%} of the interest in {_named(question, words[strongest])}; "
        f"{shares[0][words[strongest]]:.0%} in this segment, {shares[1][words[strongest]]:.0%} in the next."
    )


def _named(question: str, word: str) -> str:
    if question == BODY:
        return PLURALS[word]
    return "cars of other fuel" if word == OTHER else f"{word} cars"


def _size(subject: str, own: object, first: float | None, second: float | None, form: str) -> str:
    if own is None:
        return "The buyer says nothing of it."
    sizes = [form.format(value) if value is not None else "any" for value in (own, first, second)]
    return f"Looks at {subject} {sizes[0]}; {sizes[1]} in this segment, {sizes[2]} in the next."
