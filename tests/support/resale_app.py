"""The routes of resale on small models, reached without a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import SimpleNamespace

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from tests.support import cars, used_cars
from tests.support.fakes import FixedClock, MemoryBatchDecisionLog, MemoryDecisionLog, MemoryLedger

from drivetrain.adapters.http.errors import install_problem_answers
from drivetrain.adapters.http.metrics import PredictionMetrics
from drivetrain.adapters.http.ports import BodyLimits
from drivetrain.core.access import Caller, PlatformScope
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor
from drivetrain.resale.price.model.contract import MODEL_NAME
from drivetrain.resale.product import CARD
from drivetrain.resale.used.model.countries import COUNTRIES

VERSION = "7"


class Everybody:
    """Lets everyone in with the scopes it was made with."""

    def __init__(self, *scopes: str) -> None:
        self.scopes = frozenset(scopes)

    async def authenticate(self, request: object) -> Caller:
        """The shop, whoever asks."""
        return Caller("shop", "k1", self.scopes, None)


@cache
def predictors() -> Mapping[str, Predictor]:
    """A handle of every model of the product, with a small version of those that value cars."""
    found: dict[str, Predictor] = {model.name: Predictor(model.name, model.load) for model in CARD.models}
    found[MODEL_NAME].swap(cars.small_files(), ModelRef(MODEL_NAME, VERSION))
    for country in COUNTRIES.values():
        found[country.model_name].swap(
            used_cars.small_files(country.code), ModelRef(country.model_name, VERSION)
        )
    return found


def resale_app(
    registry: CollectorRegistry, ledger: MemoryLedger, tables: Callable[..., object] = lambda *_: None
) -> FastAPI:
    """An application with the product's routes; its ledger is for the test to look at.

    Args:
        tables: what answers uploaded tables; nothing does unless it is given.
    """
    ports = SimpleNamespace(
        predictors=predictors(),
        decisions=MemoryDecisionLog(ledger),
        decision_batches=MemoryBatchDecisionLog(ledger),
        clock=FixedClock(),
        metrics=PredictionMetrics(registry),
        limits=BodyLimits(64 << 10, 1 << 20, 100),
        tables=tables,
    )
    app = FastAPI(redirect_slashes=False)
    install_problem_answers(app)
    app.state.authenticator = Everybody(PlatformScope.PREDICT, PlatformScope.PREDICT_BATCH)
    assert CARD.routes is not None
    for router in CARD.routes(ports, None):  # its routes ask the installation nothing
        app.include_router(router)
    return app
