"""Groups of cars that share a flag or a word get a range as wide as their own errors ask for."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support.listings import listing, small_fit, small_table

from drivetrain.core.prices import COVERAGE
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.lifecycle.learning.group_scales import (
    ROWS_FOR_OWN_SCALE,
    GroupField,
    GroupScales,
    fit_group_scales,
)
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.features import GROUP_FIELDS

ROWS = 4_000
ENCODER = small_fit()[0].encoder
WINTER_TIRES, GPS = (RENTAL_PRICE.names.index(name) for name in ("winter_tires", "has_gps"))


def cars(count: int = ROWS) -> np.ndarray:
    """Cars with flags drawn at random; one in fifteen has no winter tires."""
    matrix = np.repeat(ENCODER.matrix(as_columns([listing()], RENTAL_PRICE.names)), count, axis=0)
    rng = np.random.default_rng(5)
    matrix[:, GPS] = rng.random(count) < 0.7
    matrix[:, WINTER_TIRES] = rng.random(count) > 1 / 15
    return matrix


def errors(matrix: np.ndarray, wider: float = 1.0) -> np.ndarray:
    """Sizes of errors by the range that held nine in ten of all cars; those without winter tires err by more."""
    sizes = np.abs(np.random.default_rng(6).normal(size=len(matrix))) / 1.645
    return np.where(matrix[:, WINTER_TIRES] == 0, wider, 1.0) * sizes


def covered(matrix: np.ndarray, sizes: np.ndarray, scales: GroupScales, member: np.ndarray) -> float:
    return float((sizes <= scales.of(matrix))[member].mean())


class TestFit:
    def test_a_small_group_with_larger_errors_gets_a_range_that_holds_its_share(self):
        matrix = cars()
        sizes = errors(matrix, wider=1.5)
        bare = matrix[:, WINTER_TIRES] == 0
        assert (sizes <= 1)[bare].mean() < 0.8
        scales = fit_group_scales(matrix, sizes, GROUP_FIELDS)
        for member in (bare, ~bare, matrix[:, GPS] == 0, matrix[:, GPS] == 1):
            assert covered(matrix, sizes, scales, member) == pytest.approx(COVERAGE, abs=0.02)

    def test_where_groups_err_alike_their_ranges_stay_alike(self):
        matrix = cars()
        scales = fit_group_scales(matrix, errors(matrix), GROUP_FIELDS).of(matrix)
        assert 0.9 < scales.min() < scales.max() < 1.1

    def test_a_group_with_too_few_rows_keeps_its_spread(self):
        matrix = cars(300)
        bare = np.flatnonzero(matrix[:, WINTER_TIRES] == 0)[: ROWS_FOR_OWN_SCALE - 1]
        matrix[:, WINTER_TIRES] = 1.0
        matrix[bare, WINTER_TIRES] = 0.0
        assert len(bare) > 10
        assert fit_group_scales(matrix, errors(matrix, wider=9.0), GROUP_FIELDS).by_field[-1][0] == 1.0

    @pytest.mark.parametrize("size", [0.0, 1e9], ids=["all met exactly", "none held"])
    def test_errors_that_tell_nothing_of_the_width_give_a_finite_one(self, size):
        matrix = cars(200)
        scales = fit_group_scales(matrix, np.full(200, size), GROUP_FIELDS).of(matrix)
        assert (scales > 0).all()
        assert np.isfinite(scales).all()

    def test_the_errors_handed_in_are_left_as_they_are(self):
        matrix = cars(200)
        sizes = errors(matrix)
        before = sizes.copy()
        fit_group_scales(matrix, sizes, GROUP_FIELDS)
        assert sizes.tobytes() == before.tobytes()


class TestScales:
    def test_every_word_and_flag_has_a_scale_and_its_own_place(self):
        fields = [len(column) for column in small_fit()[1].scales.by_field]
        assert fields == [5, 11, 9, *[2] * 7]
        one = GroupScales(GROUP_FIELDS, [np.full(count, 1.0) for count in fields])
        one.by_field[0][1] = 2.0  # diesel
        one.by_field[-1][1] = 3.0  # with winter tires
        scales = GroupScales(GROUP_FIELDS, one.by_field)
        rows = [
            listing(fuel=fuel, winter_tires=tires) for fuel in ("diesel", "petrol") for tires in (True, False)
        ]
        assert scales.of(ENCODER.matrix(as_columns(rows, RENTAL_PRICE.names))).tolist() == [
            6.0,
            2.0,
            3.0,
            1.0,
        ]

    def test_the_product_of_a_row_does_not_depend_on_the_rows_beside_it(self):
        matrix = ENCODER.matrix(small_table().rows)
        rng = np.random.default_rng(7)
        scales = GroupScales(GROUP_FIELDS, [rng.uniform(0.5, 2.0, count) for count in (5, 11, 9, *[2] * 7)])
        together = scales.of(matrix)
        alone = np.concatenate([scales.of(matrix[row : row + 1]) for row in range(len(matrix))])
        assert np.asarray([scales.of_one(row) for row in matrix.tolist()]).tobytes() == together.tobytes()
        assert together.tobytes() == alone.tobytes()

    def test_they_are_read_back_as_they_were_stored(self):
        scales = small_fit()[1].scales
        stored = json.loads(json.dumps(scales.as_lists()))
        matrix = ENCODER.matrix(small_table().rows)
        assert (
            GroupScales.from_lists(GROUP_FIELDS, stored).of(matrix).tobytes() == scales.of(matrix).tobytes()
        )

    def test_a_number_outside_the_groups_counts_to_the_nearest(self):
        years = GroupField(1, 3, first=2010)
        words = GroupField(0, 2)
        scales = GroupScales([words, years], [np.array([1.0, 10.0]), np.array([2.0, 3.0, 5.0])])
        matrix = np.array([[0.0, 1999.0], [0.0, 2010.0], [1.0, 2011.0], [0.0, 2012.0], [1.0, 2030.0]])
        assert scales.of(matrix).tolist() == [2.0, 2.0, 30.0, 5.0, 50.0]

    def test_numbers_outside_the_groups_are_learned_from_with_the_nearest(self):
        ages = GroupField(0, 2, first=2010)
        matrix = np.repeat([[1999.0], [2010.0], [2011.0], [2030.0]], 100, axis=0)
        sizes = np.repeat([1.5, 1.5, 0.8, 0.8], 100)
        older, newer = fit_group_scales(matrix, sizes, [ages]).by_field[0]
        assert older > 1.2 > 1.0 > newer

    def test_scales_of_other_groups_are_refused(self):
        with pytest.raises(ValueError, match="groups"):
            GroupScales.from_lists(GROUP_FIELDS, [[1.0]] * len(GROUP_FIELDS))
