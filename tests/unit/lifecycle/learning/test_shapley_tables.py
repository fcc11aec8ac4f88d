"""Tables of Shapley values give the library's effects, or leave the model to it."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from drivetrain.lifecycle.learning import shapley_tables
from drivetrain.lifecycle.learning.shapley_tables import ShapleyTables
from drivetrain.lifecycle.learning.tree_text import UnsupportedTreesError
from drivetrain.lifecycle.learning.trees import Trees

ROWS, WIDTH, WORDS, TREES = 1_200, 8, 40, 60


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(ROWS, WIDTH)) * [1, 1e3, 1e-3, 1, 1, 1, 1, 0]
    matrix[:, 3] = rng.integers(0, 2, ROWS)
    matrix[:, 4] = np.where(rng.random(ROWS) < 0.2, np.nan, matrix[:, 4])
    matrix[:, 5] = rng.integers(0, WORDS, ROWS)
    matrix[:, 6] = rng.integers(0, 3, ROWS)
    return matrix


def fitted(matrix: np.ndarray, **changed: object) -> bytes:
    rng = np.random.default_rng(2)
    target = matrix[:, 0] ** 2 + matrix[:, 1] / 1e3 + np.sin(matrix[:, 5]) * matrix[:, 3]
    target = target + np.nan_to_num(matrix[:, 4]) + rng.normal(size=len(matrix))
    params = {
        "verbose": -1,
        "num_threads": 1,
        "min_data_in_leaf": 3,
        "min_data_per_group": 5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "num_leaves": 15,
        **changed,
    }
    data = lgb.Dataset(matrix, target, categorical_feature=[5, 6])
    return lgb.train(params, data, TREES).model_to_string().encode()


@pytest.fixture(scope="module", params=[2, 15, 31])
def text(request, matrix) -> bytes:
    return fitted(matrix, num_leaves=request.param)


def effects_of(text: bytes, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By the tables and by the library."""
    tables = ShapleyTables(text, rows.shape[1])
    return np.asarray([tables.contributions(row) for row in rows.tolist()]), Trees(text).contributions(rows)


class TestEffects:
    def test_are_the_librarys_on_rows_of_the_table(self, text, matrix) -> None:
        found, expected = effects_of(text, matrix[:100])
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-10)

    def test_are_the_librarys_at_and_beside_every_threshold(self, text) -> None:
        found, expected = effects_of(text, ShapleyTables(text, WIDTH).probes())
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-10)

    def test_add_up_to_the_prediction(self, text, matrix) -> None:
        tables = ShapleyTables(text, WIDTH)
        sums = [tables.contributions(row).sum() for row in matrix[:50].tolist()]
        np.testing.assert_allclose(sums, Trees(text).predict(matrix[:50]), rtol=0.0, atol=1e-10)

    def test_are_nothing_for_a_field_that_no_tree_tests(self, text, matrix) -> None:
        assert ShapleyTables(text, WIDTH).contributions(matrix[0].tolist())[7] == 0.0

    @pytest.mark.parametrize("value", [np.nan, -1.0, -0.5, 2.7, 39.0, 40.0, 1e9, -1e9])
    @pytest.mark.parametrize("feature", [4, 5])
    def test_are_the_librarys_for_odd_values(self, matrix, text, feature, value) -> None:
        row = matrix[:1].copy()
        row[0, feature] = value
        found, expected = effects_of(text, row)
        np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-10)


class TestTrees:
    def test_explain_one_row_by_the_tables_once_they_are_ready(self, text, matrix) -> None:
        trees = Trees(text)
        trees.prepare_reasons()
        trees.prepare()
        assert trees._shapley is not None
        alone = trees.contributions(matrix[:1])
        assert alone.shape == (1, WIDTH + 1)
        np.testing.assert_allclose(alone, Trees(text).contributions(matrix[:1]), rtol=0.0, atol=1e-10)

    def test_leave_a_model_to_the_library_whose_tables_do_not_agree(self, text, monkeypatch) -> None:
        monkeypatch.setattr(shapley_tables, "_average", lambda tree: 1.0)
        trees = Trees(text)
        trees.prepare_reasons()
        assert trees._shapley is None


class TestRefusal:
    def test_of_tables_that_would_be_large(self, text, monkeypatch) -> None:
        monkeypatch.setattr(shapley_tables, "_MOST_BYTES", 1_000)
        with pytest.raises(UnsupportedTreesError, match="large"):
            ShapleyTables(text, WIDTH)

    def test_of_a_model_in_which_zero_is_missing(self, matrix) -> None:
        with pytest.raises(UnsupportedTreesError, match="zero"):
            ShapleyTables(fitted(matrix, zero_as_missing=True), WIDTH)

    def test_of_averaged_trees(self, matrix) -> None:
        with pytest.raises(UnsupportedTreesError, match="sum"):
            ShapleyTables(fitted(matrix, boosting="rf"), WIDTH)

    def test_of_a_model_that_tests_nothing(self, matrix) -> None:
        with pytest.raises(UnsupportedTreesError, match="nothing"):
            ShapleyTables(fitted(matrix, min_data_in_leaf=10_000), WIDTH)
