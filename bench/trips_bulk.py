"""A million rides from Parquet to Parquet beside the bare model, and the same on Ray.

Needs no platform: ``python -m bench.trips_bulk [--quick]`` measures this alone.

The model is a stand-in of the usual size, fitted on synthetic rides: what is measured is what reading,
features, range, checks and writing cost beside the trees, and how much memory it takes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from bench import report
from bench.report import Figure, at_least, at_most, shown
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.learning.trees import Trees
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.bulk.adapters.parquet_files import ParquetFolders, ParquetTables
from drivetrain.trips.bulk.adapters.ray_engine import RayEngine
from drivetrain.trips.bulk.application.ports import PackedModel, ScoringEngine
from drivetrain.trips.bulk.application.score_files import ScoreFiles
from drivetrain.trips.bulk.application.score_fragment import PlainEngine
from drivetrain.trips.bulk.domain.bulk import plan
from drivetrain.trips.rides.domain.rides import Rides

ROWS, QUICK_ROWS = 1_000_000, 100_000
LEAST_SHARE = 0.7
MOST_MIB = 1024
_TREES, _LEAVES = 300, 31
_PIECE = 100_000
_ROOT = Path(__file__).parents[1]
_POINT = "point.txt"


@dataclass(frozen=True, slots=True)
class StandInEstimates:
    duration_min: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


class StandIn:
    """One booster on eight features; the range is a share of the estimate."""

    def __init__(self, files: Files, ref: ModelRef) -> None:
        self.ref = ref
        self._trees = Trees(files[_POINT])

    def estimate_rides(self, rides: Rides) -> StandInEstimates:
        point = self._trees.predict(matrix_of(rides))
        return StandInEstimates(point, 0.7 * point, 1.4 * point)


def load(files: Files, ref: ModelRef) -> StandIn:
    return StandIn(files, ref)


def matrix_of(rides: Rides) -> NDArray[np.float64]:
    hours = rides.trip_start_timestamp.view(np.int64) // 3_600_000_000
    pickup, dropoff = (
        rides.pickup_community_area.astype(np.int64),
        rides.dropoff_community_area.astype(np.int64),
    )
    apart, pair = np.abs(pickup - dropoff), pickup * 78 + dropoff
    return np.column_stack(
        [pickup, dropoff, hours % 24, hours % 168, hours // 24, apart, pair, pickup == dropoff]
    ).astype(float)


def measure(*, is_quick: bool) -> list[Figure]:
    """Bare model and plain engine in turn, each run in a process of its own; Ray once at the end."""
    rows, rounds = (QUICK_ROWS, 1) if is_quick else (ROWS, 3)
    with tempfile.TemporaryDirectory(prefix="dt-bulk-") as scratch:
        folder = Path(scratch)
        _prepare(folder, rows)
        bare, plain = [], []
        for _ in range(rounds):
            bare.append(_in_child(folder, "bare"))
            plain.append(_in_child(folder, "plain"))
        ray = _in_child(folder, "ray")
    cpu = [other["cpu_s"] / one["cpu_s"] for one, other in zip(bare, plain, strict=True)]
    shares = [one["seconds"] / other["seconds"] for one, other in zip(bare, plain, strict=True)]
    name = f"{rows:,} synthetic rides"
    return [
        shown(f"bare Booster.predict, one thread, features ready, {name}", _speeds(bare, rows), "rows/s"),
        shown(
            "plain engine, Parquet to Parquet, one thread of the model and one of its own",
            _speeds(plain, rows),
            "rows/s",
        ),
        at_least("  share of the bare model's speed", shares, LEAST_SHARE, ""),
        shown("  CPU it takes, as a multiple of the bare model's", cpu, ""),
        at_most("  peak memory of the process", [run["peak_mib"] for run in plain], MOST_MIB, "MiB"),
        shown("Ray on this machine, start and stop of Ray included", _speeds([ray], rows), "rows/s"),
    ]


def _speeds(runs: Sequence[dict[str, float]], rows: int) -> list[float]:
    return [rows / run["seconds"] for run in runs]


def _in_child(folder: Path, what: str) -> dict[str, float]:
    # not as __main__: workers of Ray look for its real name
    program = "import bench.trips_bulk as bulk; bulk.print_run()"
    found = os.pathsep.join((str(_ROOT), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), what],
        env={**os.environ, "PYTHONPATH": found},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if done.returncode:
        raise RuntimeError(f"{what} failed: {done.stderr[-2000:]}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def print_run() -> None:
    """The work of a child."""
    sys.stdout.write(json.dumps(_run(Path(sys.argv[1]), sys.argv[2])) + "\n")


def _run(folder: Path, what: str) -> dict[str, float]:
    """One measurement, in a child: seconds of the work without start of the process, and peak memory."""
    model = PackedModel(ModelRef("trip-duration", "bench"), {_POINT: (folder / _POINT).read_bytes()}, load)
    if what == "bare":
        seconds, cpu_s = _bare(folder, model.files[_POINT])
    else:
        shutil.rmtree(folder / "out", ignore_errors=True)
        folders = ParquetFolders(folder / "in", folder / "out")
        score = ScoreFiles(folders, _engine(what, folders), SilentProgress())
        seconds, cpu_s = _timed(lambda: score(model))
    return {"seconds": seconds, "cpu_s": cpu_s, "peak_mib": _peak_mib()}


def _engine(what: str, folders: ParquetFolders) -> ScoringEngine:
    if what == "ray":
        return RayEngine(folders.root, folders.target, address=None)
    return PlainEngine(ParquetTables(folders.root, folders.target), threads=1)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of CPU in this process."""
    started, cpu_started = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - cpu_started


def _bare(folder: Path, text: bytes) -> tuple[float, float]:
    folders = ParquetFolders(folder / "in", folder / "unused")
    tables = ParquetTables(folders.root, folders.target)
    fragments = plan(folders.sources().files)
    ready = np.vstack([matrix_of(batch.rides) for each in fragments for batch in tables.batches(each)])
    booster = lightgbm.Booster(model_str=text.decode())
    return _timed(lambda: booster.predict(ready, num_threads=1))


def _peak_mib() -> float:
    """Peak of this program; ``getrusage`` would count what the parent had when it started this child."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _prepare(folder: Path, rows: int) -> None:
    draw = np.random.default_rng(1)
    (folder / "in").mkdir()
    for at in range(0, rows, _PIECE * 5):
        count = min(_PIECE * 5, rows - at)
        parquet.write_table(_rides(draw, count), folder / "in" / f"{at:08d}.parquet", row_group_size=_PIECE)
    nothing = np.full(20_000, np.nan)
    areas = [draw.integers(0, 78, 20_000).astype(np.int16) for _ in range(2)]
    starts = np.datetime64("2022-04-01", "us") + draw.integers(0, 28 * 1440, 20_000) * np.timedelta64(1, "m")
    matrix = matrix_of(Rides(areas[0], areas[1], starts, nothing, nothing, nothing, nothing))
    minutes = 5 + matrix[:, 5] / 3 + 4 * np.sin(matrix[:, 2] / 4) + draw.exponential(3.0, 20_000)
    params: dict[str, Any] = {"num_leaves": _LEAVES, "verbose": -1, "num_threads": 1, "seed": 1}
    booster = lightgbm.train(params, lightgbm.Dataset(matrix, minutes), _TREES)
    (folder / _POINT).write_bytes(booster.model_to_string().encode())


def _rides(draw: np.random.Generator, rows: int) -> Any:
    """Synthetic rides of the shape of the raw Chicago days: text areas with gaps, civil starts, other columns."""

    def areas() -> Any:
        return pa.array(draw.integers(1, 78, rows).astype(str).astype(object), mask=draw.random(rows) < 0.08)

    words = draw.choice(["Flash Cab", "Sun Taxi", "City Service", "Blue Ribbon"], rows)
    return pa.table(
        {
            "trip_id": pa.array([draw.bytes(20).hex() for _ in range(rows)]),
            "taxi_id": pa.array(draw.integers(0, 1_700, rows).astype(str).astype(object)),
            "trip_start_timestamp": np.datetime64("2022-04-01", "us")
            + draw.integers(0, 28 * 96, rows) * np.timedelta64(15, "m"),
            "trip_seconds": draw.gamma(2.0, 450.0, rows).round(),
            "trip_miles": draw.gamma(1.5, 3.0, rows).round(1),
            "pickup_community_area": areas(),
            "dropoff_community_area": areas(),
            "fare": draw.gamma(2.0, 8.0, rows).round(2),
            "tips": draw.gamma(1.0, 2.0, rows).round(2),
            "trip_total": draw.gamma(2.0, 10.0, rows).round(2),
            "payment_type": pa.array(draw.choice(["Cash", "Credit Card", "Mobile"], rows)),
            "company": pa.array(words),
        }
    )


if __name__ == "__main__":
    quick = "--quick" in sys.argv
    table = "synthetic rides, stand-in model"
    report.show(
        {"trips-bulk": measure(is_quick=quick)},
        {**report.describe(table, is_quick=quick), "load_after": os.getloadavg()},
    )
