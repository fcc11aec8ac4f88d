"""A loaded version: one as in a batch, damaged files refused, reasons that add up."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support.buyers import FIRST_CAR, SPORTS_CAR, generated, interaction, profile, trained

from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.resale.segments.model.contract import BODY_SHARES, BUYER_PROFILE, FUEL_SHARES
from drivetrain.resale.segments.model.features import QUESTIONS
from drivetrain.resale.segments.model.predictor import MODEL_FILE, SegmentsModel, load
from drivetrain.resale.segments.model.profiles import profile_of

REF = ModelRef("buyer-segments", "4")


@pytest.fixture(scope="module")
def model() -> SegmentsModel:
    return load(trained().files, REF)


def name_of(model, buyer):
    return model.segments[model.estimate(as_columns([buyer], BUYER_PROFILE.names)).first[0]].name


def changed(**settings):
    contents = json.loads(trained().files[MODEL_FILE])
    return {**trained().files, MODEL_FILE: json.dumps({**contents, **settings}).encode()}


def test_buyers_are_put_where_their_cars_are(model):
    assert "hatchbacks" in name_of(model, profile_of([interaction()] * 12))
    assert "coupes" in name_of(model, profile_of([interaction(**SPORTS_CAR)] * 12))


def test_confidence_grows_with_the_interactions_that_say_the_same(model):
    once, often = ([interaction(**FIRST_CAR)] * count for count in (1, 40))
    (sure,) = model.estimate(as_columns([profile_of(once)], BUYER_PROFILE.names)).confidence
    (surer,) = model.estimate(as_columns([profile_of(often)], BUYER_PROFILE.names)).confidence
    assert sure < surer


def test_a_buyer_unlike_all_others_is_far(model):
    odd = profile(
        views=60, median_price_eur=9_000_000, median_power_kw=3, median_age_years=110, price_ratio=900
    )
    assert model.estimate(as_columns([odd], BUYER_PROFILE.names)).distance[0] > 1
    assert np.median(model.estimate(generated().rows).distance) < 0.5


def test_the_weights_of_the_reasons_add_up_and_the_largest_comes_first(model):
    row = profile()
    places = model.estimate(as_columns([row], BUYER_PROFILE.names))
    first, second = (model.segments[at[0]].id for at in (places.first, places.second))
    reasons = model.explain(row, places.features[0], first, second)
    assert sorted(reason.interest for reason in reasons) == sorted(QUESTIONS)
    weights = [abs(reason.weight) for reason in reasons]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(1, abs=1e-3)
    assert sum(reason.weight for reason in reasons) > 0  # together they speak for the first
    assert all(reason.detail.endswith(".") for reason in reasons)


def test_a_silent_profile_is_answered_and_its_reasons_say_so(model):
    unsaid = {
        **dict.fromkeys(BUYER_PROFILE.optional_names),
        **dict.fromkeys((*BODY_SHARES, *FUEL_SHARES), 0.0),
    }
    silent = {**profile(), **unsaid}
    places = model.estimate(as_columns([silent], BUYER_PROFILE.names))
    ids = [model.segments[at].id for at in (places.first[0], places.second[0])]
    details = {reason.interest: reason.detail for reason in model.explain(silent, places.features[0], *ids)}
    assert all("says nothing" in details[question] for question in ("price", "age", "power", "body", "fuel"))


def test_an_only_segment_needs_no_reasons(model):
    assert model.explain(profile(), np.zeros(18), "s1", None) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"centers": [[0.0] * 18]},  # not as many as segments
        {"centers": [[0.0] * 3] * 6},  # of another width
        {"segments": []},
        {"spread": {"base": 1.0}},  # half of it is missing
        {"spread": {"base": 9.0, "by_chance": 1.0}},  # loads, and answers otherwise than it did
        {"space": {"center": [], "unit": []}},
    ],
)
def test_a_damaged_version_is_refused(damage):
    with pytest.raises(ArtifactRefusedError):
        load(changed(**damage), REF)


def test_segments_know_that_they_were_learned_from_generated_buyers(model):
    assert model.is_synthetic
    assert model.ref == REF
