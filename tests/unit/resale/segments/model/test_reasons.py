"""Reasons in words: what the buyer, this segment and the next one look at."""

from __future__ import annotations

import numpy as np
from tests.support.buyers import profile

from drivetrain.resale.segments.domain.segments import Interests
from drivetrain.resale.segments.model.features import FEATURES
from drivetrain.resale.segments.model.reasons import reasons

CHEAP = Interests(
    5_500.0, 11.0, 60.0, 1.4, 2.9, {"hatchback": 0.66, "suv": 0.04}, {"petrol": 0.8, "diesel": 0.1}
)
DEAR = Interests(
    36_000.0, 3.0, 220.0, 1.4, 3.3, {"hatchback": 0.1, "suv": 0.2}, {"petrol": 0.5, "diesel": 0.3}
)


def told(features, near, far):
    return {
        each.interest: each for each in reasons(profile(), features, np.stack([near, far]), (CHEAP, DEAR))
    }


def test_only_what_differs_weighs():
    """Price alone parts the segments, and the buyer stands on the first."""
    near, far = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
    far[FEATURES.index("median_price_eur")] = 2.0
    found = told(near.copy(), near, far)
    assert found["price"].weight == 1
    assert [found[name].weight for name in ("age", "power", "body", "fuel", "breadth")] == [0] * 5
    assert (
        found["price"].detail
        == "Looks at cars around 8,750 EUR; 5,500 EUR in this segment, 36,000 EUR in the next."
    )


def test_what_speaks_for_the_next_segment_weighs_less_than_nothing():
    near, far = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
    far[FEATURES.index("median_price_eur")], far[FEATURES.index("median_power_kw")] = 2.0, 1.0
    buyer = near.copy()
    buyer[FEATURES.index("median_power_kw")] = 1.0
    found = told(buyer, near, far)
    assert found["power"].weight == -0.2
    assert found["price"].weight == 0.8


def test_the_body_that_decides_is_named_with_its_shares():
    near, far = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
    far[FEATURES.index("hatchback_share")] = -1.0
    assert told(near.copy(), near, far)["body"].detail == (
        "70% of the interest in hatchbacks; 66% in this segment, 10% in the next."
    )


def test_buyers_on_equal_terms_with_both_segments_have_no_reason():
    zero = np.zeros(len(FEATURES))
    assert all(each.weight == 0 for each in told(zero, zero, zero).values())
