"""The documented figures of the published days, through the table store as the platform takes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.adapters.tabular.training import ReadTable, read_training_table
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.duration.model.contract import TRIP_DURATION
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI
from drivetrain.trips.duration.model.training import train_duration

pytestmark = [pytest.mark.real_table, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def folder() -> Path:
    data = os.environ.get("DRIVETRAIN_DATA_DIR")
    if data is None:
        pytest.skip("DRIVETRAIN_DATA_DIR is not set: the real tables are not here")
    if not (Path(data) / "chicago_taxi").is_dir():
        pytest.skip("DRIVETRAIN_DATA_DIR holds no chicago_taxi")
    return Path(data).absolute()


def read(store: DatasetStore, path: Path, scratch: Path) -> ReadTable:
    kept = store.add(CHICAGO_TAXI.name, path, source="a test", licence="none", is_synthetic=False)
    assert not kept.is_synthetic
    return read_training_table(kept.path, TRIP_DURATION, scratch / "aside.csv", CHICAGO_TAXI.preparation)


def test_the_days_are_found_as_one_table_and_the_figures_are_those_of_the_documentation(folder, tmp_path):
    store = DatasetStore(tmp_path / "datasets", [CHICAGO_TAXI])
    found = store.find(CHICAGO_TAXI.name, [folder])
    assert found is not None
    table = read(store, found, tmp_path)
    assert (len(table.table.target), table.broken) == (47_407, 13_937)
    assert table.reasons == {
        "input.missing_value": 10,
        "trips.duration_min_out_of_range": 2_193,
        "trips.hardly_moved": 10_095,
        "trips.slow": 2_394,
        "trips.impossibly_fast": 91,
    }
    trained = train_duration(table.table, {}, None, SilentProgress())
    assert "judged on 2022-05-16, 2022-05-17" in trained.report["validation"]
    assert trained.metrics["mae_error"] <= 5.8
    assert trained.metrics["r2_score"] >= 0.62
    # 92.5 % on this day; on the days that may be calibrated by it is 90.6 and 91.1 %, and narrowing the range until this
    # day fits would tune it to what it is judged on (decision 57). The gate asks whether it may be 88 to 92 %
    assert 0.88 <= trained.metrics["range_coverage_score"] <= 0.935
    assert trained.metrics["range_width_error"] <= 26.5
    assert trained.verdict.passed
    assert (
        trained.metrics["mae_error"]
        < trained.report["models"]["median of the pair"]["mae_error"]["mean"] - 0.5
    )


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("trips_2022-03-01.parquet", 11_111),
        ("trips_2022-04-01.parquet", 14_540),
        ("trips_2022-05-16.csv.gz", 15_251),
        ("trips_2013_2016_sample.csv.gz", 6_505),
    ],
)
def test_each_published_file_is_a_table_by_itself(folder, tmp_path, name, good):
    store = DatasetStore(tmp_path / "datasets", [CHICAGO_TAXI])
    assert len(read(store, folder / "chicago_taxi" / name, tmp_path).table.target) == good
