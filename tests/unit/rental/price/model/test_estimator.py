"""Fitting is deterministic, keeps its directions, and gives makes it hardly knows a wider range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.listings import FAMILY_ESTATE, TINY, UNKNOWN_MAKE, listing, small_fit, small_table

from drivetrain.lifecycle.learning.features import as_columns, take
from drivetrain.lifecycle.learning.training import TrainingTable, side_by_side
from drivetrain.lifecycle.learning.validation import random_parts
from drivetrain.rental.price.model import estimator
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.estimator import (
    INNER_PARTS,
    MAKE_GROUPS,
    RARE_MARGIN,
    fit_point,
    fit_range,
)
from drivetrain.rental.price.model.evaluate import count_violations

STILL = replace(TINY, row_share=1.0, column_share=1.0, masked_share=0.0)
"""Draws nothing at random."""


@pytest.fixture(scope="module")
def table() -> TrainingTable:
    return small_table()


@pytest.fixture(scope="module")
def shuffled(table) -> TrainingTable:
    order = np.random.default_rng(3).permutation(len(table.target))
    return TrainingTable(take(table.rows, order), table.target[order])


def matrix_of(*rows):
    return small_fit()[0].encoder.matrix(as_columns(rows, RENTAL_PRICE.names))


class TestSeed:
    def test_the_same_seed_fits_the_same_model_to_the_byte(self, table):
        point, ranges = small_fit()
        again = fit_point(table.rows, table.target, TINY)
        assert again == point
        assert fit_range(table.rows, table.target, again, TINY).factors.tobytes() == ranges.factors.tobytes()

    def test_another_seed_fits_another_model(self, table):
        assert fit_point(table.rows, table.target, replace(TINY, seed=2)).trees != small_fit()[0].trees

    def test_fits_side_by_side_do_not_disturb_each_other(self, table):
        fits = side_by_side(lambda _: fit_point(table.rows, table.target, TINY).trees, range(6), lambda: None)
        assert set(fits) == {small_fit()[0].trees}


class TestRowOrder:
    """Rows are drawn by their place, so another order is another draw; where nothing is drawn, order is nothing."""

    def test_without_draws_the_order_of_the_rows_does_not_change_a_bit_of_any_price(self, table, shuffled):
        one, other = (fit_point(each.rows, each.target, STILL) for each in (table, shuffled))
        matrix = one.encoder.matrix(table.rows)
        assert one.price(matrix).tobytes() == other.price(matrix).tobytes()

    def test_with_draws_another_order_changes_prices_by_less_than_the_model_errs(self, table, shuffled):
        one, other = (fit_point(each.rows, each.target, TINY) for each in (table, shuffled))
        matrix = one.encoder.matrix(table.rows)
        assert one.encoder == other.encoder
        moved = np.abs(one.price(matrix) - other.price(matrix)).mean()
        assert 0 < moved < np.abs(one.price(matrix) - table.target).mean()


class TestDirections:
    def test_no_price_moves_the_wrong_way(self, table):
        assert set(count_violations(small_fit()[0], table, TINY).values()) == {0}

    def test_without_the_constraints_prices_do(self, table):
        recipe = replace(TINY, is_monotone=False)
        violations = count_violations(fit_point(table.rows, table.target, recipe), table, recipe)
        assert violations["mileage"] > 0
        assert sum(violations.values()) > violations["mileage"]


class TestRange:
    def test_a_make_the_table_hardly_knows_has_a_wider_range_than_the_same_car_of_any_common_make(self):
        point, ranges = small_fit()
        common = [listing(model_key=make) for make in ("Citroën", "Renault", "BMW", "Peugeot", "Audi")]
        matrix = matrix_of(*common, listing(model_key="Ferrari"), UNKNOWN_MAKE)
        low, high = ranges.bounds(matrix, point.price(matrix))
        *known, rare, unknown = high - low
        assert rare >= RARE_MARGIN * max(known) * 0.999
        assert unknown == pytest.approx(rare)

    def test_the_price_lies_in_its_range_and_the_range_above_nothing(self, table):
        point, ranges = small_fit()
        matrix = point.encoder.matrix(table.rows)
        price = point.price(matrix)
        low, high = ranges.bounds(matrix, price)
        assert (low >= 1).all()
        assert (low <= price).all()
        assert (price <= high).all()

    def test_the_range_holds_most_of_the_prices_it_was_fitted_on(self, table):
        point, ranges = small_fit()
        matrix = point.encoder.matrix(table.rows)
        low, high = ranges.bounds(matrix, point.price(matrix))
        assert 0.88 <= ((low <= table.target) & (table.target <= high)).mean() < 1

    def test_factors_stand_for_every_make_and_for_the_unknown_ones(self):
        point, ranges = small_fit()
        makes = point.encoder.features[0].vocabulary
        assert ranges.factors.shape == (len(makes) + 1, 2)
        assert (ranges.factors >= 0).all()
        assert (ranges.factors[0] >= ranges.factors.max(axis=0)).all()

    @pytest.mark.parametrize("makes", [("BMW",), ("BMW", "Audi", "Renault")])
    def test_cars_that_are_equal_in_every_field_are_never_parted(self, table, makes, monkeypatch):
        some = np.flatnonzero(np.isin(np.asarray(table.rows["model_key"]), makes))[:60]
        twice = np.concatenate([some, some])
        rows, target = take(table.rows, twice), table.target[twice]
        assignments = []

        def parts_of(*arguments):
            assignments.append(random_parts(*arguments))
            return assignments[-1]

        monkeypatch.setattr(estimator, "random_parts", parts_of)
        fit_range(rows, target, fit_point(rows, target, TINY), TINY)
        assert len(assignments) == (3 if len(makes) == 1 else 2)
        for parts in assignments:
            assert parts[: len(some)].tolist() == parts[len(some) :].tolist()

    def test_every_inner_fit_is_counted(self, table):
        done = []
        fit_range(table.rows, table.target, small_fit()[0], TINY, lambda: done.append(1))
        assert len(done) == INNER_PARTS + MAKE_GROUPS


class TestUnusualTables:
    def fitted(self, rows, target):
        point = fit_point(rows, target, TINY)
        return point, fit_range(rows, target, point, TINY)

    @pytest.mark.parametrize("rows", [8, 60])
    def test_where_no_make_has_rows_enough_an_unknown_one_is_not_trusted_more_than_the_others(self, rows):
        table = small_table(rows)
        _, ranges = self.fitted(table.rows, table.target)
        assert (ranges.factors[0] >= ranges.factors.max(axis=0)).all()

    def test_a_fleet_of_a_single_make_can_be_priced_and_another_make_is_less_certain(self, table):
        only = np.flatnonzero(np.asarray(table.rows["model_key"]) == "BMW")
        point, ranges = self.fitted(take(table.rows, only), table.target[only])
        pair = [{**FAMILY_ESTATE, "model_key": make} for make in ("BMW", "Audi")]
        matrix = point.encoder.matrix(as_columns(pair, RENTAL_PRICE.names))
        low, high = ranges.bounds(matrix, point.price(matrix))
        assert np.isfinite(high).all()
        assert (high - low)[1] > (high - low)[0]

    def test_a_table_in_which_every_car_costs_the_same_suggests_that(self, table):
        flat = np.full(len(table.target), 80.0)
        point, ranges = self.fitted(table.rows, flat)
        matrix = point.encoder.matrix(table.rows)
        price = point.price(matrix)
        low, high = ranges.bounds(matrix, price)
        np.testing.assert_allclose(price, 80.0, atol=0.01)
        assert np.isfinite(low).all()
        assert np.isfinite(high).all()
