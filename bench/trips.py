"""Trip durations: how good the live model is, what one answer costs, and a million rides beside the bare trees."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import lightgbm
import numpy as np

from bench.installation import Installation
from bench.report import Figure, at_least, at_most
from drivetrain.bootstrap.installation import database, open_stores
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.releasing.registry import Alias
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.settings import Settings
from drivetrain.trips.duration.application.estimate_duration import ESTIMATE_DURATION
from drivetrain.trips.duration.model.contract import MODEL_NAME, TRIP_DURATION
from drivetrain.trips.duration.model.predictor import TREES_FILE, TripDurationModel, load
from drivetrain.trips.rides.domain.rides import Rides

MOST_MAE_MIN, LEAST_R2 = 5.7, 0.62
COVERAGE = (0.88, 0.92)
LIMIT_MS = 0.1
LEAST_SHARE_OF_BARE = 0.7
RIDES = 1_000_000
_CHUNK = 50_000
_SEED = 1


def measure(installation: Installation, *, is_quick: bool) -> list[Figure]:
    """Read the report of the live version, and time its model."""
    shown = installation.command("models", "show", MODEL_NAME, "--json")
    model, files = _live_model(installation)
    figures = [
        *_quality(shown["report"], is_real=not shown["dataset"]["is_synthetic"]),
        _one_trip(model, is_quick=is_quick),
    ]
    return [*figures, _many_rides(model, files, RIDES // (10 if is_quick else 1))]


def _quality(report: dict[str, Any], *, is_real: bool) -> list[Figure]:
    figures = []
    candidate = {metric: errors["mean"] for metric, errors in report["models"]["candidate"].items()}
    limits = {
        "mae_error": (f"≤ {MOST_MAE_MIN} min", candidate["mae_error"] <= MOST_MAE_MIN),
        "r2_score": (f"≥ {LEAST_R2}", candidate["r2_score"] >= LEAST_R2),
    }
    for metric, (limit, is_met) in limits.items():
        for name, errors in report["models"].items():
            text = "{mean:.3f} ({low:.3f} … {high:.3f})".format(**errors[metric])
            has_target = is_real and name == "candidate"
            what = f"trip duration, later days, {metric}: {name}"
            figures.append(Figure(what, text, limit if has_target else "", is_met if has_target else None))
    covered = report["range"]["coverage"]["mean"]
    low, high = COVERAGE
    what, target = "trip duration, later days, coverage of the range", f"{low:.0%} to {high:.0%}"
    return [
        *figures,
        Figure(
            what, f"{covered:.1%}", target if is_real else "", low <= covered <= high if is_real else None
        ),
    ]


def _one_trip(model: TripDurationModel, *, is_quick: bool) -> Figure:
    """As the use case does it: decoded input to number and warnings."""
    raw = TRIP_DURATION.example()

    def answer() -> object:
        row, _ = TRIP_DURATION.check_row(raw)
        _, (duration,) = ESTIMATE_DURATION.decide(model, {name: (value,) for name, value in row.items()})
        return duration, ESTIMATE_DURATION.warn(duration)

    runs = [median(_seconds(answer) * 1000 for _ in range(200)) for _ in range(3 if is_quick else 10)]
    return at_most("one trip duration: check, features, trees, range, rounding", runs, LIMIT_MS, "ms")


def _many_rides(model: TripDurationModel, files: Files, count: int) -> Figure:
    """Rides to figures, in chunks, beside LightGBM's own Booster on their finished features; the two take turns."""
    rides = _random_rides(count)
    parts = [rides.part(at, at + _CHUNK) for at in range(0, count, _CHUNK)]
    booster = lightgbm.Booster(model_str=files[TREES_FILE].decode())
    matrices = [model.estimate_rides(part).features for part in parts]
    ours = bare = 0.0
    for part, matrix in zip(parts, matrices, strict=True):
        ours += _seconds(partial(model.estimate_rides, part))
        bare += _seconds(partial(booster.predict, matrix, num_threads=1))
    what = f"{count:,} rides: share of the bare Booster's speed on one thread"
    return at_least(
        what, [bare / ours], LEAST_SHARE_OF_BARE, "", rides_per_s=count / ours, bare_rows_per_s=count / bare
    )


def _random_rides(count: int) -> Rides:
    rng = np.random.default_rng(_SEED)
    start = np.datetime64("2024-01-01", "us") + rng.integers(0, 366 * 86_400, count).astype("timedelta64[s]")
    nothing = np.full(count, np.nan)
    areas = [rng.integers(0, 78, count).astype(np.int16) for _ in range(2)]
    return Rides(areas[0], areas[1], start, nothing, nothing, nothing, nothing)


def _live_model(installation: Installation) -> tuple[TripDurationModel, Files]:
    settings = Settings(home=installation.home.folder, database_url=None)
    with database(settings, installation.home) as url:
        version = open_stores(settings, installation.home, url).catalog.live()[MODEL_NAME, Alias.CHAMPION]
    files = installation.home.open_version(version)
    return load(files, ModelRef(MODEL_NAME, version.version)), files


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
