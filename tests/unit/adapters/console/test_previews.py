"""A preview says in a few lines what is read as what, what is refused and why, and what to do about columns."""

from __future__ import annotations

import json

import pytest

from drivetrain.adapters.console.previews import show_preview
from drivetrain.lifecycle.data.column_mapping import MappedColumn
from drivetrain.lifecycle.data.table_previews import RefusalReason, TablePreview

Captured = pytest.CaptureFixture[str]

READ = TablePreview(
    headings={"mileage": "Kilométrage", "fuel": "fuel"},
    missing=(),
    ignored=("Ville",),
    accepted=1_996,
    refused=4,
    reasons=(
        RefusalReason("fuel", "rental.unknown_fuel", 3, 12, "bois " * 20),
        RefusalReason("mileage", "input.missing_value", 1, 1_040, None),
    ),
    first_rows={"mileage": [10, 20], "fuel": ["diesel", None]},
)
LACKING = TablePreview(
    headings={"fuel": "fuel"},
    missing=("mileage",),
    ignored=("Km au compteur",),
    suggestions=(MappedColumn("Km au compteur", "mileage"),),
)


def test_what_is_read_and_what_is_refused(capsys: Captured) -> None:
    show_preview(READ, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "Kilométrage is read as mileage.",
        "Not read: Ville.",
        "2,000 rows: 1,996 accepted, 4 refused (0.2%).",
    ]
    assert (
        lines[3].startswith("  3 x rental.unknown_fuel, first in row 12: fuel is 'bois bois")
        and "…" in lines[3]
    )
    assert lines[4] == "  1 x input.missing_value, first in row 1,040: mileage is empty"
    assert [line.split() for line in lines[-2:]] == [["mileage", "10", "20"], ["fuel", "diesel"]]


def test_a_missing_column_comes_with_an_option_that_a_shell_takes(capsys: Captured) -> None:
    show_preview(LACKING, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "Not read: Km au compteur.",
        "Did you mean --map 'Km au compteur=mileage'",
    ]


@pytest.mark.parametrize("preview", [READ, LACKING], ids=["read", "lacking"])
def test_for_machines_it_is_one_object(capsys: Captured, preview: TablePreview) -> None:
    show_preview(preview, as_json=True)
    assert json.loads(capsys.readouterr().out) == preview.as_dict()
