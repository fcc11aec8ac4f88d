"""What the contract of car prices accepts, repairs, warns of and refuses."""

from __future__ import annotations

import pytest
from tests.support.cars import COMPACT, car

from drivetrain.core.errors import ContractError
from drivetrain.resale.price.model.contract import CAR_PRICE, MARK_COLUMN, PUBLISHED_HEADER
from drivetrain.resale.price.model.dataset import CAR_PRICE_TABLE, name_the_makes

FIELDS = (
    "wheelbase carlength carwidth curbweight enginesize boreratio horsepower citympg highwaympg CompanyName "
    "fueltype aspiration doornumber carbody drivewheel enginetype cylindernumber fuelsystem"
)


def test_the_fields_are_the_eighteen_of_the_case_study_in_their_order():
    assert CAR_PRICE.names == tuple(FIELDS.split())


def test_its_own_example_passes_without_a_warning():
    row, warnings = CAR_PRICE.check_row(CAR_PRICE.example())
    assert (row, warnings) == (CAR_PRICE.example(), ())


@pytest.mark.parametrize(
    ("written", "make"),
    [
        ("maxda", "mazda"),
        ("porcshce", "porsche"),
        ("toyouta", "toyota"),
        ("vokswagen", "volkswagen"),
        ("vw", "volkswagen"),
        ("VW", "volkswagen"),
        ("Nissan", "nissan"),
        ("Toyota", "toyota"),
        ("Alfa Romeo", "alfa-romero"),
    ],
)
def test_makes_are_repaired(written, make):
    row, warnings = CAR_PRICE.check_row(car(CompanyName=written))
    assert (row["CompanyName"], warnings) == (make, ())


@pytest.mark.parametrize(
    ("field", "written", "word"),
    [
        ("fueltype", "Petrol", "gas"),
        ("doornumber", "4", "four"),
        ("cylindernumber", "12", "twelve"),
        ("carbody", "estate", "wagon"),
    ],
)
def test_other_words_are_repaired(field, written, word):
    row, _ = CAR_PRICE.check_row(car(**{field: written}))
    assert row[field] == word


def test_a_new_make_is_answered_with_a_warning():
    _, (warning,) = CAR_PRICE.check_row(car(CompanyName="Zastava"))
    assert (warning.field, warning.code) == ("CompanyName", "resale.new_CompanyName")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("fueltype", "steam", "resale.unknown_fueltype"),
        ("enginetype", "v8", "resale.unknown_enginetype"),
        ("doornumber", 4, "resale.doornumber_not_text"),  # a number is no word
        ("curbweight", "2109", "resale.curbweight_not_a_number"),
        ("curbweight", 2_109.5, "resale.curbweight_not_whole"),
        ("horsepower", 0, "resale.horsepower_out_of_range"),
        ("wheelbase", float("nan"), "resale.wheelbase_out_of_range"),
        ("price", 9_000, "input.unknown_field"),  # the answer is no input
    ],
)
def test_what_cannot_be_true_is_refused(field, value, code):
    with pytest.raises(ContractError) as refused:
        CAR_PRICE.check_row({**COMPACT, field: value})
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(f"/{field}", code)]


def test_every_size_is_positive_because_its_logarithm_is_taken():
    numbers = [column for column in CAR_PRICE.columns if hasattr(column, "unit")]
    assert len(numbers) == 9
    assert all(column.low > 0 and column.unit for column in numbers)


class TestPublishedTable:
    def test_the_make_is_the_first_word_of_the_name_and_nothing_else_changes(self):
        cells = {"CarName": ["maxda rx3", " vw  rabbit", "", None], "price": ["1", "2", "3", "4"]}
        assert name_the_makes(cells) == {
            "price": ["1", "2", "3", "4"],
            "CompanyName": ["maxda", "vw", None, None],
        }

    def test_its_preparation_reads_only_published_columns_and_makes_all_of_the_contract(self):
        preparation = CAR_PRICE_TABLE.preparation
        assert preparation is not None
        assert set(preparation.columns) <= set(PUBLISHED_HEADER) == set(CAR_PRICE_TABLE.header)
        made = preparation.prepare({name: ["x"] for name in preparation.columns})
        assert set(made) == {*CAR_PRICE.names, CAR_PRICE.target.name}

    def test_generated_rows_are_known_by_their_number(self):
        assert CAR_PRICE_TABLE.mark_column == MARK_COLUMN == PUBLISHED_HEADER[0]
