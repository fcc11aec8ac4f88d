"""A folder of day files is kept as one table; a single file of any of the known shapes is one, too."""

from __future__ import annotations

import gzip

import polars as pl
import pytest

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.core.errors import ConflictError, NotFoundError, UnreadableInputError, UnsupportedMediaError
from drivetrain.lifecycle.data.table_parts import open_parts
from drivetrain.rental.price.model.dataset import RENTAL_PRICING
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI

FROM = {"source": "a test", "licence": "none", "is_synthetic": False}
DAY = b"TRIP_START_TIMESTAMP,TRIP_SECONDS\n05/16/2022 4:45:00 PM,849\n"


@pytest.fixture
def store(tmp_path):
    return DatasetStore(tmp_path / "datasets", [CHICAGO_TAXI, RENTAL_PRICING])


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "data" / "chicago_taxi"
    folder.mkdir(parents=True)
    (folder / "trips_2022-05-16.csv.gz").write_bytes(gzip.compress(DAY))
    (folder / "trips_2022-04-01.csv").write_bytes(DAY)
    (folder / "trips_2013_2016_sample.csv").write_bytes(DAY)
    (folder / "community_areas.csv").write_bytes(b"not a part\n")
    return folder


def test_the_folder_is_found_and_kept_as_one_table_of_its_parts_unpacked(store, folder):
    assert store.find(CHICAGO_TAXI.name, [folder.parent]) == folder
    kept = store.add(CHICAGO_TAXI.name, folder, **FROM)
    assert (kept.path.name, kept.is_synthetic) == ("table.tar", False)
    with open_parts(kept.path) as parts:
        assert {part.name: part.read_bytes() for part in parts} == {
            "trips_2013_2016_sample.csv": DAY,
            "trips_2022-04-01.csv": DAY,
            "trips_2022-05-16.csv": DAY,
        }
    # adding the same again changes nothing
    assert store.add(CHICAGO_TAXI.name, folder, **FROM).version == kept.version
    assert store.current(CHICAGO_TAXI.name).sha256 == kept.sha256
    assert sorted(path.name for path in kept.path.parent.iterdir()) == ["reference.json", "table.tar"]


def test_a_data_folder_may_hold_the_parts_itself_and_one_without_any_is_no_find(store, folder, tmp_path):
    assert store.find(CHICAGO_TAXI.name, [folder]) == folder
    (tmp_path / "other").mkdir()
    assert store.find(CHICAGO_TAXI.name, [tmp_path / "other"]) is None


def test_one_generated_part_makes_the_whole_table_synthetic(store, folder):
    (folder / "trips_2022-06-01.csv").write_bytes(b"trip_id,trip_seconds\n-1,60\n")
    assert store.add(CHICAGO_TAXI.name, folder, **FROM).is_synthetic


def test_the_mark_of_generated_rows_survives_parquet(store, tmp_path):
    for numbers, is_synthetic in (([-1, -2], True), ([1, 2], False)):
        pl.DataFrame({"trip_id": numbers, "trip_seconds": [60, 70]}).write_parquet(tmp_path / "trips.parquet")
        assert store.add(CHICAGO_TAXI.name, tmp_path / "trips.parquet", **FROM).is_synthetic is is_synthetic


def test_what_is_not_parquet_is_refused(store, tmp_path):
    (tmp_path / "trips.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UnreadableInputError):
        store.add(CHICAGO_TAXI.name, tmp_path / "trips.parquet", **FROM)
    with pytest.raises(NotFoundError):
        store.current(CHICAGO_TAXI.name)


def test_a_folder_without_parts_a_day_twice_and_a_folder_for_a_table_of_one_file_are_refused(
    store, folder, tmp_path
):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match="no part"):
        store.add(CHICAGO_TAXI.name, tmp_path / "empty", **FROM)
    (folder / "trips_2022-05-16.csv").write_bytes(DAY)
    with pytest.raises(ConflictError, match="twice"):
        store.add(CHICAGO_TAXI.name, folder, **FROM)
    with pytest.raises(UnsupportedMediaError):
        store.add(RENTAL_PRICING.name, folder, **FROM)
