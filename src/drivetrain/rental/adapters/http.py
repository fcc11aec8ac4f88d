"""The HTTP routes of rental prices: one listing, a list, a file."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from drivetrain.adapters.http.access import Needs
from drivetrain.adapters.http.batches import Mode, answer_list, check_list, refuse_broken
from drivetrain.adapters.http.bodies import json_answer, read_list, read_object
from drivetrain.adapters.http.metrics import PredictionMetrics
from drivetrain.adapters.http.openapi import answers, body_of, upload_of
from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.core.access import Principal, Scope
from drivetrain.core.errors import ContractError
from drivetrain.lifecycle.contracts import Contract
from drivetrain.lifecycle.predictions import Asked
from drivetrain.rental.adapters.schemas import BATCH_EXAMPLE, PRICE_EXAMPLE, RENDERING, price_answer
from drivetrain.rental.application.suggest_price import PriceAnswer, SuggestPrice
from drivetrain.rental.application.suggest_prices import SuggestPrices

_predicts = Needs(Scope.PREDICT)
_predicts_batches = Needs(Scope.PREDICT_BATCH)


def price_routes(contract: Contract, ports: ServingPorts, suggest: SuggestPrice, suggest_many: SuggestPrices) -> APIRouter:
    """Routes under ``/rental``."""
    metrics, limits = ports.metrics, ports.limits

    def decide(chunks: Iterable[Sequence[bytes]], asked: Asked) -> Generator[list[PriceAnswer], None, None]:
        return measured(suggest_many(chunks, asked), metrics)

    tables = ports.tables(contract, decide, RENDERING)
    router = APIRouter(prefix="/rental", tags=["rental"])

    @router.post(
        "/price",
        openapi_extra=body_of(contract.schema(), example=contract.example()),
        responses=answers(PRICE_EXAMPLE, description="The price, its range, and why."),
    )
    async def price(
        request: Request,
        explain: bool = True,
        caller: Principal = Depends(_predicts),  # noqa: B008
    ) -> Response:
        """Suggest a price per day; `explain=false` leaves reasons and comparables out and answers faster."""
        try:
            listing, warnings = contract.check_row(await read_object(request, limit=limits.single_bytes))
        except ContractError:
            metrics.refused(contract.name)
            raise
        answer = await suggest(listing, _asked(request, caller), explain=explain)
        metrics.answered(answer.model.name, answer.model.version, 1, answer.suggestion.relative_width())
        return json_answer(price_answer(answer, warnings))

    @router.post(
        "/prices",
        openapi_extra=body_of({"type": "array", "items": contract.schema()}, example=[contract.example()]),
        responses=answers(BATCH_EXAMPLE, description="One result for each object, in order."),
    )
    async def prices(
        request: Request,
        mode: Mode = "atomic",
        caller: Principal = Depends(_predicts_batches),  # noqa: B008
    ) -> Response:
        """Suggest prices for a list: all or none, or row by row with `mode=partial`."""
        body = await read_list(request, limit=limits.batch_bytes, most=limits.list_rows)

        def answer() -> Response:
            checked = check_list(contract, body)
            refuse_broken(checked, mode, "The list")
            return answer_list(checked, decide(checked.chunks(), _asked(request, caller)), RENDERING)

        return await run_in_threadpool(answer)

    @router.post(
        "/prices/file",
        openapi_extra=upload_of(contract.names),
        responses=answers(BATCH_EXAMPLE, description="One result for each row, in order; or the table with columns added."),
    )
    async def prices_of_file(
        request: Request,
        mode: Mode = "atomic",
        caller: Principal = Depends(_predicts_batches),  # noqa: B008
    ) -> Response:
        """Suggest prices for a table (CSV, XLSX, XLS). `Accept` chooses JSON, CSV or XLSX for the answer."""
        return await tables(request, _asked(request, caller), mode)

    return router


def measured(
    answers: Generator[list[PriceAnswer], None, None], metrics: PredictionMetrics
) -> Generator[list[PriceAnswer], None, None]:
    """The same answers, each chunk accounted for on its way."""
    with closing(answers):
        for chunk in answers:
            width = sum(answer.suggestion.relative_width() for answer in chunk) / len(chunk)
            metrics.answered(chunk[0].model.name, chunk[0].model.version, len(chunk), width)
            yield chunk


def _asked(request: Request, caller: Principal) -> Asked:
    return Asked(caller.subject, request.state.request_id, request.state.started)
