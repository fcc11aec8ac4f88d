"""Served trees answer with the bits of the library that fitted them, from any thread, and refuse what they cannot read."""

from __future__ import annotations

import gc
import re
import sys
import threading
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest

from drivetrain.lifecycle.learning.trees import Trees, TreesError

ROWS, WIDTH, WORDS = 500, 6, 8


@pytest.fixture(scope="module")
def matrix() -> np.ndarray:
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(ROWS, WIDTH)) * [1, 1e3, 1e-3, 1, 1, 1]
    matrix[:, 5] = rng.integers(0, WORDS, ROWS)
    return matrix


@pytest.fixture(scope="module")
def booster(matrix) -> lgb.Booster:
    target = (
        matrix[:, 0] ** 2
        + matrix[:, 1] / 1e3
        + np.sin(matrix[:, 5])
        + np.random.default_rng(2).normal(size=ROWS)
    )
    data = lgb.Dataset(matrix, target, categorical_feature=[5])
    params = {
        "verbose": -1,
        "num_threads": 1,
        "min_data_in_leaf": 3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
    }
    return lgb.train({**params, "min_data_per_group": 5}, data, 60)


@pytest.fixture(scope="module")
def text(booster) -> bytes:
    return booster.model_to_string().encode()


@pytest.fixture(scope="module")
def odd(matrix) -> np.ndarray:
    """Rows that no training table holds."""
    rows = np.repeat(matrix[:1], 8, axis=0)
    rows[0], rows[1], rows[2] = 1e300, -1e300, 0.0
    rows[3, 5], rows[4, 5], rows[5, 5] = 99, -1, WORDS
    rows[6, 0], rows[7, 5] = np.nan, np.nan
    return rows


class TestSameBits:
    def test_predictions_are_those_of_the_fitted_booster(self, booster, text, matrix, odd):
        for rows in (matrix, odd):
            assert Trees(text).predict(rows).tobytes() == booster.predict(rows).tobytes()

    def test_contributions_are_those_of_the_fitted_booster(self, booster, text, matrix, odd):
        for rows in (matrix, odd):
            assert (
                Trees(text).contributions(rows).tobytes()
                == booster.predict(rows, pred_contrib=True).tobytes()
            )

    def test_one_row_is_answered_as_in_a_batch(self, text, matrix, odd):
        trees = Trees(text)
        for rows in (matrix, odd):
            alone = [trees.predict(rows[at : at + 1]) for at in range(len(rows))]
            assert np.concatenate(alone).tobytes() == trees.predict(rows).tobytes()
            assert {answer.shape for answer in alone} == {(1,)}

    def test_a_row_given_as_numbers_is_answered_as_in_a_batch(self, text, matrix, odd):
        trees = Trees(text)
        for rows in (matrix, odd):
            alone = np.asarray([trees.predict_row(row) for row in rows.tolist()])
            assert alone.tobytes() == trees.predict(rows).tobytes()

    def test_the_order_of_the_rows_does_not_matter(self, text, matrix):
        trees, order = Trees(text), np.random.default_rng(3).permutation(ROWS)
        assert trees.predict(matrix[order]).tobytes() == trees.predict(matrix)[order].tobytes()

    def test_a_row_of_contributions_adds_up_to_the_prediction(self, text, matrix):
        trees = Trees(text)
        np.testing.assert_allclose(
            trees.contributions(matrix).sum(axis=1), trees.predict(matrix), rtol=1e-9, atol=1e-9
        )

    def test_answers_of_single_rows_do_not_share_memory(self, text, matrix):
        trees = Trees(text)
        first = trees.predict(matrix[:1])
        kept = first.copy()
        trees.predict(matrix[1:2])
        assert first.tobytes() == kept.tobytes()

    def test_rows_need_not_lie_in_one_piece_of_memory(self, text, matrix):
        trees = Trees(text)
        wide = np.asfortranarray(matrix)
        assert trees.predict(wide).tobytes() == trees.predict(matrix).tobytes()
        assert trees.predict(wide[3:4]).tobytes() == trees.predict(matrix[3:4]).tobytes()

    def test_no_rows_give_no_answers(self, text):
        assert Trees(text).predict(np.empty((0, WIDTH))).shape == (0,)


class TestRefusals:
    @pytest.mark.parametrize(
        "shape",
        [
            (1, 1),
            (1, WIDTH - 1),
            (1, WIDTH + 1),
            (2, WIDTH - 1),
            (3, WIDTH + 1),
            (0, 1),
            (WIDTH,),
            (1,),
            (1, WIDTH, 1),
            (),
        ],
    )
    def test_a_matrix_of_another_shape_is_refused_not_stretched(self, text, shape):
        with pytest.raises(TreesError, match=f"must have {WIDTH} columns"):
            Trees(text).predict(np.zeros(shape))

    @pytest.mark.parametrize("width", [0, 1, WIDTH - 1, WIDTH + 1])
    def test_a_row_of_another_width_is_refused(self, text, width):
        with pytest.raises(TreesError, match=f"must have {WIDTH} numbers"):
            Trees(text).predict_row([0.0] * width)

    def test_contributions_of_another_width_are_refused(self, text):
        with pytest.raises(TreesError, match="columns"):
            Trees(text).contributions(np.zeros((1, WIDTH - 1)))

    @pytest.mark.parametrize(
        "break_it",
        [
            lambda text: b"",
            lambda text: b"<html></html>",
            lambda text: bytes(range(1, 256)) * 9,
            lambda text: b"\0" + text,
            lambda text: text.replace(b"leaf_value=", b"leaf_value=\0"),
            lambda text: text[:60],
            lambda text: text[: len(text) // 3],
            lambda text: text[: len(text) * 2 // 3],
            lambda text: text[: text.index(b"Tree=7\n")],  # cut between two trees
            lambda text: text[: text.rindex(b"leaf_value=") + 20],  # cut inside the last tree
            lambda text: text.replace(b"end of trees", b"Tree=60\nnum_leaves=1\nend of trees"),
            lambda text: text.replace(b"Tree=3\n", b"Tree=4\n"),
            lambda text: re.sub(rb"tree_sizes=.*\n", b"", text),
            lambda text: re.sub(rb"tree_sizes=\S+", b"tree_sizes=many", text),
            lambda text: re.sub(rb"tree_sizes=\S+", b"tree_sizes=" + b"9" * 5, text),
            lambda text: re.sub(rb"num_leaves=\d+", b"num_leaves=-1", text),
            lambda text: re.sub(rb"num_leaves=\d+", b"num_leaves=99999999", text),
            # The same length, so that only the library itself can notice.
            lambda text: re.sub(
                rb"leaf_value=\S+", lambda found: b"leaf_value=".ljust(len(found[0]), b"x"), text, count=1
            ),
            lambda text: text.replace(b"max_feature_idx=5", b"max_feature_idx=3"),
            lambda text: text.replace(b"max_feature_idx=5", b"max_feature_idx=-9"),
        ],
    )
    def test_a_broken_text_is_an_error_and_not_the_end_of_the_process(self, text, break_it):
        with pytest.raises(TreesError):
            Trees(break_it(text))

    def test_a_refusal_is_a_value_error_so_that_a_loader_can_translate_it(self):
        assert issubclass(TreesError, ValueError)


class TestManyAtOnce:
    def test_two_threads_asking_for_single_rows_get_their_own_answers(self, booster, text, matrix):
        """The buffers of the single-row call are shared: the event loop and a batch of one row use them at the same time."""
        trees, expected, wrong = Trees(text), booster.predict(matrix), []

        def ask(seed: int) -> None:
            for at in np.random.default_rng(seed).integers(0, ROWS, 5_000):
                if trees.predict(matrix[at : at + 1])[0] != expected[at]:
                    wrong.append(int(at))

        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            threads = [threading.Thread(target=ask, args=(seed,)) for seed in (1, 2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(before)
        assert wrong == []

    def test_batches_of_several_threads_are_answered_in_full(self, booster, text, matrix):
        trees, expected = Trees(text), booster.predict(matrix).tobytes()
        answers: list[bytes] = []
        threads = [
            threading.Thread(
                target=lambda: answers.extend(trees.predict(matrix).tobytes() for _ in range(50))
            )
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == 150
        assert set(answers) == {expected}

    def test_hundreds_of_loads_give_their_memory_back(self, text, matrix):
        def load(times: int) -> None:
            for _ in range(times):
                Trees(text).predict(matrix[:1])

        load(100)
        before = _resident_kib()
        load(400)
        gc.collect()
        assert _resident_kib() - before < 50 * len(text) / 1024  # a leak would be 400 times the text

    def test_refused_loads_give_their_memory_back(self, text):
        cut = text[: text.index(b"Tree=50\n")]  # fifty trees are built before the text is refused

        def load(times: int) -> None:
            for _ in range(times):
                with pytest.raises(TreesError):
                    Trees(cut)

        load(100)
        before = _resident_kib()
        load(200)
        gc.collect()
        assert _resident_kib() - before < 50 * len(text) / 1024

    def test_several_models_live_side_by_side(self, booster, text, matrix):
        few = Trees(booster.model_to_string(num_iteration=5).encode())
        many = Trees(text)
        assert few.predict(matrix[:1]) == booster.predict(matrix[:1], num_iteration=5)
        assert many.predict(matrix[:1]) == booster.predict(matrix[:1])
        del few
        gc.collect()
        assert many.predict(matrix[:1]) == booster.predict(matrix[:1])


def _resident_kib() -> int:
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1])
