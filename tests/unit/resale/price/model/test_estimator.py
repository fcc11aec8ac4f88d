"""The fit is the textbook's, its closed forms equal refitting, and ranges hold what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.cars import COMPACT, NEW_MAKE, RECIPE, car, small_fit, small_table

from drivetrain.core.prices import COVERAGE
from drivetrain.lifecycle.learning.features import as_columns, take
from drivetrain.resale.price.model.contract import CAR_PRICE
from drivetrain.resale.price.model.estimator import NEW_MAKE_MARGIN, _left_out, fit_point, fit_range
from drivetrain.resale.price.model.features import Scale
from drivetrain.resale.price.model.formulas import (
    FittedPrice,
    likeness_of,
    own_likeness,
    precision_of,
    spread_of,
)
from drivetrain.resale.price.model.recipe import CarPriceRecipe


def prices_of(cars):
    return small_fit()[0].price(as_columns(cars, CAR_PRICE.names))


class TestPoint:
    def test_it_tells_cheap_cars_from_dear_ones(self):
        compact, heavier, porsche = prices_of(
            [COMPACT, car(curbweight=3_000, horsepower=140), car(CompanyName="porsche")]
        )
        assert compact < heavier
        assert compact < porsche

    def test_the_same_rows_give_the_same_bits(self):
        table = small_table()
        again = fit_point(table.rows, table.target, RECIPE)
        assert again.model.weights.tobytes() == small_fit()[0].model.weights.tobytes()

    def test_the_order_of_the_rows_does_not_matter_beyond_rounding(self):
        table = small_table()
        order = np.random.default_rng(2).permutation(len(table.target))
        other = fit_point(take(table.rows, order), table.target[order], RECIPE)
        assert other.price(table.rows) == pytest.approx(small_fit()[0].price(table.rows), rel=1e-9)

    def test_a_size_beyond_the_table_counts_as_its_edge(self):
        most = max(small_table().rows["horsepower"])
        at_edge, beyond = prices_of([car(horsepower=most), car(horsepower=990)])
        assert beyond == at_edge

    def test_a_long_table_is_thinned(self):
        table = small_table()
        fit = fit_point(table.rows, table.target, CarPriceRecipe(most_rows=50))
        assert len(fit.log_price) == len(fit.model.weights) == len(fit.kept["carbody"]) == 50

    def test_a_column_that_never_varies_does_no_harm(self):
        table = small_table()
        rows = {**table.rows, "boreratio": [3.19] * len(table.target)}
        assert np.isfinite(fit_point(rows, table.target, RECIPE).price(rows)).all()


class TestLikeness:
    def test_it_is_symmetric_and_a_car_is_most_like_itself_when_sizes_are_equal(self):
        known = small_fit()[0].model.known
        likeness = likeness_of(known, known, RECIPE)
        assert likeness == pytest.approx(likeness.T)
        assert np.diag(likeness) == pytest.approx(own_likeness(known, RECIPE))
        assert np.linalg.eigvalsh(likeness).min() > -1e-9  # a kernel

    def test_two_unknown_makes_are_not_alike(self):
        """Both have the code 0; what is not known to be the same is not the same."""
        scaled = np.zeros((1, len(CAR_PRICE.columns)))
        assert likeness_of(scaled, scaled, RECIPE)[0, 0] < own_likeness(scaled, RECIPE)[0] - RECIPE.make


class TestLeftOut:
    def test_leaving_a_group_out_in_closed_form_equals_refitting_without_it(self):
        point, recipe = small_fit()[0], RECIPE
        group = np.asarray([3, 17, 40])
        inside = np.setdiff1d(np.arange(len(point.log_price)), group)
        known = point.model.known[inside]
        precision = precision_of(known, recipe)
        weights = precision @ (point.log_price[inside] - point.model.base)
        open_scale = Scale(
            point.model.scale.center, point.model.scale.spread, np.full(9, -9.0), np.full(9, 9.0)
        )
        refit = FittedPrice(recipe, open_scale, known, weights, point.model.base, precision)
        log_price, doubt = refit.log_prices(point.encoder.matrix(take(point.kept, group)))
        expected = np.abs(point.log_price[group] - log_price) / spread_of(doubt, recipe)
        assert _left_out(point, [group])[0] == pytest.approx(expected, rel=1e-6)


class TestRange:
    def test_a_new_make_has_a_wider_range(self):
        point, ranges = small_fit()
        assert ranges.new_make_factor >= NEW_MAKE_MARGIN * ranges.factor > 0
        price, low, high = point.estimate(as_columns([COMPACT, NEW_MAKE], CAR_PRICE.names), ranges)
        assert (high / low)[1] > NEW_MAKE_MARGIN * (high / low)[0]
        assert (low < price).all()
        assert (price < high).all()

    def test_a_car_unlike_all_others_has_a_wider_range(self):
        point, ranges = small_fit()
        odd = car(carlength=250.0, curbweight=900, horsepower=600)
        _, low, high = point.estimate(as_columns([COMPACT, odd], CAR_PRICE.names), ranges)
        assert (high / low)[1] > 1.2 * (high / low)[0]

    def test_it_holds_about_nine_prices_in_ten_that_it_has_not_seen(self):
        table, other = small_table(), small_table(1_500, 8)
        point = fit_point(table.rows, table.target, RECIPE)
        price, low, high = point.estimate(other.rows, fit_range(point))
        inside = float(((low <= other.target) & (other.target <= high)).mean())
        assert inside == pytest.approx(COVERAGE, abs=0.05)
        assert float(np.corrcoef(np.log(price), np.log(other.target))[0, 1]) > 0.95
