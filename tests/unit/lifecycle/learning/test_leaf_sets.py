"""Trees as sets of leaves give the bits of the library, for many rows and for one, or leave the model to it."""

from __future__ import annotations

import re

import lightgbm as lgb
import numpy as np
import pytest

from drivetrain.lifecycle.learning.leaf_sets import (
    FEWEST_TREES,
    FEWEST_TREES_OF_ONE,
    LeafSets,
    UnsupportedTreesError,
    _Field,
)
from drivetrain.lifecycle.learning.trees import Trees

ROWS, WIDTH, WORDS = 1_500, 7, 12


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(ROWS, WIDTH)) * [1, 1e3, 1e-3, 1, 1, 1, 1]
    matrix[:, 3] = rng.integers(0, 2, ROWS)
    matrix[:, 4] = np.where(rng.random(ROWS) < 0.2, np.nan, matrix[:, 4])
    matrix[:, 5] = rng.integers(0, WORDS, ROWS)
    matrix[:, 6] = rng.integers(0, 3, ROWS)
    return matrix


def fitted(matrix: np.ndarray, **changed: object) -> bytes:
    rng = np.random.default_rng(2)
    target = matrix[:, 0] ** 2 + matrix[:, 1] / 1e3 + np.sin(matrix[:, 5]) * matrix[:, 3]
    target = target + np.nan_to_num(matrix[:, 4]) + rng.normal(size=len(matrix))
    data = lgb.Dataset(matrix, target, categorical_feature=[5, 6])
    params = {
        "verbose": -1,
        "num_threads": 1,
        "min_data_in_leaf": 3,
        "min_data_per_group": 5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "num_leaves": 31,
        **changed,
    }
    return lgb.train(params, data, FEWEST_TREES_OF_ONE + 10).model_to_string().encode()


@pytest.fixture(scope="module", params=[7, 31, 50])
def text(request, matrix) -> bytes:
    return fitted(matrix, num_leaves=request.param)


@pytest.fixture(scope="module")
def odd(matrix) -> np.ndarray:
    """Rows that no training table holds."""
    values = [
        1e300,
        -1e300,
        0.0,
        -0.0,
        0.5,
        -0.5,
        float(np.float32(1e-35)),
        -float(np.float32(1e-35)),  # the smallest number that the library takes for 0
        -1.0,
        -0.999,
        11.9,
        99.0,
        2.0**31 - 1,
        np.nan,
        np.inf,
        -np.inf,
    ]
    rows = np.repeat(matrix[:1], len(values) * 5, axis=0)
    for column in range(5):  # infinite words are no numbers of the library's
        rows[column::5, column] = values
    words = np.repeat(matrix[:1], 14, axis=0)
    for column in (5, 6):
        words[:, column] = [*values[2:14], WORDS, 3.0]
    return np.vstack([rows, words])


class TestSameBits:
    def test_many_rows(self, text, matrix, odd):
        sets = LeafSets(text, WIDTH)
        for rows in (matrix[:999], odd, sets.probes()):
            assert sets.predict(rows).tobytes() == by_library(text, rows)

    def test_one_row(self, text, matrix, odd):
        sets = LeafSets(text, WIDTH)
        for rows in (matrix[:300], odd, sets.probes()):
            alone = np.asarray([sets.predict_row(row) for row in rows.tolist()])
            assert alone.tobytes() == by_library(text, rows)

    def test_rows_do_not_depend_on_those_beside_them(self, text, matrix):
        sets = LeafSets(text, WIDTH)
        for count in (1, 2, 3, 127, 129, 130, 256):
            assert (
                sets.predict(matrix[100 : 100 + count]).tobytes()
                == sets.predict(matrix)[100 : 100 + count].tobytes()
            )
        assert sets.predict(matrix[:0]).shape == (0,)

    @pytest.mark.parametrize("objective", ["regression", "l1", "huber", "quantile", "fair"])
    def test_objectives_whose_sums_are_the_predictions(self, matrix, objective):
        text = fitted(matrix, objective=objective, num_leaves=15)
        assert LeafSets(text, WIDTH).predict(matrix).tobytes() == by_library(text, matrix)


class TestTrees:
    def test_a_large_batch_is_answered_with_the_bits_of_small_ones(self, text, matrix):
        trees = Trees(text)
        small = np.concatenate([trees.predict(matrix[at : at + 100]) for at in range(0, ROWS, 100)])
        before = trees.predict_row(matrix[7].tolist())
        assert trees._sets is None
        assert trees.predict(matrix).tobytes() == small.tobytes()
        assert trees._sets is not None
        assert trees.predict_row(matrix[7].tolist()) == before == trees.predict(matrix[7:8])[0]

    def test_prepared_ones_answer_one_row_and_many_with_the_bits_of_the_library(self, text, matrix):
        trees = Trees(text)
        trees.prepare()
        assert trees._sets_of_one is not None
        assert trees.predict(matrix[:500]).tobytes() == by_library(text, matrix[:500])
        assert trees.predict(matrix[7:8]).tobytes() == by_library(text, matrix[7:8])

    def test_every_telling_value_of_every_field_is_proven(self, text):
        sets = LeafSets(text, WIDTH)
        probes = sets.probes()
        for one in (one for group in sets._groups for one in group.fields):
            tried = {value.tobytes() for value in probes[:, one.feature]}
            assert tried == {value.tobytes() for value in one.telling_values()}

    @pytest.mark.parametrize("field", [0, 2, 4, 5])
    def test_a_field_whose_missing_values_go_elsewhere_is_left_to_the_library(
        self, text, matrix, field, monkeypatch
    ):
        build = _Field.__init__

        def build_otherwise(one: _Field, feature: int, *others: object) -> None:
            build(one, feature, *others)
            if feature == field:
                one.table[-1] = one.table[1]

        monkeypatch.setattr(_Field, "__init__", build_otherwise)
        assert_left_to_the_library(text, matrix)

    def test_so_is_a_model_of_which_one_row_has_other_bits_than_many(self, text, matrix, monkeypatch):
        monkeypatch.setattr(LeafSets, "predict_row", lambda sets, row: 0.0)
        assert_left_to_the_library(text, matrix)

    def test_rows_of_another_width_are_refused_as_before(self, text, matrix):
        trees = Trees(text)
        trees.predict(matrix)
        with pytest.raises(ValueError, match="columns"):
            trees.predict(np.zeros((3, WIDTH + 1)))
        with pytest.raises(ValueError, match="numbers"):
            trees.predict_row([0.0])


def by_library(text: bytes, rows: np.ndarray) -> bytes:
    return lgb.Booster(model_str=text.decode()).predict(rows, num_threads=1).tobytes()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("trees", "one", "many"), [(40, False, False), (100, False, True), (160, True, True)]
)
def test_few_trees_are_left_to_the_library_for_one_row_and_fewer_for_all(matrix, trees, one, many):
    booster = lgb.train(
        {"verbose": -1, "num_threads": 1, "num_leaves": 4}, lgb.Dataset(matrix, matrix[:, 0]), trees
    )
    loaded = Trees(booster.model_to_string().encode())
    loaded.prepare()
    assert (loaded._sets_of_one is not None, loaded._sets is not None) == (one, many)


def assert_left_to_the_library(text: bytes, matrix: np.ndarray) -> None:
    trees = Trees(text)
    assert trees.predict(matrix).tobytes() == by_library(text, matrix)
    assert trees._sets is None


class TestUnsupported:
    @pytest.mark.parametrize(
        "changed",
        [
            {"objective": "poisson"},
            {"objective": "regression", "reg_sqrt": True},
            {"zero_as_missing": True},
            {"linear_tree": True},
            {"num_leaves": 127, "min_data_in_leaf": 2},
            {"boosting": "rf"},
        ],
        ids=lambda changed: str(changed),
    )
    def test_what_only_the_library_can_do_is_left_to_it(self, matrix, changed):
        positive = np.abs(np.nan_to_num(matrix)) if changed.get("objective") == "poisson" else matrix
        data = lgb.Dataset(positive, np.abs(positive[:, 0]) + positive[:, 3])
        params = {"verbose": -1, "num_threads": 1, "bagging_fraction": 0.8, "bagging_freq": 1, **changed}
        booster = lgb.train(params, data, FEWEST_TREES + 10)
        text = booster.model_to_string().encode()
        with pytest.raises(UnsupportedTreesError):
            LeafSets(text, WIDTH)
        assert Trees(text).predict(positive).tobytes() == booster.predict(positive, num_threads=1).tobytes()

    def test_few_trees_are_answered_as_fast_by_the_library(self, text):
        few = text[: text.index(b"Tree=40\n")] + text[text.index(b"end of trees") :]
        with pytest.raises(UnsupportedTreesError, match="few"):
            LeafSets(few, WIDTH)

    @pytest.mark.parametrize(
        "break_it",
        [
            lambda text: re.sub(rb"\nleft_child=\S+", b"\nleft_child=0", text, count=1),
            lambda text: re.sub(rb"\nleaf_value=\S+", b"\nleaf_value=much", text, count=1),
            lambda text: re.sub(rb"\nthreshold=", b"\nthresholds=", text, count=1),
            lambda text: re.sub(rb"\nsplit_feature=\d+", b"\nsplit_feature=99", text, count=1),
        ],
    )
    def test_a_text_that_cannot_be_read_is_refused(self, text, break_it):
        with pytest.raises((ValueError, LookupError)):
            LeafSets(break_it(text), WIDTH).probes()
