"""A packed table is kept unpacked; what cannot be unpacked is refused and leaves nothing behind."""

from __future__ import annotations

import gzip

import pytest

from drivetrain.adapters.disk import datasets
from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.core.errors import NotFoundError, TooLargeError, UnreadableInputError
from drivetrain.resale.used.model.datasets import USED_CARS

TABLE = USED_CARS["uk"]
CONTENT = (",".join(TABLE.header) + "\nford,Fiesta,2017,9500,Manual,20000,Petrol,145,60.1,1.0\n").encode()
FROM = {"source": "a test", "licence": "none", "is_synthetic": False}


@pytest.fixture
def store(tmp_path):
    return DatasetStore(tmp_path / "datasets", [TABLE])


def packed(tmp_path, content):
    path = tmp_path / "uk_used_cars.csv.gz"
    path.write_bytes(content)
    return path


def test_a_packed_table_is_kept_as_the_bytes_it_holds(store, tmp_path):
    kept = store.add(TABLE.name, packed(tmp_path, gzip.compress(CONTENT)), **FROM)
    assert kept.path.name == "table.csv"
    assert kept.path.read_bytes() == CONTENT
    plain = tmp_path / "uk_used_cars.csv"
    plain.write_bytes(CONTENT)
    assert store.add(TABLE.name, plain, **FROM).version == kept.version


def test_a_packed_table_with_the_mark_of_generated_rows_stays_synthetic(store, tmp_path):
    marked = b",make\n-1,ford\n"
    assert store.add(TABLE.name, packed(tmp_path, gzip.compress(marked)), **FROM).is_synthetic


@pytest.mark.parametrize(
    "content",
    [
        b"make,model\n",  # not packed at all
        gzip.compress(CONTENT)[:-9],  # cut short
        gzip.compress(CONTENT)[:12] + b"\xff" * 30,  # damaged inside
        b"",
    ],
    ids=["not packed", "cut short", "damaged inside", "empty"],
)
def test_what_cannot_be_unpacked_is_refused_and_nothing_is_kept(store, tmp_path, content):
    with pytest.raises((UnreadableInputError, datasets.InvalidInputError)):
        store.add(TABLE.name, packed(tmp_path, content), **FROM)
    with pytest.raises(NotFoundError):
        store.current(TABLE.name)


def test_a_bomb_is_refused(store, tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "_MOST_UNPACKED", 1 << 20)
    with pytest.raises(TooLargeError):
        store.add(TABLE.name, packed(tmp_path, gzip.compress(bytes(8 << 20))), **FROM)
