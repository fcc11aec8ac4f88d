"""Synthetic rides in Parquet files, and a small real LightGBM model that estimates them."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.bulk.application.ports import PackedModel
from drivetrain.trips.rides.domain.rides import Rides

REF = ModelRef("trip-duration", "1")
FIGURES = ("predicted_duration", "predicted_low", "predicted_high")


@dataclass(frozen=True)
class Estimates:
    duration_min: np.ndarray
    low: np.ndarray
    high: np.ndarray


class SmallModel:
    """Trees on areas and hour of the week; the range is a share of the estimate. May be slow on purpose."""

    def __init__(self, files: Files, ref: ModelRef) -> None:
        self.ref = ref
        self._trees = Trees(files["point.txt"])
        settings = json.loads(files["model.json"])
        self._delay_s = settings["delay_s"]
        if settings["marks"]:
            _mark(Path(settings["marks"]))

    def estimate_rides(self, rides: Rides) -> Estimates:
        time.sleep(self._delay_s)
        point = self._trees.predict(features(rides))
        return Estimates(point, 0.7 * point, 1.4 * point)


def load(files: Files, ref: ModelRef) -> SmallModel:
    return SmallModel(files, ref)


def packed(
    *, version: str = "1", trees: int = 20, delay_s: float = 0.0, marks: Path | None = None
) -> PackedModel:
    """A version as it travels.

    Args:
        delay_s: added to every batch, so that there is a middle of a run to stop it in.
        marks: folder in which every Ray worker leaves a file when it loads the model, named for node and
            process.
    """
    settings = {"delay_s": delay_s, "marks": str(marks or "")}
    files = {"point.txt": _trained(trees), "model.json": json.dumps(settings).encode()}
    return PackedModel(ModelRef(REF.name, version), files, load)


def features(rides: Rides) -> np.ndarray:
    hours = rides.trip_start_timestamp.view(np.int64) // 3_600_000_000
    pickup, dropoff = rides.pickup_community_area, rides.dropoff_community_area
    return np.column_stack([pickup, dropoff, hours % 24, hours % 168, pickup == dropoff]).astype(np.float64)


def _mark(folder: Path) -> None:
    import ray

    (folder / f"{ray.get_runtime_context().get_node_id()} {os.getpid()}").touch()


@cache
def _trained(trees: int) -> bytes:
    import lightgbm

    draw = np.random.default_rng(1)
    rows = np.column_stack(
        [draw.integers(0, 78, (2_000, 2)), draw.integers(0, 24, 2_000), draw.integers(0, 168, 2_000)]
    )
    matrix = np.column_stack([rows, rows[:, 0] == rows[:, 1]]).astype(np.float64)
    minutes = 5 + np.abs(matrix[:, 0] - matrix[:, 1]) / 3 + draw.exponential(3.0, 2_000)
    params = {
        "objective": "l2",
        "num_leaves": 31,
        "verbose": -1,
        "num_threads": 1,
        "deterministic": True,
        "seed": 1,
    }
    return lightgbm.train(params, lightgbm.Dataset(matrix, minutes), trees).model_to_string().encode()


def rides_table(rows: int, *, seed: int = 1) -> pa.Table:
    """Rides of the shape of the raw Chicago days: areas as text with gaps, civil starts, columns to pass through."""
    draw = np.random.default_rng(seed)
    areas = [pa.array(_texts(draw.integers(1, 78, rows)), mask=draw.random(rows) < 0.08) for _ in range(2)]
    quarters = draw.integers(0, 96 * 28, rows)
    return pa.table(
        {
            "trip_id": pa.array(_texts(np.arange(rows) + seed * 1_000_000_000)),
            "trip_start_timestamp": np.datetime64("2022-04-01", "us") + quarters * np.timedelta64(15, "m"),
            "trip_miles": draw.gamma(1.5, 3.0, rows).round(1),
            "pickup_community_area": areas[0],
            "dropoff_community_area": areas[1],
            "fare": draw.gamma(2.0, 8.0, rows).round(2),
            "company": pa.array(draw.choice(["Blue", "Green", "Yellow"], rows)),
        }
    )


def write_rides(path: Path, rows: int, *, seed: int = 1, row_group_size: int = 10_000) -> pa.Table:
    table = rides_table(rows, seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, path, row_group_size=row_group_size)
    return table


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, hidden ones too."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _texts(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(str).astype(object)
