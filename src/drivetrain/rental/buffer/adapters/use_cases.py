"""The use cases of the buffer of one process, wired once, for routes and commands alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drivetrain.core.audit import AuditTrail
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.jobs import DatasetReader, JobStarter
from drivetrain.lifecycle.serving.predictions import DecisionWriter
from drivetrain.rental.buffer.adapters.repositories import PostgresAnalysisStore, PostgresPolicyStore
from drivetrain.rental.buffer.application.answer_questions import AnswerQuestions
from drivetrain.rental.buffer.application.check_buffer import CheckBuffer
from drivetrain.rental.buffer.application.compare_outcome import CompareOutcome
from drivetrain.rental.buffer.application.decide_buffer import DecideBuffer
from drivetrain.rental.buffer.application.find_analysis import FindAnalysis
from drivetrain.rental.buffer.application.read_buffer_policy import ReadBufferPolicy
from drivetrain.rental.buffer.application.read_frontier import ReadFrontier
from drivetrain.rental.buffer.application.read_groups import ReadGroups
from drivetrain.rental.buffer.application.set_buffer_policy import SetBufferPolicy
from drivetrain.rental.buffer.application.start_analysis import StartAnalysis


@dataclass(frozen=True, slots=True)
class BufferUseCases:
    """The use cases of the buffer."""

    find: FindAnalysis
    frontier: ReadFrontier
    groups: ReadGroups
    questions: AnswerQuestions
    decide: DecideBuffer
    start: StartAnalysis
    policies: ReadBufferPolicy
    set_policy: SetBufferPolicy
    check: CheckBuffer
    outcome: CompareOutcome


def open_use_cases(
    engine: Any,
    *,
    tables: DatasetReader,
    jobs: JobStarter,
    log: DecisionWriter,
    clock: Clock,
    audit: AuditTrail,
) -> BufferUseCases:
    """Wire the use cases on a migrated database.

    Args:
        engine: of the database.
    """
    analyses, policies = PostgresAnalysisStore(engine), PostgresPolicyStore(engine, audit)
    find = FindAnalysis(analyses, tables, jobs, clock)
    read_policy = ReadBufferPolicy(policies)
    return BufferUseCases(
        find=find,
        frontier=ReadFrontier(find),
        groups=ReadGroups(find),
        questions=AnswerQuestions(find),
        decide=DecideBuffer(find),
        start=StartAnalysis(analyses, jobs, clock),
        policies=read_policy,
        set_policy=SetBufferPolicy(policies, read_policy, find, clock),
        check=CheckBuffer(read_policy, log, clock),
        outcome=CompareOutcome(read_policy, find, clock),
    )
