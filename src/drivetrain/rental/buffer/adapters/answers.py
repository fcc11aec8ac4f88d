"""Answers about the rental buffer, as the documentation describes them; figures that cannot be told are null."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from drivetrain.adapters.http.answers import ModelVersionRef
from drivetrain.rental.buffer.application.ports import AnalysisStatus
from drivetrain.rental.buffer.application.records import (
    BestRuleRecord,
    DelayRecord,
    FailureRecord,
    Figure,
    GroupsRecord,
    LatenessRecord,
    Number,
    ScopeRecord,
    SeverityRecord,
    TableRecord,
)
from drivetrain.rental.buffer.domain.policy import Verdict
from drivetrain.rental.buffer.domain.rule import BufferScope


class Interval(TypedDict):
    """A 95 % interval."""

    low: Number
    high: Number


class Band(TypedDict):
    """Where a figure would lie if the unknown delays were known."""

    worst: Number
    best: Number


class AnalyzedTable(TypedDict):
    """The table that was analyzed."""

    source: str
    sha256: str
    is_synthetic: bool
    rows: int
    used: int
    refused: int


class AnalysisMethod(TypedDict):
    """How the intervals were made."""

    interval_level: float
    draws: int
    seed: int
    resampled: str


class Provenance(TypedDict):
    """What an answer rests on."""

    analysis: str
    table: AnalyzedTable
    method: AnalysisMethod


class RuleFigures(TypedDict):
    """What a rule costs in bookings and saves in conflicts; a pair of thresholds has no marginal figures."""

    touched: Number
    share_of_all: Number
    share_of_chained: Number
    unknown_touched: Number
    avoided: Number
    avoided_share: Number
    cleared_by_moving: Number
    wait_avoided_h: Number
    without_need: Number
    conflicts_per_touched: Number
    break_even: Number
    marginal_conflicts_per_touched: NotRequired[Number]
    marginal_break_even: NotRequired[Number]
    intervals: dict[str, Interval]
    if_unknown_were_known: dict[str, Band]


class ThresholdPoint(RuleFigures):
    """A point of the frontier of one scope."""

    threshold_min: int


class FrontierPoint(RuleFigures):
    """A point of a frontier: one threshold, or one for each way of check-in."""

    threshold_min: NotRequired[int]
    connect_min: NotRequired[int]
    mobile_min: NotRequired[int]


class FrontierAnswered(Provenance):
    """A frontier, with what it was counted on."""

    scope: BufferScope | Literal["pair"]
    rentals: Number
    chained: Number
    known: Number
    unknown: Number
    conflicts: Number
    conflict_rate: Number
    intervals: dict[str, Interval]
    points: list[FrontierPoint]
    marginal_over_min: int


class BreakEvenPoint(TypedDict):
    """What one avoided conflict costs in bookings at a threshold."""

    threshold_min: int
    touched: Number
    avoided: Number
    break_even: Number
    marginal_break_even: Number
    intervals: dict[str, Interval]


class BreakEvenAnswered(Provenance):
    """What one avoided conflict must be worth in lost bookings, by scope."""

    break_even: dict[str, list[BreakEvenPoint]]
    note: str


class DecisionInputs(TypedDict):
    """The values that were given or assumed."""

    booking_value: float
    conflict_cost: float
    currency: str
    recapture_share: float
    shift_share: float
    shift_up_to_min: int


ValueRegion = TypedDict("ValueRegion", {"from": Number, "to": Number})
"""Values between which a choice stays the best; null is without bound."""


class Worth(TypedDict):
    """What a choice gains, and how sure that is."""

    gain: Number
    interval: Interval
    optimism: Number
    gain_if_unknown_were_known: Band
    chosen_share: Number
    stays_best_for: dict[str, ValueRegion]


class UniformChoice(Worth):
    """The best threshold for all cars."""

    threshold_min: int
    best_threshold_interval_min: list[Number]


class ThresholdRanges(TypedDict):
    """Lowest and highest best threshold of each way of check-in."""

    connect_min: list[Number]
    mobile_min: list[Number]


class PairChoice(Worth):
    """The best threshold for each way of check-in."""

    connect_min: int
    mobile_min: int
    best_threshold_interval_min: ThresholdRanges


class GainPoint(TypedDict):
    """What a threshold for all cars gains."""

    threshold_min: int
    gain: Number
    interval: Interval


class DecisionAnswered(Provenance):
    """The best thresholds for the given values."""

    inputs: DecisionInputs
    gains_per_chained_rentals: int
    uniform: UniformChoice
    pair: PairChoice
    curve: list[GainPoint]


class AnswerFigures(TypedDict):
    """Figures behind an answer: of a threshold, of a class of waits, or of a family of rules; each question has its own."""

    scope: NotRequired[str]
    threshold_min: NotRequired[int]
    touched: NotRequired[Number]
    share_of_all: NotRequired[Number]
    share_of_chained: NotRequired[Number]
    without_need: NotRequired[Number]
    avoided: NotRequired[Number]
    avoided_share: NotRequired[Number]
    cleared_by_moving: NotRequired[Number]
    break_even: NotRequired[Number]
    intervals: NotRequired[dict[str, Interval]]
    above_min: NotRequired[Number]
    up_to_min: NotRequired[Number]
    rentals: NotRequired[int]
    canceled: NotRequired[int]
    canceled_share: NotRequired[Figure]
    more_than_without_wait: NotRequired[Figure]
    family: NotRequired[str]
    range: NotRequired[str]
    rules: NotRequired[int]
    p_value: NotRequired[float]
    is_better: NotRequired[bool]
    mean_difference: NotRequired[Figure]
    best: NotRequired[BestRuleRecord | None]


class QuestionAnswered(TypedDict):
    """A question, its answer in words, the figures behind it, and how they were found."""

    question: str
    words: str
    figures: list[AnswerFigures]
    method: str


class QuestionsAnswered(Provenance):
    """The five standing questions."""

    answers: list[QuestionAnswered]


class QueuedAnalysis(TypedDict):
    """An analysis that waits for its turn."""

    analysis: str
    status: Literal["queued"]


class GroupsAnswered(GroupsRecord, Provenance):
    """How many rentals share state, check-in type, delay, gap, and what the previous rental did to them."""


class AnalysisProgress(TypedDict):
    """Stages done of all, and the one at work."""

    stage: str
    done: int
    total: int


class AnalysisResult(TypedDict):
    """A whole analysis, its frontiers in half hours."""

    method: int
    table: TableRecord
    draws: int
    seed: int
    summary: dict[str, Figure]
    frontiers: dict[str, list[ThresholdPoint]]
    severity: SeverityRecord
    delays: list[DelayRecord]
    scopes: dict[str, ScopeRecord]
    lateness: list[LatenessRecord]
    lateness_refused: str


class AnalysisAnswered(TypedDict):
    """How an analysis stands."""

    analysis: str
    status: AnalysisStatus
    progress: AnalysisProgress
    source: str
    created_at: str
    created_by: str
    finished_at: str | None
    error: FailureRecord | None
    result: AnalysisResult | None


class PolicyAnswered(TypedDict):
    """One version of the policy; ``analysis`` is what it promised by, null without one."""

    version: int
    connect_min: int
    mobile_min: int
    shift_up_to_min: int
    reason: str
    author: str
    effective_from: str
    created_at: str
    analysis: str | None


class PolicyList(TypedDict):
    """Every version, newest first."""

    items: list[PolicyAnswered]
    next: None


class CheckAnswered(TypedDict):
    """Whether a rental may start; ``gap_min`` is null without a previous rental."""

    verdict: Verdict
    earliest_start_at: str
    gap_min: float | None
    threshold_min: int
    policy: ModelVersionRef
    decision_id: str


class OutcomeTable(AnalyzedTable):
    """The table of an analysis."""

    analysis: str


class OutcomeAnswered(TypedDict):
    """What a policy promised and what newer rentals show."""

    policy: PolicyAnswered
    verdict: Literal["better", "as_promised", "worse", "unknown"]
    words: str
    promised: dict[str, Figure]
    observed: dict[str, Figure]
    difference_of_rates: Figure
    change_of_conflict_rate: Figure
    interval_level: float
    promised_by: OutcomeTable
    observed_in: OutcomeTable
