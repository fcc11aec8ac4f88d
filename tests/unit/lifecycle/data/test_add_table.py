"""A file becomes the current table once models can learn from it; what is refused changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from tests.support.tables import (
    HEADINGS,
    MAPPING,
    MAPPING_IN_CENTS,
    PRICE,
    TARGET,
    english_rows,
    french_rows,
    write_table,
)

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.adapters.tabular.previewing import preview_file
from drivetrain.adapters.tabular.training import read_training_table
from drivetrain.core.errors import (
    ConflictError,
    ContractError,
    InvalidInputError,
    NotFoundError,
    UnreadableInputError,
)
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.add_table import AddedTable, AddTable, TableRequest
from drivetrain.lifecycle.data.contracts import Contract
from drivetrain.lifecycle.data.preview_table import PreviewTable
from drivetrain.lifecycle.data.table_previews import TablePreview, TableRefusedError
from drivetrain.rental.buffer.model.chains.dataset import RENTAL_DELAYS
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.dataset import RENTAL_PRICING

NAME = RENTAL_PRICING.name


def contract_of(name: str) -> Contract | None:
    return RENTAL_PRICE if name == NAME else None


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path / "datasets", [RENTAL_PRICING, RENTAL_DELAYS])


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, str]]:
    return english_rows(tmp_path, 60)


def add(store: DatasetStore, file: Path, *mapping: str, name: str = NAME, **options: Any) -> AddedTable:
    request = TableRequest(name, file, mapping, **options)
    return AddTable(store, contract_of, preview_file)(request, SilentProgress())


def preview(store: DatasetStore, file: Path, *mapping: str, name: str = NAME) -> TablePreview:
    return PreviewTable(store, contract_of, preview_file)(name, file, mapping, SilentProgress())


def learned(added: AddedTable, folder: Path) -> Any:
    reference = added.reference
    return read_training_table(
        reference.path, RENTAL_PRICE, folder / "aside.csv", None, reference.mapping
    ).table


class TestAFrenchTable:
    def test_its_columns_are_offered(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        shown = preview(store, write_table(tmp_path / "voitures.csv", french_rows(rows)))
        assert tuple(map(str, shown.suggestions)) == MAPPING
        assert shown.missing == tuple(HEADINGS)
        in_cents = preview(store, write_table(tmp_path / "centimes.csv", french_rows(rows, in_cents=True)))
        assert set(map(str, in_cents.suggestions)) == set(MAPPING_IN_CENTS)

    @pytest.mark.parametrize("in_cents", [False, True])
    def test_it_is_previewed_taken_and_read_as_it_is_meant(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path, in_cents: bool
    ) -> None:
        file = write_table(tmp_path / "voitures.csv", french_rows(rows, in_cents=in_cents))
        mapping = MAPPING_IN_CENTS if in_cents else MAPPING
        shown = preview(store, file, *mapping)
        assert (shown.accepted, shown.refused, shown.missing, shown.ignored) == (len(rows), 0, (), ("Ville",))
        assert shown.headings["mileage"] == "Kilométrage"
        assert shown.first_rows[TARGET] == [
            int(rows[0][TARGET]),
            int(rows[1][TARGET]) + 0.5,
            int(rows[2][TARGET]),
        ]
        assert store.history(NAME) == ()

        table = learned(add(store, file, *mapping), tmp_path)
        assert table.rows["mileage"] == [int(row["mileage"]) for row in rows]
        assert table.rows["has_gps"] == [row["has_gps"] == "True" for row in rows]
        assert table.target.tolist() == [
            int(row[TARGET]) + 0.5 * (place % 2) for place, row in enumerate(rows)
        ]

    def test_a_spreadsheet_is_mapped_alike(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        written = french_rows(rows, in_cents=True)
        with xlsxwriter.Workbook(tmp_path / "voitures.xlsx") as book:
            sheet = book.add_worksheet()
            for number, row in enumerate([list(written[0]), *(list(row.values()) for row in written)]):
                sheet.write_row(number, 0, row)
        assert preview(store, tmp_path / "voitures.xlsx").suggestions
        added = add(store, tmp_path / "voitures.xlsx", *MAPPING_IN_CENTS)
        assert learned(added, tmp_path).target[1] == int(rows[1][TARGET]) + 0.5

    def test_so_is_a_parquet_file(self, rows: list[dict[str, str]], tmp_path: Path) -> None:
        spec = replace(RENTAL_PRICING, kinds=(".parquet",))
        store = DatasetStore(tmp_path / "parquet", [spec])
        frame = pl.DataFrame(french_rows(rows, in_cents=True)).with_columns(
            pl.col("Prix (centimes)").cast(pl.Int64), photos=pl.lit(["a.jpg"])
        )
        frame.write_parquet(tmp_path / "voitures.parquet")
        assert set(map(str, preview(store, tmp_path / "voitures.parquet").suggestions)) == set(
            MAPPING_IN_CENTS
        )
        added = add(store, tmp_path / "voitures.parquet", *MAPPING_IN_CENTS)
        assert learned(added, tmp_path).target[1] == int(rows[1][TARGET]) + 0.5

    def test_a_mapping_goes_before_a_column_of_the_tables_own_name(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        both = [{**row, "mileage": "-1"} for row in french_rows(rows)]
        shown = preview(store, write_table(tmp_path / "both.csv", both), *MAPPING)
        assert shown.refused == 0
        assert shown.ignored == ("Ville", "mileage")


class TestRefusals:
    """Nothing is kept of any of them, and the table before stays current."""

    @pytest.fixture(autouse=True)
    def before(self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path) -> Any:
        before = add(store, write_table(tmp_path / "before.csv", rows)).reference
        yield before
        assert store.history(NAME) == (before,)
        assert store.current(NAME) == before

    def test_another_table(self, store: DatasetStore, tmp_path: Path) -> None:
        file = tmp_path / "other.csv"
        file.write_text("a,b\n1,2\n")
        with pytest.raises(TableRefusedError) as refused:
            add(store, file, accept_refused=True)  # no consent makes up for missing columns
        assert refused.value.code == "data.missing_columns"
        assert {error.column for error in refused.value.errors} == set(HEADINGS)
        assert refused.value.preview.ignored == ("a", "b")

    def test_a_table_that_lacks_one_column_names_what_may_be_meant(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        renamed = [
            {("Km" if name == "mileage" else name): cell for name, cell in row.items()} for row in rows
        ]
        with pytest.raises(TableRefusedError, match="lacks 1 column") as refused:
            add(store, write_table(tmp_path / "km.csv", renamed))
        (error,) = refused.value.errors
        assert (error.column, "Km=mileage" in error.detail) == ("mileage", True)

    def test_a_table_without_a_row_that_passes(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        broken = [{**row, "mileage": "-5"} for row in rows]
        with pytest.raises(TableRefusedError) as refused:
            add(store, write_table(tmp_path / "broken.csv", broken), accept_refused=True)
        assert refused.value.code == "data.no_good_rows"
        (reason,) = refused.value.preview.reasons
        assert (reason.column, reason.code, reason.count, reason.row, reason.cell) == (
            "mileage",
            "rental.mileage_out_of_range",
            len(rows),
            1,
            "-5",
        )

    def test_a_header_without_rows(self, store: DatasetStore, tmp_path: Path) -> None:
        file = tmp_path / "header.csv"
        file.write_text(",".join(HEADINGS) + "\n")
        with pytest.raises(TableRefusedError) as refused:
            add(store, file)
        assert refused.value.code == "data.no_good_rows"

    def test_cents_that_nobody_declared(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        """The commonest slip: a price of 11,550 euros a day is none."""
        file = write_table(tmp_path / "cents.csv", french_rows(rows, in_cents=True))
        undeclared = [text.removesuffix(":cents") for text in MAPPING_IN_CENTS]
        with pytest.raises(TableRefusedError) as refused:
            add(store, file, *undeclared)
        assert refused.value.preview.reasons[0].code == "rental.rental_price_per_day_out_of_range"

    def test_a_column_that_is_there_twice(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        twice = [{**row, "Mileage": "1"} for row in rows]
        with pytest.raises(ContractError) as refused:
            add(store, write_table(tmp_path / "twice.csv", twice))
        assert refused.value.errors[0].code == "input.duplicate_column"

    @pytest.mark.parametrize(
        ("content", "error"),
        [(b"", UnreadableInputError), (b"PK\x03\x04 broken", UnreadableInputError), (None, NotFoundError)],
        ids=["empty", "broken spreadsheet", "no file"],
    )
    def test_what_is_no_table(
        self, store: DatasetStore, tmp_path: Path, content: bytes | None, error: type[Exception]
    ) -> None:
        if content is not None:
            (tmp_path / "none.csv").write_bytes(content)
        with pytest.raises(error):
            add(store, tmp_path / "none.csv")

    def test_a_mapping_with_a_slip(
        self, store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path
    ) -> None:
        file = write_table(tmp_path / "voitures.csv", french_rows(rows))
        with pytest.raises(InvalidInputError) as refused:
            add(store, file, "Kilométrage=milage")
        assert refused.value.code == "data.bad_mapping"
        with pytest.raises(TableRefusedError) as missing:
            add(store, file, *MAPPING[:-1], f"Prix={TARGET}")  # the file says otherwise
        assert [str(suggestion) for suggestion in missing.value.preview.suggestions] == [f"{PRICE}={TARGET}"]


@pytest.mark.parametrize(("broken", "is_taken"), [(12, True), (13, False)])
def test_a_fifth_of_the_rows_may_be_refused_and_more_only_knowingly(
    store: DatasetStore, rows: list[dict[str, str]], tmp_path: Path, broken: int, is_taken: bool
) -> None:
    rows = [{**row, "fuel": "bois"} if place < broken else row for place, row in enumerate(rows[:60])]
    rows = [*rows, *rows[broken : broken + 60 - len(rows)]]
    assert len(rows) == 60
    file = write_table(tmp_path / "cars.csv", rows)
    if not is_taken:
        with pytest.raises(TableRefusedError, match=r"13 of 60 rows would be refused \(21\.7%"):
            add(store, file)
        assert store.history(NAME) == ()
    added = add(store, file, accept_refused=not is_taken)
    assert (added.preview.accepted, added.preview.refused) == (60 - broken, broken)
    (reason,) = added.preview.reasons
    assert (reason.code, reason.count, reason.row, reason.cell) == ("rental.unknown_fuel", broken, 1, "bois")


def test_a_table_that_is_judged_as_a_whole_is_mapped_and_previewed_too(
    store: DatasetStore, tmp_path: Path
) -> None:
    file = tmp_path / "locations.csv"
    file.write_text(
        "location;voiture;checkin_type;etat;retard;previous_ended_rental_id;"
        "time_delta_with_previous_rental_in_minutes\n"
        "1;7;mobile;ended;12;;\n2;7;mobile;ended;-3;1;60\n3;8;pigeon;ended;;;\n4;8;connect;ended;;;\n5;9;connect;ended;;;\n",
        encoding="utf-8",
    )
    mapping = ["location=rental_id", "voiture=car_id", "etat=state", "retard=delay_at_checkout_in_minutes"]
    shown = preview(store, file, *mapping, name=RENTAL_DELAYS.name)
    assert (shown.accepted, shown.refused) == (4, 1)
    assert (shown.reasons[0].column, shown.reasons[0].row, shown.reasons[0].cell) == (
        "checkin_type",
        3,
        "pigeon",
    )
    assert shown.first_rows["rental_id"] == ["1", "2", "4"]
    added = add(store, file, *mapping, name=RENTAL_DELAYS.name)
    assert added.reference.mapping.heading_of("car_id") == "voiture"


def test_a_table_that_is_declared_synthetic_stays_so_when_its_bytes_come_again(store, rows, tmp_path):
    """Without its mark column nothing in the file says that its rows were made up."""
    unmarked = [{name: cell for name, cell in row.items() if name} for row in rows]
    file = write_table(tmp_path / "made-up.csv", unmarked)
    assert add(store, file, is_synthetic=True).reference.is_synthetic
    assert add(store, file).reference.is_synthetic


def test_a_version_that_was_changed_in_the_store_is_not_read_as_intact(store, rows, tmp_path):
    known = add(store, write_table(tmp_path / "cars.csv", rows)).reference
    assert store.intact(NAME, known.version) == known
    known.path.chmod(0o600)
    known.path.write_bytes(known.path.read_bytes() + b"\n")
    with pytest.raises(ConflictError):
        store.intact(NAME, known.version)
