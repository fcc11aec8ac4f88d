"""What is kept of an analysis, as plain JSON values: NaN and infinity are null, whole figures are whole numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from drivetrain.core.errors import (
    DrivetrainError,
    FieldError,
    FieldErrorRecord,
    InvalidInputError,
    UnreadableInputError,
)
from drivetrain.core.statistics import Estimate, EstimateArray

if TYPE_CHECKING:  # those modules import SciPy, which a process that only reads records does not need
    from drivetrain.rental.buffer.domain.delays import DelayDistribution
    from drivetrain.rental.buffer.domain.frontier import Frontier
    from drivetrain.rental.buffer.domain.groups import RentalGroup
    from drivetrain.rental.buffer.domain.scopes import ScopeVerdict, UniformComparison
    from drivetrain.rental.buffer.domain.severity import Severity

METHOD = 3
"""Counts up when the figures are computed differently; analyses of an older method are made again."""

Number = int | float | None
_DIGITS = 6


class Figure(TypedDict):
    """A figure with its 95 % interval."""

    value: Number
    low: Number
    high: Number


class Along(TypedDict):
    """A figure along thresholds, with its intervals."""

    value: list[Number]
    low: list[Number]
    high: list[Number]


class BandAlong(TypedDict):
    """Where a figure would lie if the unknown delays were known: seen from the rule, at worst and at best."""

    worst: list[Number]
    best: list[Number]


class FrontierRecord(TypedDict):
    """The frontier of one scope at every threshold from 0 to 720 minutes; index and threshold are the same."""

    figures: dict[str, Along]
    bands: dict[str, BandAlong]


class TableRecord(TypedDict):
    """What was analyzed, and what of it was set aside."""

    source: str
    sha256: str
    is_synthetic: bool
    rows: int
    used: int
    refused: int
    reasons: dict[str, int]
    errors: list[FieldErrorRecord]


class WaitRecord(TypedDict):
    """Rentals that waited longer than ``above_min`` and at most ``up_to_min``, and their cancellations."""

    above_min: Number
    up_to_min: Number
    rentals: int
    canceled: int
    canceled_share: Figure
    more_than_without_wait: Figure


class SeverityRecord(TypedDict):
    """How bad the conflicts are."""

    classes: list[WaitRecord]
    canceled_in_conflict: Figure
    canceled_without: Figure
    difference: Figure
    wait_quantiles_min: dict[str, Figure]


class DelayRecord(TypedDict):
    """The delays of one check-in type; ``counts`` has one class below and one above the edges."""

    checkin_type: str
    rentals: int
    unknown: int
    late_share: Figure
    median_min: Number
    edges_min: list[Number]
    counts: list[int]


class BestRuleRecord(TypedDict):
    """The rule of a family that is furthest ahead."""

    connect_min: int
    mobile_min: int
    touched: Number
    avoided: Number
    more_than_uniform: Figure


class ComparisonRecord(TypedDict):
    """A family of rules against the uniform frontier; ``best`` is the rule furthest ahead, in studentized terms."""

    rules: int
    p_value: float
    is_better: bool
    mean_difference: Figure
    best: BestRuleRecord | None


class ScopeRecord(TypedDict):
    """A family of rules where a uniform threshold could be set as well, and below."""

    reachable_from: int
    reachable: ComparisonRecord
    below: ComparisonRecord


class PerCarGapRecord(TypedDict):
    """Conflicts avoided by a gap for each car, beside a uniform one that touches as many bookings."""

    threshold_min: int
    touched: Figure
    avoided_by_uniform: Figure
    avoided_per_car: Figure
    gain: Figure


class LatenessRecord(TypedDict):
    """Whether a car's history tells its lateness, for one idea of what came before."""

    order: str
    rentals: int
    cars: int
    late_share: Number
    auc: Figure
    auc_checkin_type: Figure
    gain: Figure
    per_car_gap: list[PerCarGapRecord]
    is_worth_it: bool


class GroupRecord(TypedDict):
    """Rentals that are alike; classes count from 0 below the first edge, and null is unknown or not chained."""

    state: str
    checkin_type: str
    delay: int | None
    gap: int | None
    previous: str | None
    rentals: int


class GroupsRecord(TypedDict):
    """All rentals of a table by what they share."""

    delay_edges_min: list[Number]
    gap_edges_min: list[Number]
    groups: list[GroupRecord]


class AnalysisRecord(TypedDict):
    """One analysis.

    ``lateness`` is empty, and ``lateness_refused`` says why, where the table is too small for it.
    """

    method: int
    table: TableRecord
    draws: int
    seed: int
    summary: dict[str, Figure]
    frontiers: dict[str, FrontierRecord]
    severity: SeverityRecord
    delays: list[DelayRecord]
    scopes: dict[str, ScopeRecord]
    lateness: list[LatenessRecord]
    lateness_refused: str
    groups: GroupsRecord


class FailureRecord(TypedDict):
    """Why an analysis has no result; ``is_final`` when the same table would fail again."""

    code: str
    detail: str
    errors: list[FieldErrorRecord]
    is_final: bool


_BUSY = "input.parse_timeout"
"""Of the clock: the machine had other things to do. A table that costs too much ends at its limit of CPU time."""


def failure_record(error: DrivetrainError) -> FailureRecord:
    """Why an analysis has no result."""
    return {
        "code": error.code,
        "detail": error.detail,
        "errors": [item.as_dict() for item in error.errors],
        "is_final": isinstance(error, InvalidInputError | UnreadableInputError) and error.code != _BUSY,
    }


def number(value: float) -> Number:
    """The value in JSON: whole ones as integers, undefined and infinite ones as null."""
    value = float(value)
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() else round(value, _DIGITS)


def numbers(values: Iterable[float]) -> list[Number]:
    """Many values in JSON."""
    return [number(value) for value in values]


def figure(estimate: Estimate | EstimateArray, index: int | tuple[()] = ()) -> Figure:
    """One figure of an estimate, with its interval."""
    single = estimate if isinstance(estimate, Estimate) else estimate.at(index)
    return {"value": number(single.value), "low": number(single.low), "high": number(single.high)}


def frontier_record(frontier: Frontier) -> FrontierRecord:
    """All points of a frontier, or of a comparison of rules."""
    return {
        "figures": {
            name: {"value": numbers(curve.value), "low": numbers(curve.low), "high": numbers(curve.high)}
            for name, curve in frontier.figures.items()
        },
        "bands": {
            name: {"worst": numbers(band.worst), "best": numbers(band.best)}
            for name, band in frontier.bands.items()
        },
    }


def severity_record(severity: Severity) -> SeverityRecord:
    """The severity of conflicts."""
    return {
        "classes": [
            {
                "above_min": number(wait.above_min),
                "up_to_min": number(wait.up_to_min),
                "rentals": wait.rentals,
                "canceled": wait.canceled,
                "canceled_share": figure(wait.canceled_share),
                "more_than_without_wait": figure(wait.more_than_without_wait),
            }
            for wait in severity.classes
        ],
        "canceled_in_conflict": figure(severity.canceled_in_conflict),
        "canceled_without": figure(severity.canceled_without),
        "difference": figure(severity.difference),
        "wait_quantiles_min": {
            f"{share:g}": figure(wait) for share, wait in severity.wait_quantiles_min.items()
        },
    }


def delay_record(delays: DelayDistribution) -> DelayRecord:
    """The delays of one check-in type."""
    return {
        "checkin_type": delays.checkin_type.value,
        "rentals": delays.rentals,
        "unknown": delays.unknown,
        "late_share": figure(delays.late_share),
        "median_min": number(delays.median_min),
        "edges_min": numbers(delays.edges_min),
        "counts": [int(count) for count in delays.counts],
    }


def groups_record(groups: Iterable[RentalGroup]) -> GroupsRecord:
    """All rentals of a table by what they share."""
    from drivetrain.rental.buffer.domain.chains import CANCELED, ENDED
    from drivetrain.rental.buffer.domain.groups import DELAY_EDGES_MIN, GAP_EDGES_MIN
    from drivetrain.rental.buffer.domain.rule import CheckinType

    return {
        "delay_edges_min": numbers(DELAY_EDGES_MIN),
        "gap_edges_min": numbers(GAP_EDGES_MIN),
        "groups": [
            {
                "state": CANCELED if group.is_canceled else ENDED,
                "checkin_type": (CheckinType.CONNECT if group.is_connect else CheckinType.MOBILE).value,
                "delay": group.delay,
                "gap": group.gap,
                "previous": None if group.previous is None else group.previous.value,
                "rentals": group.rentals,
            }
            for group in groups
        ],
    }


def scope_record(verdict: ScopeVerdict) -> ScopeRecord:
    """One family of rules against the uniform frontier."""
    return {
        "reachable_from": verdict.reachable_from,
        "reachable": _comparison(verdict.reachable),
        "below": _comparison(verdict.below),
    }


def _comparison(comparison: UniformComparison) -> ComparisonRecord:
    best: BestRuleRecord | None = None
    if comparison.best is not None:
        rule = comparison.rules[comparison.best]
        best = {
            "connect_min": rule.connect_min,
            "mobile_min": rule.mobile_min,
            "touched": number(comparison.touched[comparison.best]),
            "avoided": number(comparison.avoided[comparison.best]),
            "more_than_uniform": figure(comparison.difference, comparison.best),
        }
    return {
        "rules": len(comparison.rules),
        "p_value": round(comparison.p_value, _DIGITS),
        "is_better": comparison.is_better,
        "mean_difference": figure(comparison.mean_difference, 0),
        "best": best,
    }


def table_record(
    *,
    source: str,
    sha256: str,
    is_synthetic: bool,
    rows: int,
    used: int,
    errors: Iterable[FieldError],
    reasons: Mapping[str, int],
) -> TableRecord:
    """What was analyzed.

    Args:
        errors: the first ones, which are described; all are in ``reasons``.
    """
    return {
        "source": source,
        "sha256": sha256,
        "is_synthetic": is_synthetic,
        "rows": rows,
        "used": used,
        "refused": rows - used,
        "reasons": dict(reasons),
        "errors": [error.as_dict() for error in errors],
    }
