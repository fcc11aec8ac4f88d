"""One car at other mileages and with other equipment: the same model, one step at a time, and nothing recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.support.fakes import FixedModel
from tests.support.listings import FAMILY_ESTATE

from drivetrain.core.errors import ModelNotReadyError
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor
from drivetrain.rental.price.application.explore_price import EQUIPMENT, STEPS, ExplorePrice
from drivetrain.rental.price.model.predictor import PriceEstimates

REF = ModelRef("rental-price", "7")


class EquippedCars:
    """A hundred euros, ten more for each piece of equipment, one less for each 100,000 km."""

    ref = REF

    def __init__(self, rare: str = "") -> None:
        self.asked = 0
        self._rare = rare

    def estimate(self, rows: Any) -> PriceEstimates:
        self.asked += 1
        pieces = np.asarray([rows[name] for name in EQUIPMENT], dtype=np.float64).sum(axis=0)
        price = 100 + 10 * pieces - np.asarray(rows["mileage"], dtype=np.float64) / 100_000
        return PriceEstimates(price[:, np.newaxis], price, price * 0.9, price * 1.1)

    def rare_makes(self, rows: Any, _: Any) -> list[int]:
        return [row for row, make in enumerate(rows["model_key"]) if make == self._rare]


def test_every_price_is_that_of_the_car_with_one_thing_changed() -> None:
    model = EquippedCars()
    explored = ExplorePrice(FixedModel(model))(FAMILY_ESTATE, "shop")
    pieces = sum(bool(FAMILY_ESTATE[name]) for name in EQUIPMENT)
    as_it_is = 100 + 10 * pieces - FAMILY_ESTATE["mileage"] / 100_000
    assert explored.price.price_per_day == pytest.approx(as_it_is, abs=0.005)
    assert [name for name, _ in explored.equipment] == list(EQUIPMENT)
    for name, point in explored.equipment:
        assert point.value is (not FAMILY_ESTATE[name])
        step = 10 if point.value else -10
        assert point.price.price_per_day == pytest.approx(as_it_is + step, abs=0.005)
    for point in explored.over_mileage:
        expected = 100 + 10 * pieces - point.value / 100_000
        assert point.price.price_per_day == pytest.approx(expected, abs=0.005)
    assert explored.model == REF
    assert model.asked == 1


@pytest.mark.parametrize(
    ("rare", "codes"), [("", []), (FAMILY_ESTATE["model_key"], ["rental.rare_model_key"])]
)
def test_the_car_is_warned_of_as_where_its_price_is_suggested(rare: str, codes: list[str]) -> None:
    explored = ExplorePrice(FixedModel(EquippedCars(rare)))(FAMILY_ESTATE, "shop")
    assert [warning.code for warning in explored.warnings] == codes


def test_the_curve_spans_the_usual_mileages() -> None:
    mileages = [
        point.value for point in ExplorePrice(FixedModel(EquippedCars()))(FAMILY_ESTATE, "shop").over_mileage
    ]
    assert (mileages[0], mileages[-1], len(mileages)) == (0, 400_000, STEPS + 1)
    assert mileages == sorted(set(mileages))


def test_without_a_version_there_is_nothing_to_explore() -> None:
    predictor: Predictor[Any] = Predictor("rental-price", lambda files, ref: None)
    with pytest.raises(ModelNotReadyError):
        ExplorePrice(predictor)(FAMILY_ESTATE, "shop")
