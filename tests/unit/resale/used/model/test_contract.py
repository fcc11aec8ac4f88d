"""A used car's make and model are understood as people write them, in every market alike."""

from __future__ import annotations

import pytest

from drivetrain.resale.used.model.contract import CONTRACTS


@pytest.mark.parametrize(
    ("market", "written", "make"),
    [
        ("uk", "Mercedes-Benz", "Mercedes"),
        ("uk", "Mercedes Benz", "Mercedes"),
        ("uk", "merc", "Mercedes"),
        ("au", "Mercedes", "Mercedes-Benz"),
        ("in", "Merc", "Mercedes-Benz"),
        ("uk", "VW", "Volkswagen"),
        ("uk", "Opel", "Vauxhall"),  # the same cars under the British name
        ("au", "Opel", "Opel"),  # a make of its own there
        ("in", "Suzuki", "Maruti Suzuki"),
        ("au", "Suzuki", "Suzuki"),
        ("au", "landrover", "Land Rover"),
        ("au", "Great Wall", "Great Wall"),  # listed beside GWM
    ],
)
def test_every_name_of_a_make_leads_to_the_name_of_the_market(market, written, make):
    assert CONTRACTS[market].columns[0].canonical(written) == make


@pytest.mark.parametrize(
    ("market", "written", "model"),
    [
        ("uk", "Up!", "Up"),
        ("uk", "VW Up!", "Up"),
        ("uk", "RAV 4", "RAV4"),
        ("uk", "I 10", "I10"),
        ("uk", "i-10", "I10"),
        ("uk", "ford fiesta", "Fiesta"),
        ("uk", "Ka+", "Ka+"),  # not the KA: both are listed
        ("uk", "KA", "KA"),
        ("au", "CX30", "CX30"),  # listed in two writings, each is kept
        ("au", "CX-30", "CX-30"),
        ("in", "Maruti Swift", "Swift"),
    ],
)
def test_a_model_is_understood_with_other_spaces_and_with_its_make(market, written, model):
    assert CONTRACTS[market].columns[1].canonical(written) == model


def test_an_unknown_make_is_answered_with_the_nearest_known_ones():
    contract = CONTRACTS["uk"]
    row, warnings = contract.check_row({**contract.example(), "make": "Voxhall"})
    assert row["make"] == "Voxhall"
    assert [(warning.code, "Did you mean Vauxhall?" in warning.detail) for warning in warnings] == [
        ("resale.new_make", True)
    ]


def test_nothing_is_offered_for_a_name_that_resembles_none():
    warning = CONTRACTS["uk"].columns[0].unusual("resale", "Qoros")
    assert "Did you mean" not in warning.detail


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_every_name_of_the_tables_stays_what_it_is(contract):
    for column in contract.columns[:2]:
        assert [column.canonical(value) for value in column.values] == list(column.values)
