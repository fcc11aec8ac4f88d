"""What the gate says of a trained version."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from tests.support.listings import TINY, small_table

from drivetrain.core.progress import SilentProgress
from drivetrain.rental.price.model.training import train_price


@pytest.mark.parametrize("is_monotone", [True, False])
def test_a_version_whose_price_rises_with_mileage_does_not_pass_also_where_nothing_was_constrained(
    is_monotone,
):
    settings = {**asdict(TINY), "is_monotone": is_monotone}
    verdict = train_price(small_table(), settings, None, SilentProgress()).verdict
    (check,) = (check for check in verdict.checks if check.question == "no price moves the wrong way")
    assert check.passed is is_monotone
