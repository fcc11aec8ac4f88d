"""A packed version loads, answers as it did when it was made, and accounts for its prices to the cent."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.listings import (
    FAMILY_ESTATE,
    LISTINGS,
    TINY,
    UNKNOWN_MAKE,
    listing,
    small_files,
    small_fit,
    small_table,
)

from drivetrain.lifecycle.data.contracts import FlagColumn, ListColumn, NumberColumn
from drivetrain.lifecycle.learning.artifacts import ArtifactRefusedError
from drivetrain.lifecycle.learning.features import as_columns, take
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.rental.price.domain.price import suggestions
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.predictor import (
    COMPARABLES,
    LISTINGS_FILE,
    POINT_FILE,
    SETTINGS_FILE,
    SPREAD_FILE,
    PriceEstimate,
    RentalPriceModel,
    load,
)

REF = ModelRef("rental-price", "7")
SELF_TEST_FILE = "self_test.json"


@pytest.fixture(scope="module")
def model():
    return load(small_files(), REF)


def values_of(column) -> st.SearchStrategy:
    if isinstance(column, NumberColumn):
        return st.integers(int(column.low), int(column.high))
    if isinstance(column, ListColumn):
        known = st.sampled_from(column.values)
        return (
            known | st.text("abc XYZ", min_size=1, max_size=9).filter(str.strip) if column.is_open else known
        )
    assert isinstance(column, FlagColumn)
    return st.booleans()


ANY_LISTING = st.fixed_dictionaries({column.name: values_of(column) for column in RENTAL_PRICE.columns})


def estimate(model, rows):
    return model.estimate(as_columns(rows, RENTAL_PRICE.names))


class TestLoading:
    def test_a_loaded_version_answers_with_the_bits_of_the_fit(self, model):
        point, ranges = small_fit()
        rows = small_table().rows
        matrix = point.encoder.matrix(rows)
        price = point.price(matrix)
        low, high = ranges.bounds(matrix, price)
        loaded = model.estimate(rows)
        for ours, theirs in (
            (loaded.features, matrix),
            (loaded.price, price),
            (loaded.low, low),
            (loaded.high, high),
        ):
            assert ours.tobytes() == theirs.tobytes()

    def test_it_knows_its_recipe_and_its_name(self, model):
        assert (model.recipe, model.ref) == (TINY.as_dict(), REF)

    def test_the_files_are_text_and_hold_no_pickle(self):
        assert set(small_files()) == {POINT_FILE, SPREAD_FILE, SETTINGS_FILE, LISTINGS_FILE, SELF_TEST_FILE}
        for content in small_files().values():
            content.decode("utf-8")

    @pytest.mark.parametrize("name", [POINT_FILE, SPREAD_FILE, SETTINGS_FILE, LISTINGS_FILE, SELF_TEST_FILE])
    @pytest.mark.parametrize(
        "content", [None, b"", b"{}", b"[]", b"null", b"\xff", b"tree\nversion=v4\n"], ids=repr
    )
    def test_a_missing_or_unreadable_file_is_refused(self, name, content):
        files = {**small_files(), name: content}
        if content is None:
            del files[name]
        with pytest.raises(ArtifactRefusedError) as refused:
            load(files, REF)
        assert "Version 7 of rental-price" in refused.value.detail

    def test_settings_that_do_not_fit_the_trees_are_refused(self):
        settings = json.loads(small_files()[SETTINGS_FILE])
        for changed in (
            {"encoder": settings["encoder"][:-1]},
            {"factors": settings["factors"][:1]},
            {"spread_floor": "much"},
            {"group_scales": settings["group_scales"][:-1]},
        ):
            with pytest.raises(ArtifactRefusedError):
                load({**small_files(), SETTINGS_FILE: json.dumps({**settings, **changed}).encode()}, REF)


class TestOlderVersions:
    def test_one_from_before_groups_had_scales_answers_as_it_did(self):
        table = small_table()
        point, ranges = small_fit()
        matrix = point.encoder.matrix(table.rows)
        spread = np.maximum(Trees(ranges.trees).predict(matrix[:, 1:]), ranges.floor)
        price = point.price(matrix)
        factors = ranges.factors[matrix[:, 0].astype(int)]
        low = price - factors[:, 0] * spread
        cut = np.maximum(1.0 - low, 0.0)
        answers = np.column_stack([price, np.maximum(low, 1.0), price + factors[:, 1] * spread + cut])
        settings = json.loads(small_files()[SETTINGS_FILE])
        del settings["group_scales"]
        older = RentalPriceModel(
            {**small_files(), SETTINGS_FILE: json.dumps(settings).encode()}, REF
        ).estimate(table.rows)
        assert np.column_stack([older.price, older.low, older.high]).tobytes() == answers.tobytes()


class TestSelfTest:
    def test_the_stored_rows_span_the_table(self):
        stored = json.loads(small_files()[SELF_TEST_FILE])
        assert 60 <= len(stored["rows"]) == len(stored["answers"]) <= 130
        assert len({tuple(answer) for answer in stored["answers"]}) > 30

    def test_a_difference_in_the_last_bit_is_refused(self):
        stored = json.loads(small_files()[SELF_TEST_FILE])
        stored["answers"][-1][2] = float(np.nextafter(stored["answers"][-1][2], 1e9))
        with pytest.raises(ArtifactRefusedError) as refused:
            load({**small_files(), SELF_TEST_FILE: json.dumps(stored).encode()}, REF)
        assert refused.value.code == "model.self_test_failed"

    @pytest.mark.parametrize(
        ("name", "value"), [("spread_floor", 1_000.0), ("factors", [[9.0, 9.0]] * 10), ("mileage cap", 1.0)]
    )
    def test_settings_that_change_an_answer_are_refused(self, name, value):
        settings = json.loads(small_files()[SETTINGS_FILE])
        if name == "mileage cap":
            settings["encoder"][1]["most"] = value
        else:
            assert name in settings
            settings[name] = value
        with pytest.raises(ArtifactRefusedError) as refused:
            load({**small_files(), SETTINGS_FILE: json.dumps(settings).encode()}, REF)
        assert refused.value.code == "model.self_test_failed"

    def test_a_row_that_is_answered_in_another_way_alone_is_refused(self, monkeypatch):
        monkeypatch.setattr(
            RentalPriceModel, "estimate_one", lambda model, row: PriceEstimate([], 1.0, 1.0, 1.0, False)
        )
        with pytest.raises(ArtifactRefusedError, match="alone"):
            load(small_files(), REF)

    def test_trees_that_changed_places_are_refused(self):
        files = small_files()
        with pytest.raises(ArtifactRefusedError):
            load({**files, POINT_FILE: files[SPREAD_FILE], SPREAD_FILE: files[POINT_FILE]}, REF)


class TestEstimates:
    @given(st.lists(ANY_LISTING, min_size=1, max_size=8))
    def test_any_accepted_listing_has_a_price_in_a_range_above_nothing(self, model, rows):
        found = estimate(model, rows)
        assert (found.low > 0).all()
        assert (found.low <= found.price).all()
        assert (found.price <= found.high).all()
        assert np.isfinite(found.high).all()

    @given(st.lists(ANY_LISTING, min_size=2, max_size=8))
    def test_a_row_alone_is_answered_as_in_a_batch_to_the_last_bit(self, model, rows):
        together = estimate(model, rows)
        for at, row in enumerate(rows):
            alone = estimate(model, [row])
            for name in ("features", "price", "low", "high"):
                assert getattr(alone, name)[0].tobytes() == getattr(together, name)[at].tobytes()

    @given(ANY_LISTING)
    def test_the_way_for_one_row_gives_the_bits_of_the_way_for_many(self, model, row):
        many, one = estimate(model, [row]), model.estimate_one(row)
        assert np.asarray(one.features).tobytes() == many.features[0].tobytes()
        for name in ("price", "low", "high"):
            assert np.float64(getattr(one, name)).tobytes() == getattr(many, name).tobytes()
        assert one.is_rare_make == bool(
            model.rare_makes(as_columns([row], RENTAL_PRICE.names), many.features)
        )

    def test_the_order_of_the_rows_asked_does_not_matter(self, model):
        rows, order = small_table().rows, np.random.default_rng(4).permutation(len(small_table().target))
        assert (
            model.estimate(take(rows, order)).price.tobytes() == model.estimate(rows).price[order].tobytes()
        )

    @given(ANY_LISTING, st.integers(0, 1_500_000))
    def test_more_kilometers_never_raise_a_price(self, model, row, mileage):
        near, far = sorted((row["mileage"], mileage))
        found = estimate(model, [{**row, "mileage": near}, {**row, "mileage": far}])
        assert found.price[0] >= found.price[1]

    @given(
        ANY_LISTING,
        st.sampled_from([column.name for column in RENTAL_PRICE.columns if isinstance(column, FlagColumn)]),
    )
    def test_more_equipment_never_lowers_a_price(self, model, row, name):
        found = estimate(model, [{**row, name: False}, {**row, name: True}])
        assert found.price[0] <= found.price[1]

    def test_an_unknown_make_is_answered_and_all_unknown_makes_alike(self, model):
        found = estimate(model, [UNKNOWN_MAKE, listing(model_key="Tatra"), listing(model_key="Citroën")])
        assert found.price[0] == found.price[1]
        assert (found.high - found.low)[0] > (found.high - found.low)[2]

    def test_two_threads_get_their_own_prices(self, model):
        expected, wrong = estimate(model, LISTINGS).price, []

        def ask(at: int) -> None:
            wrong.extend(at for _ in range(300) if estimate(model, [LISTINGS[at]]).price[0] != expected[at])

        threads = [threading.Thread(target=ask, args=(at,)) for at in range(len(LISTINGS))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


class TestExplanations:
    def explained(self, model, row):
        found = estimate(model, [row])
        (suggestion,) = suggestions(found.price, found.low, found.high)
        return suggestion, model.explain(row, found.features[0], suggestion.price_per_day)

    @given(ANY_LISTING)
    def test_average_and_reasons_add_up_to_the_suggested_price(self, model, row):
        suggestion, explanation = self.explained(model, row)
        cents = [
            round(amount * 100)
            for amount in (explanation.average_price, *(r.effect for r in explanation.reasons))
        ]
        assert sum(cents) == round(suggestion.price_per_day * 100)

    @pytest.mark.parametrize("row", LISTINGS)
    def test_every_field_has_one_reason_with_its_value_and_the_largest_come_first(self, model, row):
        _, explanation = self.explained(model, row)
        assert {reason.name: reason.value for reason in explanation.reasons} == row
        sizes = [abs(reason.effect) for reason in explanation.reasons]
        assert len(sizes) == 13
        assert sizes == sorted(sizes, reverse=True)

    def test_comparables_are_real_listings_and_a_listing_of_the_table_is_among_its_own(self, model):
        table = small_table()
        rows = [
            {name: table.rows[name][at] for name in RENTAL_PRICE.names} for at in range(len(table.target))
        ]
        for at in (0, 57, len(rows) - 1):
            _, explanation = self.explained(model, rows[at])
            found = [(dict(each.listing), each.price) for each in explanation.comparables]
            assert len(found) == COMPARABLES
            assert (rows[at], table.target[at]) in found
            assert all(each in list(zip(rows, table.target.tolist(), strict=True)) for each in found)

    def test_the_average_is_the_same_for_every_listing(self, model):
        assert len({self.explained(model, row)[1].average_price for row in LISTINGS}) == 1


def test_a_listed_make_without_a_code_is_rare_and_one_that_is_not_listed_is_not():
    """Who is not listed has the warning of the contract already."""
    model = RentalPriceModel(small_files(), ModelRef("rental-price", "1"))
    learned = small_fit()[0].encoder.features[0].vocabulary
    rare = next(make for make in RENTAL_PRICE.columns[0].values if make not in learned)
    rows = as_columns([FAMILY_ESTATE, listing(model_key=rare), UNKNOWN_MAKE], RENTAL_PRICE.names)
    assert model.rare_makes(rows, model.estimate(rows).features) == [1]
