"""From interactions to a profile: counts and quantiles, the same in any order, alone or among many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.buyers import interaction

from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.resale.segments.model.contract import BODIES, BUYER_PROFILE, FUELS, INTERACTION, KINDS
from drivetrain.resale.segments.model.profiles import fold, interactions_of, profile_of

any_interaction = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "price_eur": st.none() | st.floats(50, 1e7),
        "age_years": st.none() | st.floats(0, 120),
        "body": st.none() | st.sampled_from([*BODIES, "spaceship"]),
        "fuel": st.none() | st.sampled_from([*FUELS, "coal"]),
        "power_kw": st.none() | st.floats(1, 2_000),
    }
)


def test_a_single_look_is_its_own_profile():
    profile = profile_of([interaction()])
    assert (profile["views"], profile["likes"], profile["searches"]) == (1, 0, 0)
    assert (profile["median_price_eur"], profile["median_age_years"], profile["median_power_kw"]) == (
        5_500,
        11,
        60,
    )
    assert (profile["hatchback_share"], profile["petrol_share"], profile["kinds_of_car"]) == (1, 1, 1)
    assert profile["price_ratio"] == 1


def test_a_like_counts_as_three_looks_and_a_search_as_two():
    shares = profile_of(
        [interaction(kind="like"), interaction(body="suv"), interaction(kind="search", body="van")]
    )
    assert (shares["hatchback_share"], shares["suv_share"], shares["van_share"]) == (0.5, 0.1667, 0.3333)


def test_quartiles_are_those_of_the_looks():
    prices = profile_of([interaction(price_eur=price) for price in (1_000, 2_000, 3_000, 4_000, 5_000)])
    assert prices["median_price_eur"] == 3_000
    assert prices["price_ratio"] == 2.0


def test_breadth_counts_kinds_of_body_and_fuel_together():
    kinds = [interaction(body=body, fuel=fuel) for body in ("suv", "van") for fuel in ("petrol", "diesel")]
    assert profile_of(kinds)["kinds_of_car"] == 4
    assert profile_of([*kinds, *[interaction()] * 96])["kinds_of_car"] < 1.5


def test_what_nobody_says_is_missing_and_shares_of_nothing_are_zero():
    nothing = profile_of(
        [interaction(kind="search", price_eur=None, age_years=None, body=None, fuel=None, power_kw=None)]
    )
    assert nothing["median_price_eur"] is nothing["median_age_years"] is nothing["median_power_kw"] is None
    assert [nothing[name] for name in BUYER_PROFILE.names if name.endswith("_share")] == [0] * (
        len(BODIES) + len(FUELS)
    )
    assert (nothing["price_ratio"], nothing["kinds_of_car"]) == (1, 1)


def test_an_unknown_word_counts_as_other():
    odd = profile_of([interaction(body="Spaceship", fuel="Coal")])
    assert (odd["other_body_share"], odd["other_fuel_share"]) == (1, 1)


@given(st.lists(any_interaction, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_interactions_does_not_matter_to_the_last_bit(done, random):
    shuffled = random.sample(done, len(done))
    assert profile_of(shuffled) == profile_of(done)


@given(st.lists(any_interaction, min_size=1, max_size=30))
def test_every_profile_of_checked_interactions_passes_the_contract(done):
    profile = profile_of([INTERACTION.check_row(each)[0] for each in done])
    assert BUYER_PROFILE.check_row(profile)[0] == profile


@given(st.lists(st.lists(any_interaction, min_size=1, max_size=8), min_size=1, max_size=8))
def test_one_buyer_has_the_same_profile_alone_and_among_others(buyers):
    together = [each for done in buyers for each in done]
    whose = np.repeat(np.arange(len(buyers)), [len(done) for done in buyers])
    folded = fold(interactions_of(as_columns(together, INTERACTION.names)), whose, len(buyers))
    alone: list[Any] = [profile_of(done) for done in buyers]
    assert [{name: values[at] for name, values in folded.items()} for at in range(len(buyers))] == alone


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 100])
def test_the_median_is_the_usual_one(count):
    prices = np.random.default_rng(count).uniform(500, 90_000, count)
    assert profile_of([interaction(price_eur=float(price)) for price in prices])[
        "median_price_eur"
    ] == pytest.approx(np.median(prices), abs=1e-3)
