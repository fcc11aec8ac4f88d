"""Names and profiles: the same interests get the same words, and no two segments of a version share a name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.resale.segments.domain.names import (
    PLURALS,
    base_name,
    listed,
    price_level,
    profile,
    unique_names,
)
from drivetrain.resale.segments.domain.segments import Interests

HATCHBACKS = Interests(
    price_eur=5_542.4,
    age_years=11.2,
    power_kw=60.6,
    price_ratio=1.43,
    kinds_of_car=2.9,
    bodies={"hatchback": 0.66, "sedan": 0.16, "wagon": 0.09, "suv": 0.09},
    fuels={"petrol": 0.81, "diesel": 0.14, "electric": 0.05},
)


@pytest.mark.parametrize(
    ("place", "word"),
    [
        (0, "Budget"),
        (0.19, "Budget"),
        (0.2, "Lower-price"),
        (0.5, "Mid-price"),
        (0.79, "Upper-price"),
        (1, "Premium"),
    ],
)
def test_the_price_level_is_the_fifth_of_the_buyers(place, word):
    assert price_level(place) == word


def test_a_name_says_price_fuel_and_body():
    assert base_name(HATCHBACKS, 0.1) == "Budget petrol hatchbacks"


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        # two share the interest
        ({"bodies": {"sedan": 0.45, "wagon": 0.3}}, "Budget petrol sedans and wagons"),
        # none leads
        ({"bodies": {"sedan": 0.2, "wagon": 0.2, "suv": 0.2}}, "Budget petrol cars of all kinds"),
        ({"bodies": {}}, "Budget petrol cars"),  # nobody said a body
        ({"fuels": {"diesel": 0.45, "petrol": 0.4}}, "Budget diesel or petrol hatchbacks"),
        ({"fuels": {"other": 1.0}}, "Budget other fuel hatchbacks"),
        ({"fuels": {}}, "Budget hatchbacks"),  # nobody said a fuel
    ],
)
def test_a_name_follows_what_rules_the_interest(changed, name):
    assert base_name(replace(HATCHBACKS, **changed), 0.1) == name


def test_two_segments_of_one_name_are_told_apart_by_age():
    older, newer = HATCHBACKS, replace(HATCHBACKS, age_years=3.0)
    assert unique_names([older, newer], [0.1, 0.1]) == [
        "Budget petrol hatchbacks, older",
        "Budget petrol hatchbacks, newer",
    ]


def test_an_only_segment_is_everybody():
    assert unique_names([HATCHBACKS], [0.1]) == ["All buyers"]


def test_several_of_one_name_are_numbered_from_the_cheapest():
    alike = [replace(HATCHBACKS, price_eur=price) for price in (6_000.0, 4_000.0, 5_000.0)]
    assert unique_names(alike, [0.1] * 3) == [f"Budget petrol hatchbacks {number}" for number in (3, 1, 2)]


def test_a_profile_says_it_in_plain_words():
    assert profile(HATCHBACKS) == (
        "Looks at cars around 5,542 EUR, about 11 years old and 61 kW; 66% hatchbacks and 16% sedans; "
        "81% petrol and 14% diesel. "
        "A buyer's interest spreads over 2.9 kinds of car, and the upper quartile of the prices is 1.4 times the lower."
    )


def test_a_profile_of_nothing_known_says_so():
    nothing = Interests(None, None, None, 1.0, 1.0, {}, {})
    assert profile(nothing).startswith("Says neither price, age nor power. ")


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_listed_as_people_do(words, text):
    assert listed(words) == text


shares = st.lists(st.floats(0, 1), min_size=8, max_size=8).map(
    lambda values: dict(zip(PLURALS, values, strict=True))
)
interests = st.builds(
    Interests,
    price_eur=st.none() | st.floats(50, 1e6),
    age_years=st.none() | st.floats(0, 50),
    power_kw=st.none() | st.floats(1, 900),
    price_ratio=st.floats(1, 10),
    kinds_of_car=st.floats(1, 40),
    bodies=shares,
    fuels=st.fixed_dictionaries({"petrol": st.floats(0, 1), "diesel": st.floats(0, 1)}),
)


@given(st.lists(st.tuples(interests, st.floats(0, 1)), min_size=1, max_size=10))
def test_names_are_always_unique_and_profiles_always_sentences(found):
    names = unique_names([each for each, _ in found], [place for _, place in found])
    assert len(set(names)) == len(found)
    assert all(names)
    assert all(profile(each).endswith(".") for each, _ in found)
