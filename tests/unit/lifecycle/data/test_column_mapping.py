"""A person says which heading is which column, and what is in cents; slips are named before anything is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.core.errors import InvalidInputError
from drivetrain.lifecycle.data.column_mapping import (
    ColumnMapping,
    MappedColumn,
    from_cents,
    is_amount,
    mapping_from_dict,
    parse_mapping,
)
from drivetrain.lifecycle.data.contracts import FlagColumn, NumberColumn

MILEAGE = NumberColumn("mileage", "", "km", 0, 1_500_000, 0, 400_000, 1)
PRICE = NumberColumn("price_per_day", "", "EUR", 1, 5_000, 20, 400, 1, whole=False)
COLUMNS = {
    "": None,
    "mileage": MILEAGE,
    "price_per_day": PRICE,
    "has_gps": FlagColumn("has_gps", ""),
    "Car/Suv": None,
}


def test_headings_are_taken_as_they_are_written_and_columns_by_their_spelling() -> None:
    mapping = parse_mapping(["Kilométrage =Mileage", "a=b:c=PRICE PER DAY:cents"], COLUMNS)
    assert mapping.columns == (
        MappedColumn("Kilométrage", "mileage"),
        MappedColumn("a=b:c", "price_per_day", is_in_cents=True),
    )
    assert mapping.heading_of("mileage") == "Kilométrage"
    assert mapping.heading_of("has_gps") == "has_gps"
    assert mapping.in_cents == {"price_per_day"}


def test_two_columns_may_change_places() -> None:
    assert len(parse_mapping(["mileage=has_gps", "has_gps=mileage"], COLUMNS).columns) == 2


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["Kilométrage"], "THEIRS=OURS"),
        (["=mileage"], "THEIRS=OURS"),  # the unnamed column cannot be meant by nothing
        (["Kilométrage="], "THEIRS=OURS"),
        (["Kilométrage=milage"], "it has: mileage"),  # the nearest
        (["Kilométrage=mileage:cents"], "not an amount of money"),
        (["Kilométrage=mileage:miles"], "no column 'mileage:miles'"),  # no other unit is known
        (["a=mileage", "b=mileage"], "mapped more than once"),
        (["a=mileage", "a=has_gps"], "would be two columns"),
        (["has_gps=mileage"], "would be two columns"),  # has_gps is still one
        (["Has GPS=mileage"], "would be two columns"),
    ],
)
def test_a_slip_is_named(texts: list[str], reason: str) -> None:
    with pytest.raises(InvalidInputError) as wrong:
        parse_mapping(texts, COLUMNS)
    assert wrong.value.code == "data.bad_mapping"
    assert any(reason in error.detail for error in wrong.value.errors)


def test_every_slip_is_named() -> None:
    with pytest.raises(InvalidInputError) as wrong:
        parse_mapping(["Kilométrage", "x=y", "a=mileage"], COLUMNS)
    assert len(wrong.value.errors) == 2


@given(
    st.lists(
        st.tuples(st.text(min_size=1), st.sampled_from(["x", "y", "z"]), st.booleans()),
        unique_by=lambda t: t[0],
    )
)
def test_a_written_mapping_is_read_back_the_same(columns: list[tuple[str, str, bool]]) -> None:
    mapping = ColumnMapping(tuple(MappedColumn(*column) for column in columns))
    assert mapping_from_dict(mapping.as_dict()) == mapping


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("EUR", True), ("GBP per year", True), ("km", False), ("hp", False), ("EURO", False)],
)
def test_money_is_told_by_its_unit(unit: str, expected: bool) -> None:
    assert is_amount(NumberColumn("x", "", unit, 0, 1, 0, 1, 1)) is expected


class TestCents:
    def test_amounts_become_whole_units(self) -> None:
        assert from_cents(["11550", " 9900 ", "5"], PRICE.accepts) == ["115.5", "99.0", "0.05"]

    def test_groups_and_decimal_commas_are_read_as_anywhere(self) -> None:
        assert from_cents(["11 550", "1.250,5", "9900,0"], PRICE.accepts) == ["115.5", "12.5050", "99.0"]

    def test_what_the_column_accepts_decides_a_mark(self) -> None:
        """12.345 cents are less than a euro, which no price is; so the point groups digits."""
        assert from_cents(["12.345"], PRICE.accepts) == ["123.45"]

    def test_what_is_no_number_stays_for_the_contract_to_refuse(self) -> None:
        assert from_cents([None, "", "free", "#N/A"], PRICE.accepts) == [None, "", "free", "#N/A"]

    def test_an_ambiguous_amount_is_never_taken_for_one_in_whole_units(self) -> None:
        accepts_both = NumberColumn("x", "", "EUR", 0, 5_000, 0, 400, 1, whole=False).accepts
        (cell,) = from_cents(["250.125"], accepts_both)
        assert cell == "250.125 cents"
