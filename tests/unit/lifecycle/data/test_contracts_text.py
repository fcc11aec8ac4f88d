"""Columns of any text, and contracts without a target: for tables whose rows only make sense together."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivetrain.adapters.tabular.frame_checks import check_table
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.lifecycle.data.cells import SPACES, read_cell
from drivetrain.lifecycle.data.contracts import (
    Contract,
    NumberColumn,
    RowContract,
    TextColumn,
    contract_from_dict,
)

NOTE = TextColumn("note", "Anything.", "x")
LATER = TextColumn("note", "Anything, or nothing.", "x", optional=True)
POWER = NumberColumn("power", "Power.", unit="hp", low=1, high=9, usual_low=1, usual_high=9, example=5)
MIXED = RowContract("cars", "rental", (NOTE, POWER))


@pytest.mark.parametrize("column", [NOTE, LATER])
@given(
    cells=st.lists(
        st.one_of(st.none(), st.text(), st.sampled_from(["", " ", "N/A", "?"])), min_size=1, max_size=20
    )
)
def test_one_cell_and_a_column_mean_the_same(column, cells):
    checked = check_table(
        pl.DataFrame({"note": pl.Series(cells, dtype=pl.String)}),
        RowContract("t", "t", (column,)),
        with_target=False,
    )
    assert checked.bad_rows == 0
    assert checked.frame.get_column("note").to_list() == [read_cell(column, cell, "t") for cell in cells]


def test_an_empty_cell_is_no_fault_and_spaces_around_do_not_count():
    assert [read_cell(NOTE, text, "t") for text in (None, "", f"{SPACES}a b{SPACES}")] == ["", "", "a b"]


def test_an_optional_text_may_be_left_out():
    contract = RowContract("t", "t", (LATER,))
    assert [contract.check_row(row)[0] for row in ({}, {"note": None}, {"note": ""}, {"note": "a"})] == [
        {"note": None},
        {"note": None},
        {"note": ""},
        {"note": "a"},
    ]
    assert [read_cell(LATER, text, "t") for text in (None, "", " ", "a")] == [None, None, None, "a"]
    absent = check_table(pl.DataFrame({"other": ["1", "2"]}), contract, with_target=False)
    assert absent.frame.get_column("note").to_list() == [None, None]


def test_the_other_columns_of_its_table_are_checked_as_ever():
    frame = pl.DataFrame({"note": ["a", None, "c"], "power": ["3", "x", "30"]})
    checked = check_table(frame, MIXED, with_target=False)
    assert checked.frame.to_dicts() == [{"note": "a", "power": 3}]
    assert [(error.row, error.code) for error in checked.errors] == [
        (2, "rental.power_not_a_number"),
        (3, "rental.power_out_of_range"),
    ]


def test_in_json_it_must_be_text():
    assert MIXED.check_row({"note": "", "power": 3})[0] == {"note": "", "power": 3}
    with pytest.raises(ContractError) as refusal:
        MIXED.check_row({"note": 5, "power": 3})
    assert [error.code for error in refusal.value.errors] == ["rental.note_not_text"]
    assert isinstance(NOTE.check(None, "rental"), FieldError)


@pytest.mark.parametrize("contract", [MIXED, Contract("cars", "rental", (NOTE, POWER), POWER)])
def test_a_contract_reads_back_with_or_without_its_target(contract):
    assert contract_from_dict(contract.as_dict()) == contract


def test_a_models_contract_is_never_read_without_its_target():
    with pytest.raises(TypeError):
        Contract.from_dict(MIXED.as_dict())
