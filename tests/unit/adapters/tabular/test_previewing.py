"""The published tables, raw ones too, are taken by the shares that their specifications allow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.adapters.tabular.previewing import preview_file
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.data.column_mapping import UNMAPPED
from drivetrain.lifecycle.data.table_previews import TablePreview
from drivetrain.products import MODELS, TABLES

RAW_DAYS = ("trips_2022-03-01.parquet", "trips_2022-05-16.csv.gz", "trips_2013_2016_sample.csv.gz")


def preview(folder: Path, name: str, file: Path) -> TablePreview:
    contract = next((model.contract for model in MODELS if model.table.name == name), None)
    store = DatasetStore(folder, TABLES)
    with store.receive(name, file) as arrived:
        return preview_file(arrived.path, store.known(name), contract, UNMAPPED, SilentProgress())


@pytest.fixture
def data() -> Path:
    if not os.environ.get("DRIVETRAIN_DATA_DIR"):
        pytest.skip("DRIVETRAIN_DATA_DIR names no folder with the real tables")
    return Path(os.environ["DRIVETRAIN_DATA_DIR"])


@pytest.mark.real_table
@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_every_published_table_is_taken(data: Path, tmp_path: Path, name: str) -> None:
    file = DatasetStore(tmp_path, TABLES).find(name, [data])
    if file is None:
        pytest.skip(f"no {name} in {data}")
    preview_of_table = preview(tmp_path, name, file)
    assert preview_of_table.refusal() is None
    assert preview_of_table.accepted > 100


@pytest.mark.real_table
@pytest.mark.parametrize("day", RAW_DAYS)
def test_so_is_a_raw_day_of_taxi_trips(data: Path, tmp_path: Path, day: str) -> None:
    file = data / "chicago_taxi" / day
    if not file.is_file():
        pytest.skip(f"no {file}")
    assert preview(tmp_path, "chicago-taxi", file).refusal() is None
