"""How good the live models are: cross-validated figures, a count of prices that move the wrong way, and buyer segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bench import segments
from bench.core import live_model
from bench.installation import MODEL, Installation
from bench.report import Figure
from drivetrain.core.money import to_cents
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.rental.price.model.contract import RENTAL_PRICE
from drivetrain.rental.price.model.predictor import RentalPriceModel
from drivetrain.rental.price.model.recipe import PriceRecipe

MOST_RMSE, AIMED_RMSE = 16.5, 16.0
MOST_MAE, AIMED_MAE = 10.5, 10.2
COVERAGE = (0.88, 0.92)
LEAST_SEGMENT_COVERAGE, SEGMENT_ROWS = 0.86, 100
MOST_WIDTH_EUR = 44.0

GRIDS: dict[str, Sequence[float | bool]] = {
    "mileage": range(0, 500_001, 10_000),
    "engine_power": range(40, 451, 10),
}
FLAG: Sequence[float | bool] = (False, True)


def measure(installation: Installation, *, is_quick: bool) -> list[Figure]:
    """Read the report of the live version and put its model on a grid of real rows."""
    shown = installation.command("models", "show", MODEL, "--json")
    is_real = not shown["dataset"]["is_synthetic"]
    report = shown["report"]
    model, _ = live_model(installation)
    rows = installation.rows(50 if is_quick else 500)
    figures = [
        *_errors(report["models"], is_real=is_real),
        *_range(report["range"], is_real=is_real),
        _violations(model, rows),
    ]
    mark = [] if is_real else [Figure("the table is SYNTHETIC: targets hold for the real one only", "")]
    return [*mark, *figures, *segments.measure(installation, is_quick=is_quick)]


def _errors(models: dict[str, Any], *, is_real: bool) -> Iterator[Figure]:
    targets = {"rmse_error": (MOST_RMSE, AIMED_RMSE), "mae_error": (MOST_MAE, AIMED_MAE)}
    for metric, (most, aimed) in targets.items():
        name = metric.removesuffix("_error").upper()
        value = models["candidate"][metric]["mean"]
        target = f"≤ {most} EUR (aim {aimed})" if is_real else ""
        yield Figure(
            f"{name}, 95 % interval",
            _interval(models["candidate"][metric]),
            target,
            value <= most if is_real else None,
        )
        for rival in models:
            if rival != "candidate":
                yield Figure(f"  {rival}", _interval(models[rival][metric]))


def _range(measured: dict[str, Any], *, is_real: bool) -> Iterator[Figure]:
    coverage, width = measured["coverage"]["mean"], measured["mean_width"]
    large = {
        name: each["coverage"] for name, each in measured["segments"].items() if each["rows"] >= SEGMENT_ROWS
    }
    worst = min(large, key=lambda name: large[name])
    low, high = COVERAGE
    figures = [
        (
            "coverage of the 90 % range",
            f"{coverage:.1%}",
            f"{low:.0%} to {high:.0%}",
            low <= coverage <= high,
        ),
        (
            f"least covered segment of {SEGMENT_ROWS} rows or more: {worst}",
            f"{large[worst]:.1%}",
            f"≥ {LEAST_SEGMENT_COVERAGE:.0%}",
            large[worst] >= LEAST_SEGMENT_COVERAGE,
        ),
        ("mean width of the range", f"{width:.1f} EUR", f"≤ {MOST_WIDTH_EUR:g} EUR", width <= MOST_WIDTH_EUR),
    ]
    for what, value, target, is_met in figures:
        yield Figure(what, value, target if is_real else "", is_met if is_real else None)


def _violations(model: RentalPriceModel, rows: list[Row]) -> Figure:
    """Steps at which a served price moves against a required direction of the version's recipe."""
    directions = PriceRecipe.from_dict(model.recipe).required_directions
    steps = {name: _wrong_steps(model, rows, name, direction) for name, direction in directions.items()}
    total = sum(steps.values())
    what = f"prices that move the wrong way, on a grid over {len(rows)} rows"
    return Figure(what, f"{total} steps", "0 steps", total == 0, {"by_field": steps})


def _wrong_steps(model: RentalPriceModel, rows: list[Row], name: str, direction: int) -> int:
    grid = GRIDS.get(name, FLAG)
    varied = [{**row, name: value} for row in rows for value in grid]
    prices = to_cents(model.estimate(as_columns(varied, RENTAL_PRICE.names)).price)
    return int((direction * np.diff(prices.reshape(len(rows), len(grid)), axis=1) < 0).sum())


def _interval(figure: dict[str, float]) -> str:
    return f"{figure['mean']:.2f} EUR ({figure['low']:.2f} … {figure['high']:.2f})"
