"""A recipe is passed to LightGBM in its words."""

from __future__ import annotations

from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.recipe import PriceRecipe


def test_training_is_told_to_be_deterministic_and_single_threaded():
    params = PriceRecipe(seed=5).booster_params(RENTAL_PRICE.names)
    assert (params["deterministic"], params["num_threads"], params["seed"]) == (True, 1, 5)


def test_directions_stand_at_the_places_of_their_fields():
    names = RENTAL_PRICE.names
    directions = dict(zip(names, PriceRecipe().booster_params(names)["monotone_constraints"], strict=True))
    assert directions["mileage"] == -1
    assert directions["has_gps"] == 1
    assert directions["fuel"] == directions["model_key"] == directions["engine_power"] == 0


def test_whoever_trains_may_constrain_the_power_too():
    assert PriceRecipe.from_settings(PriceRecipe.MONOTONE).directions["engine_power"] == 1


def test_a_version_that_was_trained_before_the_power_was_freed_keeps_its_constraint():
    former = {name: value for name, value in PriceRecipe().as_dict().items() if name != "is_power_monotone"}
    assert PriceRecipe.from_dict(former).directions["engine_power"] == 1
    assert "engine_power" not in PriceRecipe.from_dict(PriceRecipe().as_dict()).directions


def test_mileage_and_equipment_are_judged_whatever_is_constrained_and_power_only_where_it_is():
    usual = PriceRecipe()
    assert usual.required_directions == PriceRecipe(is_monotone=False).required_directions == usual.directions
    both = PriceRecipe(is_power_monotone=True)
    assert both.required_directions == both.directions
    assert both.required_directions["engine_power"] == 1


def test_without_constraints_none_are_passed():
    assert "monotone_constraints" not in PriceRecipe(is_monotone=False).booster_params(RENTAL_PRICE.names)
