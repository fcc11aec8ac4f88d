"""A recipe is read strictly, survives JSON, and says the same in LightGBM's words."""

from __future__ import annotations

import json

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.recipe import PriceRecipe


def test_a_recipe_survives_json():
    recipe = PriceRecipe(trees=7, learning_rate=0.3, is_monotone=False, seed=9)
    assert PriceRecipe.from_dict(json.loads(json.dumps(recipe.as_dict()))) == recipe


def test_what_is_left_out_keeps_its_default():
    assert PriceRecipe.from_dict({}) == PriceRecipe()
    assert PriceRecipe.from_dict({"trees": 10}) == PriceRecipe(trees=10)


@pytest.mark.parametrize(
    ("settings", "pointers"),
    [
        ({"tress": 10}, ["/tress"]),
        ({"trees": "10"}, ["/trees"]),
        ({"trees": 10.0}, ["/trees"]),
        ({"trees": True}, ["/trees"]),  # a boolean is an int in Python, not in a recipe
        ({"seed": False}, ["/seed"]),
        ({"learning_rate": True}, ["/learning_rate"]),
        ({"learning_rate": None}, ["/learning_rate"]),
        ({"is_monotone": 1}, ["/is_monotone"]),
        ({"is_monotone": "no", "forest": 1}, ["/is_monotone", "/forest"]),
    ],
)
def test_unknown_and_wrong_settings_are_refused_by_name(settings, pointers):
    with pytest.raises(InvalidInputError, match="known: trees, learning_rate") as refused:
        PriceRecipe.from_dict(settings)
    assert [error.pointer for error in refused.value.errors] == pointers


def test_a_whole_number_will_do_where_a_number_is_needed():
    assert PriceRecipe.from_dict({"huber_eur": 30}).huber_eur == 30


def test_training_is_told_to_be_deterministic_and_single_threaded():
    params = PriceRecipe(seed=5).booster_params(RENTAL_PRICE.names)
    assert (params["deterministic"], params["num_threads"], params["seed"]) == (True, 1, 5)


def test_directions_stand_at_the_places_of_their_fields():
    names = RENTAL_PRICE.names
    directions = dict(zip(names, PriceRecipe().booster_params(names)["monotone_constraints"], strict=True))
    assert directions["mileage"] == -1
    assert directions["engine_power"] == directions["has_gps"] == 1
    assert directions["fuel"] == directions["model_key"] == 0


def test_without_constraints_none_are_passed():
    assert "monotone_constraints" not in PriceRecipe(is_monotone=False).booster_params(RENTAL_PRICE.names)
