"""The HTTP routes of the rental buffer: frontier, analyses, decision, answers, policy, check, outcome."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.bodies import json_answer, read_model, spool_upload
from drivetrain.adapters.http.openapi import Answer, Content, answer, body, documented, upload_of
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.tables import Sheet
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import ContractError, FieldError
from drivetrain.core.ids import new_id
from drivetrain.core.time import parse_optional_instant
from drivetrain.lifecycle.data.datasets import sha256_of
from drivetrain.lifecycle.serving.predictions import RequestContext
from drivetrain.rental.buffer.adapters import answers, examples
from drivetrain.rental.buffer.adapters.schemas import (
    CheckRequest,
    DecideRequest,
    PolicyRequest,
    analysis_answer,
    break_even_answer,
    check_answer,
    decision_answer,
    frontier_answer,
    groups_answer,
    outcome_answer,
    policy_answer,
    questions_answer,
)
from drivetrain.rental.buffer.adapters.use_cases import BufferUseCases
from drivetrain.rental.buffer.domain.chains import COLUMNS
from drivetrain.rental.buffer.domain.rule import LONGEST_GAP_MIN, STEP_MIN, BufferRule, BufferScope

_predicts = Needs(PlatformScope.PREDICT)
_analyzes = Needs(PlatformScope.PREDICT_BATCH)
_promotes = Needs(PlatformScope.MODELS_PROMOTE)
_LONGEST_NAME = 200

AnalysisId = Annotated[
    str | None, Query(max_length=36, description="Id of an analysis; the current table's when left out.")
]
Threshold = Annotated[
    int | None, Query(ge=0, le=LONGEST_GAP_MIN, description="Minutes, 0 to 720; both for one pair.")
]


def buffer_routes(ports: ServingPorts, use_cases: BufferUseCases, uploads: Path) -> APIRouter:
    """Routes under ``/rental/buffer``.

    Args:
        uploads: folder in which uploaded tables wait for their job.
    """
    router = APIRouter(prefix="/rental/buffer", tags=["rental buffer"])
    _add_questions(router, use_cases)
    _add_analyses(router, ports, use_cases, uploads)
    _add_policy(router, ports, use_cases)
    return router


def _add_questions(router: APIRouter, use_cases: BufferUseCases) -> None:
    @router.get(
        "/frontier",
        dependencies=[Depends(_predicts)],
    )
    @documented(
        answer(
            answers.FrontierAnswered,
            "Points of the frontier, each figure with its 95 % interval.",
            example=examples.FRONTIER,
        ),
        problems=[404, 409],
    )
    def show_buffer_frontier(
        scope: BufferScope = BufferScope.ALL,
        step_min: Annotated[
            int, Query(ge=1, le=LONGEST_GAP_MIN, description="Distance of the points, minutes.")
        ] = STEP_MIN,
        connect_min: Threshold = None,
        mobile_min: Threshold = None,
        analysis: AnalysisId = None,
    ) -> Response:
        """Show what a minimum gap costs in bookings and saves in conflicts, for one scope or one pair of thresholds."""
        if connect_min is None and mobile_min is None:
            return json_answer(
                frontier_answer(use_cases.frontier(scope, step_min=step_min, analysis_id=analysis))
            )
        rule = _rule(connect_min, mobile_min)
        return json_answer(frontier_answer(use_cases.frontier.pair(rule, analysis_id=analysis)))

    @router.get(
        "/groups",
        dependencies=[Depends(_predicts)],
    )
    @documented(
        answer(
            answers.GroupsAnswered, "The groups that have rentals, some hundreds.", example=examples.GROUPS
        ),
        problems=[404, 409],
    )
    def show_buffer_groups(analysis: AnalysisId = None) -> Response:
        """Count the rentals that share state, check-in type, delay, gap, and what the previous rental did to them."""
        return json_answer(groups_answer(use_cases.groups(analysis)))

    @router.get(
        "/answers",
        dependencies=[Depends(_predicts)],
    )
    @documented(
        answer(
            answers.QuestionsAnswered,
            "Five questions, each answered in words and figures.",
            example=examples.ANSWERS,
        ),
        problems=[404, 409],
    )
    def show_buffer_answers(analysis: AnalysisId = None) -> Response:
        """Answer the five standard questions in words and numbers, with the statistical test of each."""
        return json_answer(questions_answer(use_cases.questions(analysis)))

    @router.post(
        "/decide",
        dependencies=[Depends(_predicts)],
    )
    @documented(
        answer(
            answers.DecisionAnswered | answers.BreakEvenAnswered,
            "The best thresholds for the inputs; without amounts, break-even only.",
            example=examples.DECIDE,
        ),
        body=body(DecideRequest, example=examples.DECIDE_REQUEST),
        problems=[404, 409],
    )
    async def decide_buffer(request: Request) -> Response:
        """Find the thresholds that gain the most at your own values of a booking and a conflict."""
        body = await read_model(request, DecideRequest)

        def decide() -> dict[str, object]:
            inputs = body.inputs()
            if inputs is None:
                analysis = use_cases.find(body.analysis)
                return break_even_answer(analysis.analysis_id, analysis.record, body.step_min)
            decision = use_cases.decide(inputs, step_min=body.step_min, analysis_id=body.analysis)
            return decision_answer(decision, body.currency or "")

        return json_answer(await run_in_threadpool(decide))


def _add_analyses(router: APIRouter, ports: ServingPorts, use_cases: BufferUseCases, uploads: Path) -> None:
    @router.post(
        "/analyses",
        status_code=202,
    )
    @documented(
        Answer(
            "Taken; ask for it by its id.",
            {"application/json": Content(answers.QueuedAnalysis, examples.QUEUED)},
            202,
            {"Location": "Where to ask."},
        ),
        body=upload_of(COLUMNS),
        problems=[409, 429],
    )
    async def start_buffer_analysis(
        request: Request, sheet: Sheet = None, caller: Caller = Depends(_analyzes)
    ) -> Response:
        """Analyze a table of rentals of your own (CSV, XLSX, XLS) in the background."""
        analysis_id = new_id()
        folder = uploads / analysis_id
        folder.mkdir(parents=True)
        try:
            file = folder / "table"
            name = await spool_upload(request, file, limit=ports.limits.batch_bytes)
            source = _printable(name) or "uploaded table"

            def start() -> None:
                use_cases.start(
                    analysis_id,
                    file,
                    source=source,
                    sha256=sha256_of(file),
                    caller=caller.subject,
                    sheet=sheet,
                )

            await run_in_threadpool(start)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        queued = json_answer({"analysis": analysis_id, "status": "queued"}, status=202)
        queued.headers["Location"] = f"/rental/buffer/analyses/{analysis_id}"
        return queued

    @router.get(
        "/analyses/{analysis_id}",
        dependencies=[Depends(_analyzes)],
    )
    @documented(
        answer(
            answers.AnalysisAnswered, "How far it is; its result once it is done.", example=examples.ANALYSIS
        ),
        problems=[404],
    )
    def show_buffer_analysis(analysis_id: str) -> Response:
        """Show how far an analysis is, and its result: rows set aside, frontiers, severity, tests, lateness."""
        return json_answer(analysis_answer(use_cases.find.status(analysis_id)))


def _add_policy(router: APIRouter, ports: ServingPorts, use_cases: BufferUseCases) -> None:
    @router.get(
        "/policy",
        dependencies=[Depends(_predicts)],
    )
    @documented(
        answer(answers.PolicyAnswered, "The version in force.", example=examples.POLICY), problems=[409]
    )
    async def show_buffer_policy() -> Response:
        """Show the policy in force."""
        return json_answer(policy_answer(use_cases.policies.in_force(ports.clock.now())))

    @router.put(
        "/policy",
    )
    @documented(
        answer(answers.PolicyAnswered, "The new version.", example=examples.POLICY),
        body=body(PolicyRequest, example=examples.POLICY_REQUEST),
        problems=[409],
    )
    async def set_buffer_policy(request: Request, caller: Caller = Depends(_promotes)) -> Response:
        """Set a new version of the policy; every worker follows within a second, and earlier versions are kept."""
        body = await read_model(request, PolicyRequest)
        begins = parse_optional_instant(body.effective_from, "/effective_from")

        def save() -> dict[str, object]:
            stored = use_cases.set_policy(
                BufferRule(body.connect_min, body.mobile_min),
                reason=body.reason,
                author=caller.subject,
                effective_from=begins,
                shift_up_to_min=body.shift_up_to_min,
                expected_version=body.expected_version,
            )
            return policy_answer(stored)

        return json_answer(await run_in_threadpool(save))

    @router.get(
        "/policy/history",
        dependencies=[Depends(_predicts)],
    )
    @documented(
        answer(
            answers.PolicyList,
            "Every version, newest first.",
            example={"items": [examples.POLICY], "next": None},
        )
    )
    async def list_buffer_policies() -> Response:
        """List every version of the policy: who set it, why, and from when on."""
        return json_answer(
            {"items": [policy_answer(stored) for stored in use_cases.policies.history()], "next": None}
        )

    @router.get(
        "/policy/outcome",
        dependencies=[Depends(_predicts)],
    )
    @documented(
        answer(
            answers.OutcomeAnswered,
            "What was promised, what newer rentals show, and the difference.",
            example=examples.OUTCOME,
        ),
        problems=[404, 409],
    )
    def compare_buffer_outcome(
        analysis: Annotated[
            str, Query(max_length=36, description="Analysis of rentals newer than the policy.")
        ],
        version: Annotated[
            int | None, Query(ge=1, description="A version; that in force when left out.")
        ] = None,
    ) -> Response:
        """Compare the expected effect of a policy with newer rentals."""
        return json_answer(outcome_answer(use_cases.outcome(analysis, version=version)))

    @router.post(
        "/check",
    )
    @documented(
        answer(
            answers.CheckAnswered,
            "Allowed, later (with the earliest allowed start) or refused.",
            example=examples.CHECK,
        ),
        body=body(CheckRequest, example=examples.CHECK_REQUEST),
        problems=[409],
    )
    async def check_buffer(request: Request, caller: Caller = Depends(_predicts)) -> Response:
        """Tell whether a rental may start when it is asked to; the answer is in the ledger."""
        body = await read_model(request, CheckRequest)
        context = RequestContext(caller.subject, request.state.request_id, request.state.started)
        return json_answer(check_answer(await use_cases.check(body.start(), context)))


def _rule(connect_min: int | None, mobile_min: int | None) -> BufferRule:
    if connect_min is None or mobile_min is None:
        missing = "connect_min" if connect_min is None else "mobile_min"
        raise ContractError(
            [
                FieldError(
                    "input.missing_field",
                    "A pair needs connect_min and mobile_min.",
                    pointer=f"/query/{missing}",
                )
            ]
        )
    return BufferRule(connect_min, mobile_min)


def _printable(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[:_LONGEST_NAME]
