"""The three routes of a model that answers rows: one object, a list, a file.

A product says how its answers are written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.batches import answer_list
from drivetrain.adapters.http.bodies import json_answer, read_flag, read_list, read_object
from drivetrain.adapters.http.direct import DirectRoute
from drivetrain.adapters.http.metrics import PredictionMetrics
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.http.prediction_schemas import Fields, PredictionDocumentation
from drivetrain.adapters.http.tables import Sheet, TableAnswers
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.core.errors import ContractError, FieldError, InvalidInputError
from drivetrain.lifecycle.data.contracts import FieldWarning, Row, RowContract
from drivetrain.lifecycle.serving.answering import (
    AnswerRow,
    AnswerRows,
    DecisionRule,
    E,
    ExplainedDecision,
    M,
    V,
)
from drivetrain.lifecycle.serving.batches import Decide, Mode, Rendering, check_list, refuse_broken
from drivetrain.lifecycle.serving.predictions import RequestContext

_predicts = Needs(PlatformScope.PREDICT)
_predicts_batches = Needs(PlatformScope.PREDICT_BATCH)


@dataclass(frozen=True, slots=True)
class Presentation(Generic[V, E]):
    """How a product shows the answers of one model.

    Attributes:
        prefix: of the routes, for example ``/parking``; its first word is their tag, too.
        one, many: last part of the routes: ``price`` and ``prices``.
        operation: name of the first route's method in a generated client, a verb and a noun:
            ``suggest_rental_price``.
        task: what the model does, as the start of a sentence: ``Suggest a price per day``.
        fields: what the answer holds, for the documentation.
        explained: the reasons of one answer as JSON fields.
        relative_width: of a value's range, as a share of the predicted value.
        rendering: how lists and tables of answers are written.
        example, batch_example: shown in the documentation.
    """

    prefix: str
    one: str
    many: str
    operation: str
    task: str
    fields: Fields
    explained: Callable[[E], dict[str, object]]
    relative_width: Callable[[V], float]
    rendering: Rendering[ExplainedDecision[V, E]]
    example: Any
    batch_example: Any

    def single(self, answer: ExplainedDecision[V, E], warnings: Iterable[FieldWarning]) -> dict[str, object]:
        """One answer as a JSON object, with its reasons where they were asked for."""
        return {
            **answer.value.as_dict(),
            **({} if answer.explanation is None else self.explained(answer.explanation)),
            "warnings": [warning.as_dict() for warning in (*warnings, *answer.warnings)],
            "model": answer.model.as_dict(),
            "decision_id": answer.decision_id,
        }


Handler = Callable[..., Awaitable[Response]]


def prediction_routes(
    model: str,
    contract: RowContract,
    ports: ServingPorts,
    rule: DecisionRule[M, V, E],
    shown: Presentation[V, E],
) -> APIRouter:
    """Routes of one model under the product's prefix."""
    live = ports.predictors[model]
    decide_one = AnswerRow(rule, live, ports.decisions, ports.clock)
    decide_many = AnswerRows(rule, live, ports.decision_batches, ports.clock)

    def decide(
        chunks: Iterable[Sequence[bytes]], context: RequestContext
    ) -> Generator[list[ExplainedDecision[V, E]], None, None]:
        return measured(decide_many(chunks, context), ports.metrics, shown.relative_width)

    described = PredictionDocumentation(shown.operation, contract, shown.fields)
    router = APIRouter(prefix=shown.prefix, tags=[shown.prefix.split("/")[1]], route_class=DirectRoute)
    router.add_api_route(
        f"/{shown.one}",
        described.one(shown.example)(_answer_object(model, contract, ports, decide_one, shown)),
        methods=["POST"],
        name=shown.operation,
        description=f"{shown.task}; `explain=false` omits reasons and comparables and is faster.",
    )
    router.add_api_route(
        f"/{shown.many}",
        described.many(shown.batch_example)(_answer_list(contract, ports, decide, shown.rendering)),
        methods=["POST"],
        name=f"{shown.operation}s",
        description=f"{shown.task}, for a list: all or none, or row by row with `mode=partial`; without reasons.",
    )
    router.add_api_route(
        f"/{shown.many}/file",
        described.file(shown.batch_example)(_answer_file(ports.tables(contract, decide, shown.rendering))),
        methods=["POST"],
        name=f"{shown.operation}s_from_file",
        description=f"{shown.task}, for a table (CSV, XLSX, XLS), without reasons. `Accept` chooses JSON, CSV or XLSX.",
    )
    return router


def _answer_object(
    model: str,
    contract: RowContract,
    ports: ServingPorts,
    decide: AnswerRow[M, V, E],
    shown: Presentation[V, E],
) -> Handler:
    async def one(request: Request, caller: Caller = Depends(_predicts)) -> Response:
        explain = read_flag(request, "explain", default=True)
        row, warnings = await read_row(request, contract, ports, model)
        answer = await decide(row, request_context(request, caller), explain=explain)
        width = shown.relative_width(answer.value)
        ports.metrics.answered_one(answer.model.name, answer.model.version, width)
        return json_answer(shown.single(answer, warnings))

    return one


def _answer_list(
    contract: RowContract,
    ports: ServingPorts,
    decide: Decide[ExplainedDecision[V, E]],
    rendering: Rendering[ExplainedDecision[V, E]],
) -> Handler:
    async def many(
        request: Request, mode: Mode = "atomic", caller: Caller = Depends(_predicts_batches)
    ) -> Response:
        _refuse_explaining(request)
        body = await read_list(request, limit=ports.limits.batch_bytes, most=ports.limits.list_rows)

        def answer() -> Response:
            checked = check_list(contract, body)
            refuse_broken(checked.total, checked.failed, mode, "The list")
            return answer_list(checked, decide(checked.chunks(), request_context(request, caller)), rendering)

        return await run_in_threadpool(answer)

    return many


def _answer_file(answer: TableAnswers[ExplainedDecision[V, E]]) -> Handler:
    async def many_of_file(
        request: Request,
        mode: Mode = "atomic",
        sheet: Sheet = None,
        caller: Caller = Depends(_predicts_batches),
    ) -> Response:
        _refuse_explaining(request)
        return await answer(request, request_context(request, caller), mode, sheet)

    return many_of_file


async def read_row(
    request: Request, contract: RowContract, ports: ServingPorts, model: str
) -> tuple[Row, tuple[FieldWarning, ...]]:
    """The checked row of a body, and what is unusual about it; a refused one is counted.

    Raises:
        ContractError: fields are missing, unknown or wrong; every one is named.
        InvalidInputError, TooLargeError: the body is no JSON object, or too long.
    """
    try:
        return contract.check_row(await read_object(request, limit=ports.limits.single_bytes))
    except ContractError:
        ports.metrics.refused(model)
        raise


def _refuse_explaining(request: Request) -> None:
    """Refuse ``explain=true`` where answers have no reasons, rather than leave them out without a word.

    Raises:
        InvalidInputError: it was asked for.
    """
    if read_flag(request, "explain", default=False):
        detail = "Lists and files are answered without reasons; send single objects for them."
        raise InvalidInputError(
            detail,
            code="input.not_explained",
            errors=[FieldError("input.not_explained", detail, pointer="/query/explain")],
        )


def measured(
    answered: Generator[list[ExplainedDecision[V, E]], None, None],
    metrics: PredictionMetrics,
    relative_width: Callable[[V], float],
) -> Generator[list[ExplainedDecision[V, E]], None, None]:
    """The same answers, each chunk accounted for on its way."""
    with closing(answered):
        for chunk in answered:
            width = sum(relative_width(answer.value) for answer in chunk) / len(chunk)
            metrics.answered(chunk[0].model.name, chunk[0].model.version, len(chunk), width)
            yield chunk


def request_context(request: Request, caller: Caller) -> RequestContext:
    """Who asks, and since when."""
    return RequestContext(caller.subject, request.state.request_id, request.state.started)
