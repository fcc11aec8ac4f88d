"""The rental buffer from the command line: tables of one's own without the platform, the policy on its database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from drivetrain.adapters.console.files import given_file
from drivetrain.adapters.console.output import CALLER
from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.quarantine import write_quarantine
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.ids import new_id
from drivetrain.core.progress import Progress
from drivetrain.core.time import SystemClock, parse_optional_instant
from drivetrain.lifecycle.data.datasets import DatasetReference, refer_to
from drivetrain.lifecycle.kit.installation import Installation, RunningDecisionWriter
from drivetrain.lifecycle.kit.jobs import DatasetReader
from drivetrain.lifecycle.serving.predictions import RequestContext
from drivetrain.rental.buffer.adapters.rental_files import read_rentals
from drivetrain.rental.buffer.adapters.report import report
from drivetrain.rental.buffer.adapters.schemas import (
    break_even_answer,
    check_answer,
    decision_answer,
    frontier_answer,
    outcome_answer,
    policy_answer,
    questions_answer,
)
from drivetrain.rental.buffer.adapters.use_cases import BufferUseCases, open_use_cases
from drivetrain.rental.buffer.application.analyze_buffer import AnalyzeBuffer, BufferAnalysis
from drivetrain.rental.buffer.application.answer_questions import AnswerQuestions
from drivetrain.rental.buffer.application.check_buffer import StartRequest
from drivetrain.rental.buffer.application.compare_outcome import CompareOutcome
from drivetrain.rental.buffer.application.decide_buffer import DecideBuffer
from drivetrain.rental.buffer.application.find_analysis import FindAnalysis
from drivetrain.rental.buffer.application.ports import FinishedAnalysis
from drivetrain.rental.buffer.application.read_frontier import ReadFrontier
from drivetrain.rental.buffer.domain.rule import LONGEST_GAP_MIN, BufferRule, BufferScope, CheckinType
from drivetrain.rental.buffer.domain.working import Working
from drivetrain.rental.buffer.domain.worth import WorthInputs
from drivetrain.rental.buffer.model.chains.dataset import DATASET_NAME, is_marked_synthetic

LOCAL = "local"
"""What an analysis is called that was made here and is kept nowhere."""


@dataclass(frozen=True, slots=True)
class LocalAnalysis:
    """One analysis made in this process; the port ``Analyses`` with a single one in it."""

    analysis: BufferAnalysis

    def __call__(self, analysis_id: str | None = None) -> FinishedAnalysis:
        """The one analysis."""
        return FinishedAnalysis(LOCAL, self.analysis.record)

    def working(self, analysis: FinishedAnalysis) -> Working:
        """Its arrays."""
        return self.analysis.working

    def frontier(self, scope: str, *, step_min: int, pair: tuple[int, int] | None) -> dict[str, Any]:
        """The frontier in words of the API."""
        read_frontier = ReadFrontier(self)
        if pair is not None:
            return frontier_answer(read_frontier.pair(BufferRule(*pair)))
        return frontier_answer(read_frontier(BufferScope(scope), step_min=step_min))

    def decide(self, inputs: Mapping[str, Any] | None, *, currency: str, step_min: int) -> dict[str, Any]:
        """The best thresholds in words of the API; without inputs, break-even ratios."""
        if inputs is None:
            return break_even_answer(LOCAL, self.analysis.record, step_min)
        return decision_answer(DecideBuffer(self)(WorthInputs(**inputs), step_min=step_min), currency)

    def answers(self) -> dict[str, Any]:
        """The five standing answers in words of the API."""
        return questions_answer(AnswerQuestions(self)())

    def report(self) -> str:
        """The report, one HTML page."""
        return report(self.analysis.record, SystemClock().now())


def analyze_table(
    installation: Installation, file: Path | None, progress: Progress, *, with_lateness: bool
) -> LocalAnalysis:
    """Analyze a file, or the current table of the home; neither the platform nor its database is needed.

    Raises:
        NotFoundError: no file was given and the home has no table.
        InvalidInputError: there is no such file, or nothing in it can be used.
        UnreadableInputError: the file is not a table.
    """
    limits = ParseLimits(rows=installation.limits.rows, wall_s=installation.limits.parse_timeout_s)
    table = _table(installation.tables, file)
    with progress.stage("read", total=1, unit="table"):
        cells = read_rentals(table.path, limits, table.mapping).cells
    analysis = AnalyzeBuffer(progress, with_lateness=with_lateness)(
        cells,
        source=table.source,
        sha256=table.digest,
        is_synthetic=table.is_synthetic or is_marked_synthetic(cells),
    )
    write_quarantine(cells, analysis.refused, installation.quarantine / f"{DATASET_NAME}-{table.version}.csv")
    return LocalAnalysis(analysis)


def _table(tables: DatasetReader, file: Path | None) -> DatasetReference:
    """What is analyzed: the current table, its source with its name, or a file."""
    if file is None:
        dataset = tables.current(DATASET_NAME)
        return replace(dataset, source=f"{dataset.name} {dataset.version}: {dataset.source.rstrip('.')}")
    return refer_to(given_file(file), name=DATASET_NAME, source=file.name, licence="", is_synthetic=False)


@dataclass(frozen=True, slots=True)
class PolicyCommands:
    """The policy of one installation."""

    use_cases: BufferUseCases
    log: RunningDecisionWriter

    def history(self) -> list[dict[str, Any]]:
        """Every version, newest first, each with whether it is in force now."""
        stored = self.use_cases.policies.history()
        holds = None
        if any(policy.policy.effective_from <= SystemClock().now() for policy in stored):
            holds = self.use_cases.policies.in_force(SystemClock().now())
        return [{**policy_answer(policy), "in_force": policy is holds} for policy in stored]

    def set(
        self,
        *,
        connect_min: int,
        mobile_min: int,
        shift_up_to_min: int | None,
        reason: str,
        effective_from: str | None,
    ) -> dict[str, Any]:
        """Save a new version."""
        stored = self.use_cases.set_policy(
            BufferRule(connect_min, mobile_min),
            reason=reason,
            author=CALLER,
            effective_from=parse_optional_instant(effective_from, "--from"),
            shift_up_to_min=LONGEST_GAP_MIN if shift_up_to_min is None else shift_up_to_min,
        )
        return policy_answer(stored)

    def check(self, *, car: str, checkin_type: str, previous_end: str | None, start: str) -> dict[str, Any]:
        """Check one start, and record the answer."""
        context = RequestContext(CALLER, new_id(), time.perf_counter())
        requested = parse_optional_instant(start, "--start")
        if requested is None:
            raise InvalidInputError("--start is needed.", code="input.missing_field")
        request = StartRequest(
            car, CheckinType(checkin_type), parse_optional_instant(previous_end, "--previous-end"), requested
        )

        async def check() -> dict[str, Any]:
            await self.log.start()
            try:
                return check_answer(await self.use_cases.check(request, context))
            finally:
                await self.log.close()

        return asyncio.run(check())

    def outcome(self, newer: LocalAnalysis, *, version: int | None) -> dict[str, Any]:
        """Compare what a version promised with a table of newer rentals."""
        compare = CompareOutcome(
            self.use_cases.policies, _StoredAndLocal(self.use_cases.find, newer), SystemClock()
        )
        return outcome_answer(compare(LOCAL, version=version))


@contextmanager
def policy_commands(installation: Installation) -> Iterator[PolicyCommands]:
    """The commands of the policy, on the running platform's database or one started for as long as the block runs."""
    with installation.database() as database:
        use_cases = open_use_cases(
            database.engine,
            tables=installation.tables,
            jobs=_NoJobs(),
            log=database.log,
            clock=installation.clock,
            audit=database.audit,
        )
        use_cases.policies.reload()
        yield PolicyCommands(use_cases, database.log)


@dataclass(frozen=True, slots=True)
class _StoredAndLocal:
    """Stored analyses, and the one made here under the name ``LOCAL``."""

    stored: FindAnalysis
    local: LocalAnalysis

    def __call__(self, analysis_id: str | None = None) -> FinishedAnalysis:
        return self.local() if analysis_id == LOCAL else self.stored(analysis_id)

    def working(self, analysis: FinishedAnalysis) -> Working:
        return (
            self.local.working(analysis) if analysis.analysis_id == LOCAL else self.stored.working(analysis)
        )


class _NoJobs:
    """A command starts no jobs: it would end before them."""

    def start(
        self, job: str, *arguments: str, connection: Any | None = None, actor: str = "platform"
    ) -> None:
        raise UnavailableError(
            "Start the platform with `drivetrain up`; it makes the analysis.", code="platform.not_running"
        )
