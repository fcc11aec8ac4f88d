"""A packed version loads, answers as it did when it was made, and accounts for its prices to the cent."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cars import COMPACT, LIMOUSINE, NEW_MAKE, car, small_files, small_fit, small_table

from drivetrain.lifecycle.data.contracts import NumberColumn
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.learning.features import as_columns, take
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.lifecycle.serving.self_tests import SELF_TEST_FILE
from drivetrain.resale.price.model.contract import CAR_PRICE, CURRENCY
from drivetrain.resale.price.model.predictor import CARS_FILE, COMPARABLES, MODEL_FILE, load
from drivetrain.resale.valuation.domain.bands import natural_bands
from drivetrain.resale.valuation.domain.money import valuations

REF = ModelRef("resale-price", "7")
FILES = (MODEL_FILE, CARS_FILE, SELF_TEST_FILE)


@pytest.fixture(scope="module")
def model():
    return load(small_files(), REF)


def values_of(column) -> st.SearchStrategy:
    if isinstance(column, NumberColumn):
        return st.integers(int(np.ceil(column.low)), int(column.high))
    known = st.sampled_from(column.values)
    return known | st.text("abc XYZ", min_size=1, max_size=9).filter(str.strip) if column.is_open else known


ANY_CAR = st.fixed_dictionaries({column.name: values_of(column) for column in CAR_PRICE.columns})


def estimate(model, rows):
    return model.estimate(as_columns(rows, CAR_PRICE.names))


class TestLoading:
    def test_a_loaded_version_answers_as_the_fit_does(self, model):
        point, ranges = small_fit()
        rows = small_table().rows
        loaded = model.estimate(rows)
        for ours, theirs in zip(
            (loaded.price, loaded.low, loaded.high), point.estimate(rows, ranges), strict=True
        ):
            assert ours == pytest.approx(theirs, rel=1e-12)

    def test_the_files_are_text_and_hold_no_pickle(self):
        assert set(small_files()) == set(FILES)
        for content in small_files().values():
            json.loads(content)

    def test_the_bands_are_those_of_the_training_prices(self, model):
        assert model.bands == natural_bands(small_table().target)

    @pytest.mark.parametrize("name", FILES)
    @pytest.mark.parametrize("content", [None, b"", b"{}", b"[]", b"null", b"\xff"], ids=repr)
    def test_a_missing_or_unreadable_file_is_refused(self, name, content):
        files = {**small_files(), name: content}
        if content is None:
            del files[name]
        with pytest.raises(ArtifactRefusedError):
            load(files, REF)

    @pytest.mark.parametrize("setting", ["factor", "new_make_factor", "base", "weights"])
    def test_a_changed_number_is_found_by_the_self_test(self, setting):
        settings = json.loads(small_files()[MODEL_FILE])
        changed = (
            [settings[setting][0] + 0.01, *settings[setting][1:]]
            if setting == "weights"
            else settings[setting] + 0.01
        )
        files = {**small_files(), MODEL_FILE: json.dumps({**settings, setting: changed}).encode()}
        with pytest.raises(ArtifactRefusedError) as refused:
            load(files, REF)
        assert refused.value.code == "model.self_test_failed"

    def test_serving_needs_neither_scikit_learn_nor_lightgbm_nor_scipy(self):
        script = (
            "import sys; import drivetrain.resale.price.model.predictor;"
            "print([name for name in ('sklearn', 'lightgbm', 'scipy', 'polars', 'pandas') if name in sys.modules])"
        )
        shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert shown.stdout.strip() == "[]"


class TestEstimates:
    def test_one_row_is_a_batch_bit_for_bit(self, model):
        rows = small_table(700, 9).rows
        together = model.estimate(rows)
        for at in range(0, 700, 23):
            alone = model.estimate(take(rows, np.asarray([at])))
            for name in ("features", "price", "low", "high"):
                assert getattr(alone, name)[0].tobytes() == getattr(together, name)[at].tobytes()

    def test_a_row_beyond_the_table_does_not_change_its_neighbors(self, model):
        alone = estimate(model, [COMPACT])
        beside = estimate(model, [COMPACT, car(horsepower=900)])
        assert (alone.price[0], alone.low[0], alone.high[0]) == (
            beside.price[0],
            beside.low[0],
            beside.high[0],
        )

    def test_the_same_question_gets_the_same_answer(self, model):
        again = load(small_files(), REF)
        assert estimate(model, [LIMOUSINE]).price.tobytes() == estimate(again, [LIMOUSINE]).price.tobytes()

    @settings(max_examples=60, deadline=None)
    @given(ANY_CAR)
    def test_any_car_of_the_contract_gets_a_price_in_its_range(self, raw):
        row, _ = CAR_PRICE.check_row(raw)
        loaded = load(small_files(), REF)
        answer = estimate(loaded, [row])
        assert 0 < answer.low[0] <= answer.price[0] <= answer.high[0] < 1e9

    def test_a_new_make_is_answered_with_a_wider_range(self, model):
        known, new = estimate(model, [COMPACT]), estimate(model, [NEW_MAKE])
        assert new.high[0] / new.low[0] > known.high[0] / known.low[0]


class TestExplanation:
    @pytest.mark.parametrize(
        "row", [COMPACT, LIMOUSINE, NEW_MAKE, car(horsepower=900)], ids=["compact", "limousine", "new", "odd"]
    )
    def test_the_reasons_add_up_to_the_cent_largest_first(self, model, row):
        estimates = estimate(model, [row])
        (valuation,) = valuations(estimates.price, estimates.low, estimates.high, model.bands, CURRENCY)
        shown = model.explain(row, estimates.features[0], valuation.price)
        assert (
            round(shown.average_price + sum(reason.effect for reason in shown.reasons), 2) == valuation.price
        )
        assert {reason.name: reason.value for reason in shown.reasons} == row
        sizes = [abs(reason.effect) for reason in shown.reasons]
        assert sizes == sorted(sizes, reverse=True)

    def test_a_training_car_is_its_own_nearest_comparable(self, model):
        table = small_table()
        row = {name: table.rows[name][5] for name in CAR_PRICE.names}
        estimates = estimate(model, [row])
        comparables = model.explain(row, estimates.features[0], 9_000.0).comparables
        assert len(comparables) == COMPARABLES
        assert comparables[0].listing == row
        assert comparables[0].price == table.target[5]
