"""A marketplace's log becomes profiles of buyers: in any order of rows, and nothing wrong is passed over."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from tests.support.buyers import interaction

from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.errors import ContractError, InvalidInputError
from drivetrain.resale.segments.model.contract import BUYER_PROFILE
from drivetrain.resale.segments.model.dataset import BUYER_INTERACTIONS_TABLE
from drivetrain.resale.segments.model.profiles import profile_of

HEADER = ["buyer_id", "kind", "price_eur", "age_years", "body", "fuel", "power_kw"]
ANNA = [
    ["anna", "view", "5500", "11", "hatchback", "petrol", "60"],
    ["anna", "like", "4900", "12", "saloon", "petrol", "51"],
]
BERT = [["bert", "search", "30000", "", "SUV", "", ""]]


def read(folder: Path, rows: list[list[str]], header: list[str] = HEADER):
    path = folder / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return read_training_table(
        path, BUYER_PROFILE, folder / "aside.csv", BUYER_INTERACTIONS_TABLE.preparation
    )


def row(table, at):
    return {name: table.rows[name][at] for name in BUYER_PROFILE.names}


def test_a_log_of_ones_own_becomes_one_row_for_each_buyer(tmp_path):
    table = read(tmp_path, [*ANNA, *BERT]).table
    assert len(table.target) == 2
    assert np.isnan(table.target).all()  # no taste is known of real buyers
    assert row(table, 0) == profile_of(
        [
            interaction(price_eur=5_500, age_years=11, power_kw=60),
            interaction(kind="like", price_eur=4_900, age_years=12, body="saloon", power_kw=51),
        ]
    )
    assert row(table, 1)["median_age_years"] is None


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    straight, turned = read(tmp_path, [*ANNA, *BERT]).table, read(tmp_path, [*BERT, *ANNA[::-1]]).table
    assert straight.rows == turned.rows


def test_columns_may_stand_in_any_order_and_others_are_passed_over(tmp_path):
    turned = [["x", *cells[::-1]] for cells in ANNA]
    assert read(tmp_path, turned, ["listing_id", *HEADER[::-1]]).table.rows == read(tmp_path, ANNA).table.rows


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            ["anna", "view", "-5", "11", "suv", "petrol", "60"],
            "row 2 of the log: resale.price_eur_out_of_range",
        ),
        (["anna", "stare", "5500", "11", "suv", "petrol", "60"], "row 2 of the log: resale.unknown_kind"),
        (["anna", "", "5500", "11", "suv", "petrol", "60"], "row 2 of the log: input.missing_value"),
        (
            ["anna", "view", "many", "11", "suv", "petrol", "60"],
            "row 2 of the log: resale.price_eur_not_a_number",
        ),
        (["", "view", "5500", "11", "suv", "petrol", "60"], "no buyer_id"),
    ],
)
def test_a_buyer_with_a_broken_interaction_is_set_aside_with_the_reason(tmp_path, broken, reason):
    found = read(tmp_path, [ANNA[0], broken, *BERT])
    assert found.broken == 1
    assert reason in found.quarantine_file.read_text()
    assert "bert" not in found.quarantine_file.read_text()
    assert row(found.table, -1)["searches"] == 1


def test_a_log_without_a_needed_column_names_it(tmp_path):
    with pytest.raises(ContractError) as refused:
        read(tmp_path, [cells[:-1] for cells in ANNA], HEADER[:-1])
    assert refused.value.errors[0].column == "power_kw"


def test_a_log_of_broken_rows_alone_is_refused(tmp_path):
    with pytest.raises(InvalidInputError):
        read(tmp_path, [["anna", "stare", "", "", "", "", ""]])
