"""The price itself, without HTTP: what one decision costs in one process."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import lightgbm
import numpy as np

from bench.installation import MODEL, Installation
from bench.report import Figure, at_most, shown
from drivetrain.bootstrap.installation import database, open_stores
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.releasing.registry import Alias
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.products import model_named
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.predictor import POINT_FILE, RentalPriceModel
from drivetrain.settings import Settings

LIMIT_MS = 0.03
_BLOCK = 200
"""Calls of one kind before the next kind has its turn: side by side, yet long enough to have warm caches."""


def measure(installation: Installation, *, is_quick: bool) -> list[Figure]:
    """Time the steps of one decision, and LightGBM's own Booster beside our binding of its library."""
    model, files = live_model(installation)
    rows = installation.rows(_BLOCK)
    checked = [RENTAL_PRICE.check_row(row)[0] for row in rows]
    matrices = [model.estimate(_columns(row)).features for row in checked]
    numbers = [matrix[0].tolist() for matrix in matrices]
    trees = model._point
    booster = lightgbm.Booster(model_str=files[POINT_FILE].decode())
    many = np.vstack(matrices * 5)
    _same_bits(trees, booster, many)

    steps: dict[str, Callable[[int], object]] = {
        "price": lambda at: _price(model, rows[at]),
        "check": lambda at: RENTAL_PRICE.check_row(rows[at]),
        "estimate": lambda at: SUGGEST_PRICE.one(model, checked[at]),
        "estimate by arrays": lambda at: model.estimate(_columns(checked[at])),
        "explain": lambda at: model.explain(checked[at], matrices[at][0], 100.0),
        "trees": lambda at: trees.predict_row(numbers[at]),
        "booster": lambda at: booster.predict(matrices[at], num_threads=1),
    }
    rounds = 2 if is_quick else 10
    timed = interleaved(steps, _BLOCK, rounds)
    batches = interleaved(
        {"trees": lambda _: trees.predict(many), "booster": lambda _: booster.predict(many, num_threads=1)},
        3,
        rounds,
    )
    us = {name: [median(block) for block in blocks] for name, blocks in timed.items()}
    row_us = {name: [median(block) / len(many) for block in blocks] for name, blocks in batches.items()}
    in_ms = [value / 1000 for value in us["price"]]
    return [
        at_most("one price: check, features, trees, range, rounding", in_ms, LIMIT_MS, "ms"),
        shown("  of it: check by the contract", us["check"], "µs"),
        shown("  of it: features, trees, range, rounding", us["estimate"], "µs"),
        shown(
            "  features, trees and range by arrays, as lists and files take it",
            us["estimate by arrays"],
            "µs",
        ),
        shown("reasons and comparables", us["explain"], "µs"),
        shown("trees through the C library, one row", us["trees"], "µs"),
        shown("the same by lightgbm.Booster", us["booster"], "µs"),
        shown(f"trees through the C library, a row of {len(many):,}", row_us["trees"], "µs"),
        shown("the same by lightgbm.Booster", row_us["booster"], "µs"),
    ]


def live_model(installation: Installation, name: str = MODEL) -> tuple[Any, Files]:
    """The live version of a model, loaded as a worker loads it, and its verified files."""
    settings = Settings(home=installation.home.folder, database_url=None)
    with database(settings, installation.home) as url:
        version = open_stores(settings, installation.home, url).catalog.live()[name, Alias.CHAMPION]
    files = installation.home.open_version(version)
    return model_named(name).load(files, ModelRef(name, version.version)), files


def _price(model: RentalPriceModel, raw: Row) -> object:
    """As the use case does it: decoded input to number."""
    row, _ = RENTAL_PRICE.check_row(raw)
    return SUGGEST_PRICE.one(model, row)


def _columns(row: Row) -> dict[str, tuple[Any, ...]]:
    return {name: (value,) for name, value in row.items()}


def _same_bits(trees: Any, booster: lightgbm.Booster, matrix: Any) -> None:
    if not np.array_equal(trees.predict(matrix), booster.predict(matrix, num_threads=1)):
        raise RuntimeError("the binding and lightgbm.Booster differ: comparing their speed means nothing")


def interleaved(
    steps: dict[str, Callable[[int], object]], calls: int, rounds: int
) -> dict[str, list[list[float]]]:
    """Microseconds of every call, by step and round; the steps take turns, so that a busy machine hurts all alike."""
    timed: dict[str, list[list[float]]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            gc.collect()
            block = []
            for at in range(calls):
                started = time.perf_counter_ns()
                step(at)
                block.append((time.perf_counter_ns() - started) / 1000)
            timed[name].append(block)
    return timed
