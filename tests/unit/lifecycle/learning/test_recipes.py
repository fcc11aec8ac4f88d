"""Recipes are read by name, type and range; every product's recipe declares a range for each number."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import ClassVar

import pytest

from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.learning.recipes import Range, Recipe, setting
from drivetrain.rental.price.model.recipe import PriceRecipe
from drivetrain.resale.price.model.recipe import CarPriceRecipe
from drivetrain.resale.segments.model.recipe import SegmentsRecipe
from drivetrain.resale.used.model.recipe import RECIPES, UsedCarRecipe
from drivetrain.trips.duration.model.recipe import DurationRecipe

EVERY = (
    PriceRecipe(),
    CarPriceRecipe(),
    SegmentsRecipe(),
    UsedCarRecipe(),
    *RECIPES.values(),
    DurationRecipe(),
)


@dataclass(frozen=True, slots=True)
class Trees(Recipe):
    """A recipe with a setting of each kind."""

    FORMER_NAMES: ClassVar = {"speed": "rate"}
    FORMER_VALUES: ClassVar = {"is_deep": True}

    count: int = setting(10, at_least=1, at_most=5_000)
    rate: float = setting(0.1, above=0.0, at_most=1.0)
    is_deep: bool = False


def refusal(settings):
    with pytest.raises(InvalidInputError) as refused:
        Trees.from_settings(settings)
    assert refused.value.code == "train.bad_recipe"
    return [(error.code, error.pointer) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("settings", "errors"),
    [
        ({"count": -1}, [("train.setting_out_of_range", "/count")]),
        ({"count": 0}, [("train.setting_out_of_range", "/count")]),
        ({"count": 5_001}, [("train.setting_out_of_range", "/count")]),
        ({"count": 10**400}, [("train.setting_out_of_range", "/count")]),  # no float is so large
        ({"rate": 0.0}, [("train.setting_out_of_range", "/rate")]),  # an open end
        ({"rate": float("nan")}, [("train.setting_out_of_range", "/rate")]),
        ({"rate": float("inf")}, [("train.setting_out_of_range", "/rate")]),
        ({"count": 1.0}, [("train.bad_setting", "/count")]),  # a count is whole
        ({"rate": "fast"}, [("train.bad_setting", "/rate")]),
        ({"is_deep": 1}, [("train.bad_setting", "/is_deep")]),
        ({"as_dict": 1}, [("train.unknown_setting", "/as_dict")]),  # an attribute, not a setting
        ({"speed": 0.5}, [("train.unknown_setting", "/speed")]),  # a former name is read from versions only
        ({"count": -1, "x": 1}, [("train.setting_out_of_range", "/count"), ("train.unknown_setting", "/x")]),
    ],
)
def test_wrong_settings_are_refused_by_name(settings, errors):
    assert refusal(settings) == errors


@pytest.mark.parametrize("settings", [{"count": 1}, {"count": 5_000}, {"rate": 1}, {"rate": 1e-9}, {}])
def test_the_ends_of_a_range_are_accepted(settings):
    assert Trees.from_settings(settings) == Trees(**settings)


def test_a_refusal_says_what_would_be_accepted():
    with pytest.raises(InvalidInputError) as refused:
        Trees.from_settings({"count": -1, "rate": 2.5})
    assert [error.detail for error in refused.value.errors] == [
        "count must be from 1 to 5,000; it is -1.",
        "rate must be above 0 to 1; it is 2.5.",
    ]


def test_settings_change_the_given_default():
    assert Trees.from_settings({"rate": 0.5}, Trees(count=3)) == Trees(count=3, rate=0.5)


def test_a_version_stays_readable_when_a_range_is_narrowed():
    assert Trees.from_dict({"count": 1_000_000, "rate": 0.5}) == Trees(
        count=1_000_000, rate=0.5, is_deep=True
    )


def test_a_version_stays_readable_when_a_setting_is_renamed():
    assert Trees.from_dict({"speed": 0.5, "is_deep": False}) == Trees(rate=0.5)


@pytest.mark.parametrize("recipe", EVERY, ids=lambda recipe: type(recipe).__name__)
class TestEveryRecipe:
    def test_survives_json(self, recipe):
        assert type(recipe).from_dict(json.loads(json.dumps(recipe.as_dict()))) == recipe

    def test_declares_a_range_for_every_number(self, recipe):
        numbers = {each.name for each in fields(recipe) if type(each.default) is not bool}
        assert set(recipe.ranges()) == numbers

    def test_accepts_its_own_defaults(self, recipe):
        assert type(recipe).from_settings(recipe.as_dict()) == recipe

    def test_refuses_a_negative_value_of_every_number(self, recipe):
        for name in recipe.ranges():
            with pytest.raises(InvalidInputError, match="unknown or wrong settings"):
                type(recipe).from_settings({name: -1})


def test_an_open_end_is_not_in_the_range():
    assert not Range(0, 1, is_open=True).accepts(0)
    assert Range(0, 1).accepts(0)


def test_an_error_points_into_what_the_person_sent():
    with pytest.raises(InvalidInputError) as refused:
        Trees.from_settings({"a/b": 1}, within="/settings")
    assert [error.pointer for error in refused.value.errors] == ["/settings/a~1b"]
