"""Answer the five standing questions of the operations manager, in words and figures, with the test behind each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drivetrain.rental.buffer.application.ports import Analyses
from drivetrain.rental.buffer.application.read_frontier import points_of
from drivetrain.rental.buffer.application.records import AnalysisRecord, BestRuleRecord, Figure
from drivetrain.rental.buffer.application.wording import interval, percent, plain, points
from drivetrain.rental.buffer.domain.rule import BufferScope

SHOWN_MIN = (30, 60, 120, 180, 240)
NAMED_MIN = 60
"""The threshold that the sentences speak of."""

_RESAMPLED = "95 % intervals from resampling cars, each with all its rentals."
_FAMILIES = {"connect": "connect only", "mobile": "mobile only", "pair": "any pair of thresholds"}


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """One question, its answer in a few sentences, the figures behind it, and how they were found."""

    question: str
    words: str
    figures: list[dict[str, Any]]
    method: str


@dataclass(frozen=True, slots=True)
class AnsweredQuestions:
    """The five answers, and the analysis they rest on."""

    analysis_id: str
    record: AnalysisRecord
    answers: tuple[StandingAnswer, ...]


@dataclass(frozen=True, slots=True)
class AnswerQuestions:
    """Answers from a finished analysis.

    Raises:
        NotFoundError, UnavailableError, ConflictError: as ``Analyses``.
    """

    find: Analyses

    def __call__(self, analysis_id: str | None = None) -> AnsweredQuestions:
        """The five answers."""
        analysis = self.find(analysis_id)
        return AnsweredQuestions(analysis.analysis_id, analysis.record, answers_of(analysis.record))


def answers_of(record: AnalysisRecord) -> tuple[StandingAnswer, ...]:
    """The five answers of an analysis."""
    return (_revenue(record), _affected(record), _lateness(record), _solved(record), _scopes(record))


def _revenue(record: AnalysisRecord) -> StandingAnswer:
    share = percent(_point(record, BufferScope.ALL)["share_of_all"])
    return StandingAnswer(
        "Which share of owners' revenue would the rule touch?",
        f"The table holds no prices. If every rental earns the same, a gap of {NAMED_MIN} minutes for all cars touches {share} "
        "of owners' revenue. That much is at risk, not lost: a driver who books another car, or accepts a later start, "
        "still pays.",
        _by_scope(record, ("share_of_all",)),
        f"Bookings with a planned gap below the threshold over all rentals, each rental weighed alike. {_RESAMPLED}",
    )


def _affected(record: AnalysisRecord) -> StandingAnswer:
    everywhere, connect = _point(record, BufferScope.ALL), _point(record, BufferScope.CONNECT)
    return StandingAnswer(
        "How many rentals would it affect, by threshold and scope?",
        f"At {NAMED_MIN} minutes {interval(everywhere['touched'])} bookings if the rule holds for all cars: "
        f"{percent(everywhere['share_of_chained'])} of those that follow another within twelve hours. "
        f"If it holds for connect cars only, {interval(connect['touched'])}.",
        _by_scope(record, ("touched", "share_of_chained", "without_need")),
        f"A booking is touched when its planned gap lies below the threshold. {_RESAMPLED}",
    )


def _lateness(record: AnalysisRecord) -> StandingAnswer:
    summary, severity = record["summary"], record["severity"]
    long_waits = severity["classes"][-1]
    words = (
        f"In {plain(summary['conflicts']['value'])} of {plain(summary['known']['value'])} chained rentals with a known "
        f"previous delay, {percent(summary['conflict_rate'])}, the car came back after the next planned start; "
        f"{plain(summary['unknown']['value'])} more are unknown, not on time. "
        f"Half of those drivers waited longer than {plain(severity['wait_quantiles_min']['0.5']['value'])} minutes. "
        f"They canceled in {percent(severity['canceled_in_conflict'])} of the cases, the others in "
        f"{percent(severity['canceled_without'])}: a difference of {points(severity['difference'])}. "
        f"Of the {long_waits['rentals']} who waited longer than {plain(long_waits['above_min'])} minutes, "
        f"{long_waits['canceled']} canceled."
    )
    return StandingAnswer(
        "How often are drivers late for the next check-in, and what does it do to the next driver?",
        words,
        [dict(wait) for wait in severity["classes"]],
        "Association of wait and cancellation, not proof of an effect. Shares of wait classes carry Wilson's interval; "
        f"the rest: {_RESAMPLED}",
    )


def _solved(record: AnalysisRecord) -> StandingAnswer:
    everywhere = _point(record, BufferScope.ALL)
    return StandingAnswer(
        "How many problem cases would it solve, by threshold and scope?",
        f"At {NAMED_MIN} minutes for all cars {interval(everywhere['avoided'])} of "
        f"{plain(record['summary']['conflicts']['value'])} conflicts are avoided by refusing the booking; moving the start "
        f"instead ends {interval(everywhere['cleared_by_moving'])}. One avoided conflict costs "
        f"{interval(everywhere['break_even'])} touched bookings.",
        _by_scope(record, ("avoided", "avoided_share", "cleared_by_moving", "break_even")),
        f"Conflicts with a planned gap below the threshold; ratios over known delays only. {_RESAMPLED}",
    )


def _scopes(record: AnalysisRecord) -> StandingAnswer:
    scopes = record["scopes"]
    reachable = {name: scopes[name]["reachable"] for name in _FAMILIES}
    p_values = ", ".join(
        f"{_FAMILIES[name]} p = {verdict['p_value']:.3g}" for name, verdict in reachable.items()
    )
    from_touched = scopes["pair"]["reachable_from"]
    winners = [_FAMILIES[name] for name, verdict in reachable.items() if verdict["is_better"]]
    head = (
        f"Yes: {', '.join(winners)} beats a uniform threshold"
        if winners
        else "No scope beats a uniform threshold"
    )
    words = (
        f"{head} at equal bookings touched, wherever a uniform threshold can be set, "
        f"that is from {from_touched:,} touched bookings on ({p_values})."
    )
    for name in ("connect", "mobile"):
        below = scopes[name]["below"]
        best = below["best"]
        if below["is_better"] and best is not None:
            words += f" {_below_words(name, best, below['p_value'], from_touched)}"
    return StandingAnswer(
        "Does any scope beat a uniform threshold at equal bookings lost?",
        words,
        [{"family": name, "range": "reachable", **scopes[name]["reachable"]} for name in _FAMILIES]
        + [{"family": name, "range": "below", **scopes[name]["below"]} for name in _FAMILIES],
        "Largest studentized difference to the interpolated uniform frontier over all rules of a family; its p-value from the "
        "same largest difference under centered resampling of cars (White 2000, Hansen 2005), so that trying many rules earns "
        "nothing.",
    )


def _below_words(name: str, best: BestRuleRecord, p_value: float, from_touched: int) -> str:
    gap_min = best["connect_min"] if name == "connect" else best["mobile_min"]
    return (
        f"Below {from_touched:,} no uniform threshold exists. There {gap_min} minutes for {_FAMILIES[name]} "
        f"touches {best['touched']} bookings and avoids {best['avoided']} conflicts, "
        f"{interval(best['more_than_uniform'])} more than the shortest uniform gap on a random part of all requests would "
        f"(p = {p_value:.3g})."
    )


def _by_scope(record: AnalysisRecord, names: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = []
    for scope in BufferScope:
        points_found = points_of(record["frontiers"][scope.value], SHOWN_MIN)
        for threshold, point in zip(SHOWN_MIN, points_found, strict=True):
            amounts = {name: point[name] for name in names}
            intervals = {name: point["intervals"][name] for name in names}
            rows.append({"scope": scope.value, "threshold_min": threshold, **amounts, "intervals": intervals})
    return rows


def _point(record: AnalysisRecord, scope: BufferScope) -> dict[str, Figure]:
    """The figures of a scope at the threshold that is named."""
    along = record["frontiers"][scope.value]["figures"]
    return {
        name: {
            "value": curve["value"][NAMED_MIN],
            "low": curve["low"][NAMED_MIN],
            "high": curve["high"][NAMED_MIN],
        }
        for name, curve in along.items()
    }
