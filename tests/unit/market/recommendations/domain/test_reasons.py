"""What is said of a car is what put it there."""

from __future__ import annotations

import pytest
from tests.support.market import listed_car

from drivetrain.market.recommendations.domain.reasons import reasons_for
from drivetrain.market.recommendations.domain.scoring import SeenCar

CAR = listed_car(1, "Fiat", "500")
SEEN, LIKED = SeenCar(listed_car(2), 1.0), SeenCar(listed_car(3), 3.0, is_liked=True)


@pytest.mark.parametrize(
    ("parts", "nearest", "is_drawn", "code", "text"),
    [
        (
            {"likeness": 1.0, "taste": 0.5},
            SEEN,
            False,
            "like_seen",
            "Like the BMW 3 Series that you looked at",
        ),
        ({"likeness": 1.0, "taste": 0.5}, LIKED, False, "like_liked", "Like the BMW 3 Series that you like"),
        (
            *({"likeness": 0.5, "taste": 1.0}, SEEN, False, "same_taste"),
            "Who looks at the same cars as you looks at the Fiat 500, too",
        ),
        ({"likeness": 0.5, "taste": 1.0}, SEEN, True, "trying", "To learn whether you like such cars"),
        ({"popularity": 0.5}, None, False, "popular", "Looked at more often than most"),
        ({"popularity": -0.5}, None, False, "new", "On sale, and not looked at often yet"),
    ],
)
def test_the_main_reason(parts, nearest, is_drawn, code, text):
    (reason,) = reasons_for(CAR, parts, nearest, is_drawn=is_drawn)
    assert (reason.code, reason.text) == (code, text)
    assert reason.car == (nearest.car if code.startswith("like_") else None)


@pytest.mark.parametrize(
    ("deal", "is_said"), [("great", True), ("good", True), ("fair", False), (None, False)]
)
def test_a_good_price_is_said_beside_it(deal, is_said):
    reasons = reasons_for(CAR._replace(deal=deal), {}, None, is_drawn=False)
    assert ("good_deal" in [reason.code for reason in reasons]) is is_said
