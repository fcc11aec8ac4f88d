"""A recipe is read back as it was written, and refuses what it does not know."""

from __future__ import annotations

import json

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.resale.price.model.recipe import CarPriceRecipe


def test_it_survives_being_written_as_json():
    recipe = CarPriceRecipe(reach=2.5, most_rows=300)
    assert CarPriceRecipe.from_dict(json.loads(json.dumps(recipe.as_dict()))) == recipe


def test_what_is_left_out_keeps_its_default():
    assert CarPriceRecipe.from_dict({"noise": 0.02}) == CarPriceRecipe(noise=0.02)


@pytest.mark.parametrize(
    "settings",
    [{"trees": 400}, {"noise": "much"}, {"noise": True}, {"most_rows": 3.5}],
    ids=["unknown", "text for a number", "a boolean for a number", "a fraction for a count"],
)
def test_what_is_unknown_or_of_the_wrong_type_is_refused(settings):
    with pytest.raises(InvalidInputError) as refused:
        CarPriceRecipe.from_dict(settings)
    assert refused.value.errors[0].code == "train.bad_setting"
