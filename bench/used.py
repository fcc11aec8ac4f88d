"""Used cars: how good the live models are, what one answer costs, and a table of 100,000 rows."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

import numpy as np

from bench.core import interleaved, live_model
from bench.file import MOST_S, ROWS, csv_of, send
from bench.installation import Installation, Platform
from bench.report import Figure, at_most, shown
from drivetrain.core.money import to_cents
from drivetrain.lifecycle.data.contracts import Row
from drivetrain.lifecycle.learning.features import as_columns
from drivetrain.resale.used.application.value_used_car import VALUE_USED_CAR
from drivetrain.resale.used.model.countries import COUNTRIES, UK, Country
from drivetrain.resale.used.model.predictor import UsedCarModel

LEAST_R2, MOST_MAE_GBP = 0.96, 1_100.0
COVERAGE = (0.88, 0.92)
LIMIT_MS = 0.1
_BLOCK = 100
_GRID_POINTS = 40


def measure(installation: Installation, platform: Platform, *, is_quick: bool) -> list[Figure]:
    """The three models, then the British one at work."""
    model, _ = live_model(installation, UK.model_name)
    rows = installation.rows(ROWS // 10 if is_quick else ROWS, UK.model_name)
    few = 30 if is_quick else 300
    figures = [figure for country in COUNTRIES.values() for figure in _quality(installation, country, few)]
    walls = [
        send(platform, csv_of(rows), "text/csv", "/resale/used/uk/values/file")
        for _ in range(1 if is_quick else 3)
    ]
    return [
        *figures,
        *_cost(model, rows[:_BLOCK], rounds=2 if is_quick else 10),
        at_most(f"{len(rows):,} British rows of CSV, answer text/csv", walls, MOST_S, "s"),
    ]


def _quality(installation: Installation, country: Country, few: int) -> Iterator[Figure]:
    """The cross-validated figures of a country's live version; targets stand for the real British table."""
    told = installation.command("models", "show", country.model_name, "--json")
    is_real = not told["dataset"]["is_synthetic"]
    candidate, ranges = told["report"]["models"]["candidate"], told["report"]["range"]
    r2, mae, coverage = candidate["r2_score"], candidate["mae_error"], ranges["coverage"]["mean"]
    has_target = is_real and country is UK
    name = country.name if is_real else f"{country.name} (SYNTHETIC table)"
    yield Figure(
        f"{name}: R², 95 % interval",
        f"{r2['mean']:.4f} ({r2['low']:.4f} … {r2['high']:.4f})",
        f"≥ {LEAST_R2}" if has_target else "",
        r2["mean"] >= LEAST_R2 if has_target else None,
    )
    yield Figure(
        "  MAE, 95 % interval",
        f"{mae['mean']:,.0f} {country.currency} ({mae['low']:,.0f} … {mae['high']:,.0f})",
        f"≤ {MOST_MAE_GBP:,.0f} GBP" if has_target else "",
        mae["mean"] <= MOST_MAE_GBP if has_target else None,
    )
    low, high = COVERAGE
    yield Figure(
        "  coverage of the 90 % range",
        f"{coverage:.1%}",
        f"{low:.0%} to {high:.0%}" if is_real else "",
        low <= coverage <= high if is_real else None,
    )
    rises = _rises(installation, country, few)
    yield Figure(
        f"  values that rise with distance or age, {few} cars", f"{rises} steps", "0 steps", rises == 0
    )


def _rises(installation: Installation, country: Country, few: int) -> int:
    """Steps of served values, in cents, at which more distance or more age is dearer."""
    model, _ = live_model(installation, country.model_name)
    rows = installation.rows(few, country.model_name)
    grids = {
        country.distance: [int(at) for at in np.linspace(0, 300_000, _GRID_POINTS)],
        "year": list(range(country.reference_year, country.reference_year - _GRID_POINTS, -1)),
    }
    found = 0
    for name, grid in grids.items():
        varied: list[Row] = [{**row, name: at} for row in rows for at in grid]
        values = to_cents(model.estimate(as_columns(varied, model.contract.names)).value).reshape(
            len(rows), len(grid)
        )
        found += int((np.diff(values, axis=1) > 0).sum())
    return found


def _cost(model: UsedCarModel, rows: list[Row], *, rounds: int) -> list[Figure]:
    """Time of one answer without HTTP, by what is asked."""
    contract = model.contract
    features = [model.estimate(_columns(row)).features[0] for row in rows]

    def value(at: int) -> object:
        row, _ = contract.check_row(rows[at])
        return VALUE_USED_CAR.decide(model, _columns(row))

    steps = {
        "value": value,
        "explain": lambda at: model.explain(rows[at], features[at], 10_000.0),
        "curves": lambda at: (model.curve_over_distance(rows[at]), model.curve_over_age(rows[at])),
        "outlook": lambda at: model.future(rows[at]),
    }
    ms = {
        name: [median(block) / 1000 for block in blocks]
        for name, blocks in interleaved(steps, len(rows), rounds).items()
    }
    return [
        at_most("one British value: check, features, trees, range, rounding", ms["value"], LIMIT_MS, "ms"),
        shown("  reasons and comparables", ms["explain"], "ms"),
        shown("  both curves", ms["curves"], "ms"),
        shown("  outlook of five years", ms["outlook"], "ms"),
    ]


def _columns(row: Row) -> dict[str, tuple[Any, ...]]:
    return {name: (value,) for name, value in row.items()}
