"""What a request costs, in counts that no machine changes: calls, memory, writes. Time is measured by ``bench``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from fastapi import APIRouter, Depends, FastAPI
from prometheus_client import CollectorRegistry
from starlette.responses import Response
from tests.support.fakes import FixedClock, MemoryBatchDecisionLog, MemoryDecisionLog, MemoryKeyStore
from tests.support.listings import FAMILY_ESTATE, small_files
from tests.support.wire import Wired, request
from tests.support.work import TracedMemory, counted_calls

from drivetrain.adapters.disk.spool import DecisionSpool
from drivetrain.adapters.http.access import Authenticator, KeyRing, public
from drivetrain.adapters.http.bodies import json_answer
from drivetrain.adapters.http.direct import ShortWay
from drivetrain.adapters.http.edge import Edge
from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import HttpMetrics, PredictionMetrics
from drivetrain.adapters.http.ports import BodyLimits
from drivetrain.adapters.http.route_table import add_routes, install_route_table
from drivetrain.adapters.logs.setup import RequestLog, configure_logs
from drivetrain.adapters.postgres.wire import record
from drivetrain.core.access import KeyRecord, PlatformScope, mint_key
from drivetrain.lifecycle.serving.predictions import Decision, ModelRef, Predictor
from drivetrain.lifecycle.serving.spilling import SpillingWriter
from drivetrain.rental.price.adapters.http import price_routes
from drivetrain.rental.price.model.contract import MODEL_NAME
from drivetrain.rental.price.model.predictor import load

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PEPPER = b"p" * 32

MOST_CALLS = {"price": 480, "ordinary": 420, "nowhere": 260}
"""A tenth more than there were when this was written; what needs more must be worth it."""

MOST_BYTES = 24 << 10

MOST_KEPT_BYTES = 512
"""By request: the waits of the last seconds, which the writer forgets later, take a hundred."""


class Ledger(MemoryDecisionLog):
    """In memory; encodes decisions as for PostgreSQL, and forgets them."""

    is_reachable = True

    async def append(self, decision: Decision) -> None:
        record(decision)
        await super().append(decision)
        self.ledger.decisions.clear()

    async def probe(self) -> bool:
        return True


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The log of requests, with the process-wide settings put back afterwards.

    Its clock stands still: a request on which the second changes makes calls that the others do not make.
    """
    settings = structlog.get_config()
    monkeypatch.setattr(RequestLog, "_now", lambda _: "2026-05-01T12:00:00.000000Z")
    yield configure_logs("INFO", process="api-0", file=tmp_path / "log")
    structlog.configure(**settings)


@pytest.fixture
async def wired(tmp_path: Path, log: Any) -> AsyncIterator[Wired]:
    """Prices and an ordinary route behind everything that a request passes in a worker, but for the socket."""
    clock, registry = FixedClock(NOW), CollectorRegistry()
    predictor: Predictor[Any] = Predictor(MODEL_NAME, load)
    predictor.swap(small_files(), ModelRef(MODEL_NAME, "1"))
    ledger = Ledger()
    # its timer, of which the calls would count, rings in no test
    writer = SpillingWriter(ledger, DecisionSpool(tmp_path / "spool"), patience_s=600.0)
    ports = SimpleNamespace(
        predictors={MODEL_NAME: predictor},
        decisions=writer,
        decision_batches=MemoryBatchDecisionLog(ledger.ledger),
        clock=clock,
        metrics=PredictionMetrics(registry),
        limits=BodyLimits(64 << 10, 1 << 20, 100),
        tables=lambda *_: None,
    )
    key = mint_key("local")
    store = MemoryKeyStore(clock)
    store.add(KeyRecord(key.key_id, "shop", frozenset({PlatformScope.PREDICT}), key.digest(PEPPER), NOW, "t"))
    ring = KeyRing(store.all)
    ring.reload()
    app = FastAPI(
        redirect_slashes=False,
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    install_problem_answers(app)
    app.state.authenticator = Authenticator(
        ring, pepper=PEPPER, token_secret=b"s" * 64, token_ttl_s=60, clock=clock
    )
    app.state.quota = None
    router = APIRouter(dependencies=[Depends(public)])

    @router.get("/ordinary")
    async def ordinary() -> Response:
        return json_answer({"state": "ok"})

    add_routes(app.router, price_routes(ports), router)
    edge = Edge(ShortWay(app, install_route_table(app)), HttpMetrics(registry), log=log)
    wired = Wired(edge)
    wired.requests = requests_of(key.text)
    yield wired
    wired.close()


def requests_of(key: str) -> dict[str, bytes]:
    body = json.dumps(FAMILY_ESTATE)
    headers = (f"x-api-key: {key}", "content-type: application/json", f"content-length: {len(body)}")
    return {
        "price": request("/rental/price?explain=false", "POST", *headers, body=body),
        "ordinary": request("/ordinary"),
        "nowhere": request("/nowhere"),
    }


async def calls_of(wired: Wired, name: str) -> Counter[str]:
    """Calls of one request, once everything is warm."""
    for _ in range(5):
        await wired.send(wired.requests[name])
    with counted_calls() as calls:
        await wired.send(wired.requests[name])
    return calls


@pytest.mark.parametrize("name", MOST_CALLS)
async def test_a_request_makes_a_bounded_number_of_calls(wired, name):
    calls = await calls_of(wired, name)
    shown = "\n".join(f"{count:4} {call}" for call, count in calls.most_common(40))
    assert calls.total() <= MOST_CALLS[name], f"{calls.total()} calls:\n{shown}"


async def test_every_price_makes_the_same_calls(wired):
    first = await calls_of(wired, "price")
    for _ in range(200):
        await wired.send(wired.requests["price"])
    assert await calls_of(wired, "price") == first


async def test_a_price_is_one_write_to_the_client_and_one_to_the_log(wired, tmp_path):
    calls = await calls_of(wired, "price")
    (answer,) = await wired.send(wired.requests["price"])
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and b'"price_per_day"' in answer
    assert sum(count for call, count in calls.items() if call.endswith("BufferedWriter.flush")) == 1
    lines = (tmp_path / "log").read_bytes().splitlines()
    assert len(lines) == 7 and json.loads(lines[-1])["handler"] == "/rental/price"


async def test_a_price_takes_little_memory(wired):
    for _ in range(50):
        await wired.send(wired.requests["price"])
    with TracedMemory() as memory:
        await wired.send(wired.requests["price"])
    assert memory.peak_bytes <= MOST_BYTES


async def test_prices_keep_no_memory(wired):
    requests = 500
    for _ in range(requests):
        await wired.send(wired.requests["price"])
    with TracedMemory() as memory:
        for _ in range(requests):
            await wired.send(wired.requests["price"])
    assert memory.kept_bytes <= MOST_KEPT_BYTES * requests
