"""A file is read under a table's names, whatever it calls its columns, and in the table's units."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from drivetrain.adapters.tabular.mapped import read_file_header, read_mapped
from drivetrain.core.errors import ContractError
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping, MappedColumn
from drivetrain.lifecycle.data.contracts import Column, NumberColumn

PRICE = NumberColumn("price", "", "EUR", 1, 5_000, 20, 400, 1, whole=False)
COLUMNS: dict[str, Column | None] = {"make": None, "price": PRICE, "note": None}
MAPPING = ColumnMapping((MappedColumn("Marque", "make"), MappedColumn("Prix", "price", is_in_cents=True)))
ROWS = {"PRIX": [11550, 9900], "marque": ["Audi", "BMW"], "Ville": ["Lyon", "Lille"]}


def write(path: Path) -> Path:
    frame = pl.DataFrame(ROWS)
    if path.suffix == ".parquet":
        frame.with_columns(photos=pl.Series([["a"], ["b"]])).write_parquet(path)
    else:
        frame.write_csv(path, separator=";")
    return path


@pytest.mark.parametrize("name", ["cars.csv", "cars.parquet"])
def test_headings_are_compared_by_their_spelling_and_cents_become_euros(tmp_path: Path, name: str) -> None:
    read = read_mapped(write(tmp_path / name), COLUMNS, {"note"}, MAPPING)
    assert read.cells.to_dict(as_series=False) == {"make": ["Audi", "BMW"], "price": ["115.5", "99.0"]}
    assert read.headings == {"make": "marque", "price": "PRIX"}
    assert read.ignored[0] == "Ville"


@pytest.mark.parametrize("name", ["cars.csv", "cars.parquet"])
def test_a_file_without_a_column_is_refused_by_the_name_it_was_to_have(tmp_path: Path, name: str) -> None:
    mapping = ColumnMapping((MappedColumn("Constructeur", "make"),))
    with pytest.raises(ContractError) as refused:
        read_mapped(write(tmp_path / name), COLUMNS, {"note"}, mapping)
    assert [error.column for error in refused.value.errors] == ["Constructeur", "price"]


@pytest.mark.parametrize("name", ["cars.csv", "cars.parquet"])
def test_the_header_is_told_with_the_first_cells_of_what_is_not_known(tmp_path: Path, name: str) -> None:
    header = read_file_header(write(tmp_path / name), COLUMNS, ColumnMapping(MAPPING.columns[:1]), rows=1)
    assert header.headings == {"make": "marque"}
    assert header.missing == ("price", "note")
    assert {heading: header.ignored[heading] for heading in ("PRIX", "Ville")} == {
        "PRIX": ["11550"],
        "Ville": ["Lyon"],
    }


def test_a_column_that_is_there_twice_is_no_header(tmp_path: Path) -> None:
    (tmp_path / "cars.csv").write_text("make,Make\na,b\n")
    with pytest.raises(ContractError) as refused:
        read_file_header(tmp_path / "cars.csv", COLUMNS, UNMAPPED, rows=1)
    assert refused.value.errors[0].code == "input.duplicate_column"
