"""The dataset store keeps what it is given, says where it is from, and never takes generated rows for real ones."""

from __future__ import annotations

import errno
import json
import os

import polars as pl
import pytest
import xlsxwriter

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.core.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
    UnreadableInputError,
    UnsupportedMediaError,
)
from drivetrain.lifecycle.data.column_mapping import UNMAPPED, ColumnMapping, MappedColumn
from drivetrain.lifecycle.data.datasets import sha256_of
from drivetrain.rental.buffer.model.chains.dataset import RENTAL_DELAYS
from drivetrain.rental.price.model.dataset import RENTAL_PRICING

NAME = RENTAL_PRICING.name
REAL = b",model_key,mileage\n0,Renault,1000\n1,Audi,2000\n"


@pytest.fixture
def store(tmp_path):
    return DatasetStore(tmp_path / "datasets", [RENTAL_PRICING])


@pytest.fixture
def real(tmp_path):
    return write(tmp_path / "cars.csv", REAL)


def write(path, content):
    path.write_bytes(content)
    return path


def add(store, file, *, is_synthetic=False, source="My own cars.", licence="unstated", mapping=UNMAPPED):
    return store.add(NAME, file, source=source, licence=licence, is_synthetic=is_synthetic, mapping=mapping)


class TestAdd:
    def test_the_bytes_are_kept_with_where_they_come_from(self, store, real):
        reference = add(store, real)
        assert reference.path.read_bytes() == REAL
        assert (reference.name, reference.source, reference.licence) == (NAME, "My own cars.", "unstated")
        assert reference.sha256 == sha256_of(real)
        assert reference.sha256.startswith(reference.version)
        assert not reference.is_synthetic

    def test_what_was_added_is_read_back_the_same_by_another_process(self, store, real, tmp_path):
        reference = add(store, real)
        assert DatasetStore(tmp_path / "datasets", [RENTAL_PRICING]).current(NAME) == reference

    def test_the_reference_on_disk_holds_no_path_of_this_machine(self, store, real, tmp_path):
        text = (add(store, real).path.parent / "reference.json").read_text()
        assert str(tmp_path) not in text

    def test_the_same_bytes_again_change_nothing(self, store, real, tmp_path):
        first = add(store, real)
        assert add(store, write(tmp_path / "copy.csv", REAL)) == first
        assert add(store, write(tmp_path / "copy.csv", REAL), source=None, licence=None) == first
        assert store.history(NAME) == (first,)

    def test_another_source_of_the_current_bytes_is_noted(self, store, real):
        first = add(store, real)
        again = add(store, real, source="Elsewhere.")
        assert (again.version, again.source) == (first.version, "Elsewhere.")
        assert store.current(NAME) == again

    def test_history_is_kept_newest_first_and_an_older_table_can_come_back(self, store, real, tmp_path):
        other = write(tmp_path / "other.csv", REAL + b"2,BMW,3000\n")
        versions = [add(store, file).version for file in (real, other, real)]
        assert [kept.version for kept in store.history(NAME)] == versions[::-1]
        assert store.current(NAME).sha256 == sha256_of(real)

    def test_the_eleventh_table_is_newer_than_the_second(self, store, tmp_path):
        for number in range(11):
            newest = add(store, write(tmp_path / "cars.csv", REAL + b"2,BMW,%d\n" % number))
        assert store.current(NAME) == newest

    def test_a_spreadsheet_is_kept_as_it_is(self, store, tmp_path):
        file = spreadsheet(tmp_path / "Cars.XLSX", [["", "mileage"], [0, 10]])
        reference = add(store, file)
        assert reference.path.suffix == ".xlsx"
        assert reference.path.read_bytes() == file.read_bytes()
        assert not reference.is_synthetic

    def test_a_link_to_a_table_is_followed(self, store, real, tmp_path):
        (tmp_path / "link.csv").symlink_to(real)
        reference = add(store, tmp_path / "link.csv")
        assert not reference.path.is_symlink()
        assert reference.path.read_bytes() == REAL


class TestProvenance:
    """What nobody says of a table is kept from where it holds."""

    OTHER = REAL + b"2,BMW,3000\n"

    def test_a_table_of_which_nothing_is_known(self, store, real):
        reference = add(store, real, source=None, licence=None)
        assert (reference.source, reference.licence) == ("Added by hand.", "unstated")

    def test_the_next_table_of_the_same_owner_keeps_source_and_licence(self, store, real, tmp_path):
        add(store, real, source="Our fleet.", licence="ours")
        newer = add(store, write(tmp_path / "newer.csv", self.OTHER), source=None, licence=None)
        assert (newer.source, newer.licence) == ("Our fleet.", "ours")
        partly = add(store, write(tmp_path / "newest.csv", self.OTHER * 2), source="A shop.", licence=None)
        assert (partly.source, partly.licence) == ("A shop.", "ours")

    def test_known_bytes_keep_theirs_whatever_came_between(self, store, real, tmp_path):
        add(store, real, source="A shop.", licence="CC0")
        add(store, write(tmp_path / "other.csv", self.OTHER), source="Our fleet.")
        again = add(store, real, source=None, licence=None)
        assert (again.source, again.licence) == ("A shop.", "CC0")

    @pytest.mark.parametrize("source", [RENTAL_PRICING.source, None], ids=["published", "generated"])
    def test_words_about_other_rows_are_not_taken_over(self, store, real, source):
        if source is None:
            store.generate(NAME, rows=10, seed=1)
        else:
            add(store, real, source=source, licence="theirs")
        own = add(store, write(real.with_name("own.csv"), self.OTHER), source=None, licence=None)
        assert (own.source, own.licence) == ("Added by hand.", "unstated")


class TestMapping:
    MAPPED = ColumnMapping(
        (MappedColumn("Kilométrage", "mileage"), MappedColumn("Prix", "rental_price_per_day", True))
    )

    def test_it_is_kept_with_the_table(self, store, real, tmp_path):
        reference = add(store, real, mapping=self.MAPPED)
        assert DatasetStore(tmp_path / "datasets", [RENTAL_PRICING]).current(NAME) == reference
        plain = json.loads((reference.path.parent / "reference.json").read_text(encoding="utf-8"))
        assert plain["mapping"] == {"Kilométrage": "mileage", "Prix": "rental_price_per_day:cents"}

    def test_the_same_bytes_read_in_another_way_are_another_version(self, store, real):
        plain, mapped = add(store, real), add(store, real, mapping=self.MAPPED)
        assert plain.sha256 == mapped.sha256
        assert plain.version != mapped.version
        assert store.current(NAME) == mapped
        assert add(store, real) == store.current(NAME) != mapped

    def test_a_mapping_changed_by_hand_is_noticed(self, store, real):
        path = add(store, real, mapping=self.MAPPED).path.parent / "reference.json"
        path.write_text(path.read_text(encoding="utf-8").replace(":cents", ""), encoding="utf-8")
        with pytest.raises(ConflictError, match="was changed"):
            store.current(NAME)

    def test_the_mark_of_generated_rows_is_found_under_another_heading(self, tmp_path):
        delays = DatasetStore(tmp_path / "datasets", [RENTAL_DELAYS])
        file = write(tmp_path / "delays.csv", b"location,car_id\n-1,7\n")
        mapping = ColumnMapping((MappedColumn("location", "rental_id"),))
        assert delays.add(RENTAL_DELAYS.name, file, is_synthetic=False, mapping=mapping).is_synthetic


class TestUse:
    @pytest.fixture
    def older(self, store, real, tmp_path):
        older = add(store, real)
        add(store, write(tmp_path / "other.csv", REAL + b"2,BMW,3000\n"), source="Elsewhere.")
        return older

    def test_an_earlier_version_becomes_current_with_all_that_is_known_of_it(self, store, older):
        used = store.use(NAME, older.version)
        assert store.current(NAME) == used
        assert (used.version, used.source) == (older.version, older.source)
        assert used.path.read_bytes() == REAL
        assert used.path.samefile(older.path)  # no second copy
        assert older.path.exists()  # a training that reads it goes on

    def test_the_current_one_stays_as_it_is(self, store, older):
        current = store.current(NAME)
        assert store.use(NAME, current.version) == current
        assert len(store.history(NAME)) == 2

    def test_where_files_cannot_be_linked_they_are_copied(self, store, older, monkeypatch):
        def refuse(*_):
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refuse)
        assert store.use(NAME, older.version).path.read_bytes() == REAL

    def test_an_unknown_version_is_answered_with_the_known_ones(self, store, older):
        with pytest.raises(NotFoundError, match=older.version) as unknown:
            store.use(NAME, "000000000000")
        assert unknown.value.code == "data.unknown_version"

    def test_changed_bytes_do_not_become_current(self, store, older):
        current = store.current(NAME)
        older.path.chmod(0o644)
        older.path.write_bytes(REAL.replace(b"1000", b"9000"))
        with pytest.raises(ConflictError, match="was changed"):
            store.use(NAME, older.version)
        assert store.current(NAME) == current


class TestRemove:
    def test_a_version_goes_with_its_bytes_however_often_it_was_added(self, store, real, tmp_path):
        older = add(store, real)
        newer = add(store, write(tmp_path / "other.csv", REAL + b"2,BMW,3000\n"))
        again = store.use(NAME, older.version)
        store.remove(NAME, older.version)
        assert store.history(NAME) == (newer,)
        assert not older.path.exists() and not again.path.exists()

    def test_the_version_before_becomes_current(self, store, real, tmp_path):
        older = add(store, real)
        newer = add(store, write(tmp_path / "other.csv", REAL + b"2,BMW,3000\n"))
        store.remove(NAME, newer.version)
        assert store.current(NAME) == older

    def test_a_number_is_not_given_twice(self, store, real, tmp_path):
        """A reader that holds the path of the removed version must never find another table there."""
        first = add(store, real)
        add(store, write(tmp_path / "other.csv", REAL + b"2,BMW,3000\n"))
        store.remove(NAME, first.version)
        assert add(store, real).path.parent.name.startswith("000003-")

    def test_an_unknown_version_changes_nothing(self, store, real):
        reference = add(store, real)
        with pytest.raises(NotFoundError):
            store.remove(NAME, reference.version[:6])
        assert store.history(NAME) == (reference,)

    def test_what_a_process_left_that_died_while_removing_is_swept_away(self, store, real):
        reference = add(store, real)
        left = reference.path.parent.rename(reference.path.parent.with_name(".outgoing-000001-abc"))
        assert store.history(NAME) == ()
        add(store, real)
        assert not left.exists()


class TestRefusals:
    """Each leaves nothing behind."""

    @pytest.fixture(autouse=True)
    def nothing_is_kept(self, store):
        yield
        assert store.history(NAME) == ()
        assert store.list() == ()

    def test_an_unknown_name_is_answered_with_the_nearest(self, store, real):
        with pytest.raises(NotFoundError, match="rental-pricing") as refused:
            store.add("rental-prices", real, source="", licence="", is_synthetic=False)
        assert refused.value.code == "data.unknown_table"

    def test_a_name_that_is_a_path_is_no_name(self, store, real, tmp_path):
        with pytest.raises(NotFoundError):
            store.add("../escape", real, source="", licence="", is_synthetic=False)
        assert not (tmp_path / "escape").exists()

    def test_a_missing_file(self, store, tmp_path):
        with pytest.raises(NotFoundError, match="check the path"):
            add(store, tmp_path / "none.csv")

    def test_a_folder(self, store, tmp_path):
        (tmp_path / "folder.csv").mkdir()
        with pytest.raises(UnreadableInputError, match="not a regular file"):
            add(store, tmp_path / "folder.csv")

    def test_a_pipe_does_not_hang(self, store, tmp_path):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(UnreadableInputError, match="not a regular file"):
            add(store, tmp_path / "pipe.csv")

    def test_an_empty_file(self, store, tmp_path):
        with pytest.raises(InvalidInputError, match="empty"):
            add(store, write(tmp_path / "empty.csv", b""))

    def test_an_ending_the_table_is_not_read_from(self, store, tmp_path):
        with pytest.raises(UnsupportedMediaError, match=r"\.csv, \.xlsx, \.xls"):
            add(store, write(tmp_path / "cars.pdf", REAL))

    def test_a_spreadsheet_in_name_only(self, store, tmp_path):
        with pytest.raises(UnreadableInputError, match="not a spreadsheet"):
            add(store, write(tmp_path / "cars.xlsx", REAL))

    def test_a_home_that_is_in_the_way(self, store, real, tmp_path):
        write(tmp_path / "datasets", b"a file")
        with pytest.raises(UnavailableError, match="cannot be used"):
            add(store, real)
        (tmp_path / "datasets").unlink()


class TestSynthetic:
    def test_a_generated_table_says_so_and_how_it_was_made(self, store):
        reference = store.generate(NAME, rows=50, seed=3)
        assert reference.is_synthetic
        assert reference.source == "Generated by drivetrain (50 rows, seed 3); no row is real."
        assert store.current(NAME) == reference

    def test_the_same_rows_and_seed_are_the_same_version(self, store):
        assert store.generate(NAME, rows=50, seed=3) == store.generate(NAME, rows=50, seed=3)

    def test_impossible_rows_leave_nothing(self, store):
        with pytest.raises(InvalidInputError):
            store.generate(NAME, rows=0, seed=3)
        assert store.history(NAME) == ()

    @pytest.fixture
    def drawn(self, store):
        return pl.read_csv(store.generate(NAME, rows=50, seed=3).path, infer_schema=False)

    def test_a_copy_added_by_hand_stays_synthetic(self, store, tmp_path, drawn):
        """Even renamed, shuffled, cut short and saved again, in an installation that never saw it."""
        drawn.sample(5, shuffle=True, seed=1).write_csv(tmp_path / "mine.csv")
        elsewhere = DatasetStore(tmp_path / "other", [RENTAL_PRICING])
        assert add(elsewhere, tmp_path / "mine.csv").is_synthetic

    def test_so_does_one_that_pandas_or_a_french_spreadsheet_saved_again(self, store, tmp_path, drawn):
        again = drawn.rename({"": "Unnamed: 0"}).with_row_index("")
        again.write_csv(tmp_path / "again.csv", separator=";", include_bom=True)
        assert add(store, tmp_path / "again.csv").is_synthetic

    def test_so_does_one_saved_as_unicode_text(self, store, tmp_path, drawn):
        text = drawn.write_csv(separator="\t")
        assert add(store, write(tmp_path / "mine.csv", text.encode("utf-16"))).is_synthetic

    def test_so_does_one_saved_as_a_spreadsheet(self, store, tmp_path, drawn):
        numbered = drawn.with_columns(pl.col("").cast(pl.Int64))
        assert add(
            store, spreadsheet(tmp_path / "mine.xlsx", [numbered.columns, *numbered.rows()])
        ).is_synthetic

    def test_one_generated_row_among_real_ones_is_enough(self, store, tmp_path):
        mixed = REAL + b"-7,BMW,10\n2,Fiat,20\n"
        assert add(store, write(tmp_path / "mixed.csv", mixed)).is_synthetic

    def test_a_negative_number_in_a_named_column_is_no_mark(self, store, tmp_path):
        assert not add(store, write(tmp_path / "cars.csv", b"mileage,model_key\n-64,BMW\n")).is_synthetic

    def test_rows_of_uneven_length_are_looked_at_all_the_same(self, store, tmp_path):
        assert add(store, write(tmp_path / "cars.csv", b"model_key,mileage,\nBMW\nBMW,1,-2\n")).is_synthetic

    def test_bytes_once_called_synthetic_stay_synthetic(self, store, real, tmp_path):
        add(store, real, is_synthetic=True)
        add(store, write(tmp_path / "other.csv", REAL + b"2,BMW,3000\n"))
        assert add(store, real).is_synthetic

    def test_calling_the_current_table_synthetic_later_is_believed(self, store, real):
        add(store, real)
        assert add(store, real, is_synthetic=True).is_synthetic
        assert [kept.is_synthetic for kept in store.history(NAME)] == [True, False]


class TestCurrent:
    def test_without_a_table_it_says_what_to_do(self, store):
        with pytest.raises(NotFoundError, match="drivetrain data generate rental-pricing") as missing:
            store.current(NAME)
        assert missing.value.code == "data.none_yet"

    def test_list_names_only_what_is_there(self, store, real):
        assert store.list() == ()
        reference = add(store, real)
        assert store.list() == (reference,)

    def test_changed_bytes_are_noticed(self, store, real):
        path = add(store, real).path
        path.chmod(0o644)
        path.write_bytes(REAL.replace(b"1000", b"9000"))
        with pytest.raises(ConflictError, match="was changed"):
            store.current(NAME)

    @pytest.mark.parametrize(
        "change",
        [
            {"is_synthetic": "false"},  # text is not a boolean, and would count as true or worse
            {"sha256": None},
            {"version": "000000000000"},  # not the folder's
            {"note": "by hand"},  # an unknown field
        ],
    )
    def test_a_reference_changed_by_hand_is_refused(self, store, real, change):
        path = add(store, real).path.parent / "reference.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        with pytest.raises(ConflictError, match="was changed"):
            store.current(NAME)

    @pytest.mark.parametrize("lost", ["reference.json", "table.csv"])
    def test_a_lost_file_is_noticed(self, store, real, lost):
        (add(store, real).path.parent / lost).unlink()
        with pytest.raises(ConflictError, match="was changed"):
            store.current(NAME)

    def test_what_a_dead_process_left_is_not_seen_and_swept_away(self, store, real, tmp_path):
        leftover = tmp_path / "datasets" / NAME / ".incoming"
        leftover.mkdir(parents=True)
        write(leftover / "table.csv", REAL)
        assert store.history(NAME) == ()
        add(store, real)
        assert not leftover.exists()


class TestFind:
    @pytest.mark.parametrize("place", RENTAL_PRICING.file_names)
    def test_the_published_names_are_found(self, store, tmp_path, place):
        file = tmp_path / "data" / place
        file.parent.mkdir(parents=True)
        file.write_bytes(REAL)
        assert store.find(NAME, [tmp_path / "data"]) == file

    def test_nothing_is_found_in_an_empty_folder_or_no_folder(self, store, tmp_path):
        assert store.find(NAME, [tmp_path]) is None
        assert store.find(NAME, []) is None

    def test_a_mistyped_folder_is_not_passed_over(self, store, tmp_path):
        with pytest.raises(NotFoundError, match="DRIVETRAIN_DATA_DIR"):
            store.find(NAME, [tmp_path / "dta"])


def spreadsheet(path, rows):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path
