"""Analyze a table of rentals: frontiers, severity, tests of scopes, lateness by car; everything that needs no inputs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from drivetrain.core.errors import MAX_FIELD_ERRORS, FieldError, InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.application.jobs import STAGES
from drivetrain.rental.buffer.application.records import (
    METHOD,
    AnalysisRecord,
    LatenessRecord,
    PerCarGapRecord,
    ScopeRecord,
    TableRecord,
    delay_record,
    figure,
    frontier_record,
    groups_record,
    number,
    scope_record,
    severity_record,
    table_record,
)
from drivetrain.rental.buffer.domain.chains import Cells, RentalTable, chain, check_rentals
from drivetrain.rental.buffer.domain.counts import RuleCounts, count_rules
from drivetrain.rental.buffer.domain.delays import delay_distributions
from drivetrain.rental.buffer.domain.frontier import frontier, summary
from drivetrain.rental.buffer.domain.groups import group_rentals
from drivetrain.rental.buffer.domain.rule import STEP_MIN, BufferScope
from drivetrain.rental.buffer.domain.scopes import judge_scope, pair_rules, scope_rules
from drivetrain.rental.buffer.domain.severity import severity
from drivetrain.rental.buffer.domain.working import Working

DEFAULT_RESAMPLING = ClusterBootstrap(draws=1_000, seed=7)


@dataclass(frozen=True, slots=True, eq=False)
class CheckedTable:
    """The good rentals of a table, and what is said of the others."""

    rentals: RentalTable
    record: TableRecord
    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True, eq=False)
class BufferAnalysis:
    """What readers see, the arrays that further questions are answered from, and what is wrong with the refused rows."""

    record: AnalysisRecord
    working: Working
    refused: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class AnalyzeBuffer:
    """Turns the cells of a table into an analysis; the same table and resampling give the same figures.

    Attributes:
        with_lateness: False to leave out the lateness of cars, which takes most of the time.
    """

    progress: Progress
    resampling: ClusterBootstrap = DEFAULT_RESAMPLING
    with_lateness: bool = True

    def __call__(self, cells: Cells, *, source: str, sha256: str, is_synthetic: bool) -> BufferAnalysis:
        """Check and analyze a table.

        Args:
            source: in words, as it stands in every answer.
            sha256: of the file.
            is_synthetic: True for generated rows.

        Raises:
            ContractError: a column is missing.
            InvalidInputError: no rental of the table is chained.
        """
        with self.progress.stage(STAGES[0], total=1, unit="step"):
            table = check_table(cells, source=source, sha256=sha256, is_synthetic=is_synthetic)
            rentals = chain(table.rentals)
        require_chained(len(rentals), table)
        with self.progress.stage(STAGES[1], total=1, unit="step"):
            counts = count_rules(rentals, self.resampling)
        with self.progress.stage(STAGES[2], total=len(BufferScope), unit="scope") as stage:
            frontiers = {}
            for scope in BufferScope:
                frontiers[scope.value] = frontier_record(frontier(counts, scope, step_min=STEP_MIN))
                stage.advance()
        with self.progress.stage(STAGES[3], total=1, unit="step"):
            weighed = severity_record(severity(rentals, self.resampling))
            delays = [
                delay_record(distribution)
                for distribution in delay_distributions(table.rentals, self.resampling)
            ]
        with self.progress.stage(STAGES[4], total=1, unit="step"):
            scopes = compare_scopes(counts)
        with self.progress.stage(STAGES[5], total=1, unit="step"):
            lateness, too_small = self._lateness(table.rentals)
        record: AnalysisRecord = {
            "method": METHOD,
            "table": table.record,
            "draws": self.resampling.draws,
            "seed": self.resampling.seed,
            "summary": {name: figure(total) for name, total in summary(counts.totals).items()},
            "frontiers": frontiers,
            "severity": weighed,
            "delays": delays,
            "scopes": scopes,
            "lateness": lateness,
            "lateness_refused": too_small,
            "groups": groups_record(group_rentals(table.rentals)),
        }
        return BufferAnalysis(record, Working(rentals, counts, self.resampling), table.errors)

    def _lateness(self, table: RentalTable) -> tuple[list[LatenessRecord], str]:
        """The lateness of cars, or why there is nothing to say of it."""
        from drivetrain.rental.buffer.model.lateness.features import Order

        if not self.with_lateness:
            return [], "The lateness of cars was not looked at."
        try:
            return [lateness_record(table, order.value, self.resampling) for order in Order], ""
        except InvalidInputError as error:
            return [], error.detail


def check_table(cells: Cells, *, source: str, sha256: str, is_synthetic: bool) -> CheckedTable:
    """Check all rows of a table; the bad ones are set aside, counted and described.

    Raises:
        ContractError: a column is missing.
    """
    checked = check_rentals(cells)
    record = table_record(
        source=source,
        sha256=sha256,
        is_synthetic=is_synthetic,
        rows=_height(cells),
        used=len(checked.table),
        errors=checked.errors[:MAX_FIELD_ERRORS],
        reasons=Counter(error.code for error in checked.errors),
    )
    return CheckedTable(checked.table, record, checked.errors)


def require_chained(chained: int, table: CheckedTable) -> None:
    """Refuse a table without chained rentals: there is nothing to count.

    Raises:
        InvalidInputError: there are none; the first refused rows are named.
    """
    if not chained:
        raise InvalidInputError(
            f"None of the {table.record['used']:,} usable rows (of {table.record['rows']:,}) follows a known previous rental "
            "within twelve hours, so there is nothing to count.",
            code="rental.no_chained_rentals",
            errors=table.errors[:MAX_FIELD_ERRORS],
        )


def compare_scopes(counts: RuleCounts) -> dict[str, ScopeRecord]:
    """Each family of rules against the uniform frontier."""
    families = {
        "connect": scope_rules(BufferScope.CONNECT),
        "mobile": scope_rules(BufferScope.MOBILE),
        "pair": pair_rules(),
    }
    return {name: scope_record(judge_scope(counts, rules)) for name, rules in families.items()}


def lateness_record(table: RentalTable, order_name: str, resampling: ClusterBootstrap) -> LatenessRecord:
    """How well history tells lateness, and what a gap per car would gain from it.

    A gap per car is worth building when history adds to the AUC and the gap avoids more conflicts at some
    threshold, both beyond their intervals.

    Raises:
        InvalidInputError: the table is too small.
    """
    # scikit-learn takes a second to import, and nothing else here needs it.
    from drivetrain.rental.buffer.model.lateness.evaluate import compare_per_car_gap, score_lateness
    from drivetrain.rental.buffer.model.lateness.features import Order

    order = Order(order_name)
    score = score_lateness(table, order, resampling)
    gap = compare_per_car_gap(table, order, resampling)
    per_car: list[PerCarGapRecord] = [
        {
            "threshold_min": threshold,
            "touched": figure(gap.touched, index),
            "avoided_by_uniform": figure(gap.uniform, index),
            "avoided_per_car": figure(gap.per_car, index),
            "gain": figure(gap.gain, index),
        }
        for index, threshold in enumerate(gap.thresholds_min)
    ]
    return {
        "order": order.value,
        "rentals": score.rentals,
        "cars": score.cars,
        "late_share": number(score.late_share),
        "auc": figure(score.auc),
        "auc_checkin_type": figure(score.auc_checkin_type),
        "gain": figure(score.gain),
        "per_car_gap": per_car,
        "is_worth_it": bool(score.gain.low > 0 and (gap.gain.low > 0).any()),
    }


def _height(cells: Cells) -> int:
    return max((len(column) for column in cells.values()), default=0)
