"""The card of rental: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drivetrain.core.access import PlatformScope
from drivetrain.core.changes import Topic
from drivetrain.lifecycle.kit.imports import imported, when_called
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.products import CommandGroup, ModelSpec, ProductCard, card_in, recipe_in
from drivetrain.lifecycle.learning.training import PointPrediction
from drivetrain.rental.buffer.application.jobs import ANALYZE_CURRENT, ANALYZE_UPLOAD
from drivetrain.rental.buffer.model.chains.dataset import RENTAL_DELAYS
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.model.contract import MODEL_NAME, RENTAL_PRICE
from drivetrain.rental.price.model.dataset import RENTAL_PRICING
from drivetrain.rental.price.model.predictor import SETTINGS_FILE, load
from drivetrain.rental.price.model.recipe import PriceRecipe

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts


def _routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    from drivetrain.rental.buffer.adapters.http import buffer_routes
    from drivetrain.rental.buffer.adapters.use_cases import open_use_cases
    from drivetrain.rental.price.adapters.http import price_routes  # FastAPI: only for serving

    use_cases = open_use_cases(
        ports.engine,
        tables=ports.datasets,
        jobs=ports.jobs,
        log=ports.decisions,
        clock=ports.clock,
        audit=ports.audit,
    )
    ports.watch("policies", use_cases.policies.reload)
    return [price_routes(ports), buffer_routes(ports, use_cases, installation.uploads)]


CARD = ProductCard(
    name="rental",
    summary="What to charge per day for a shared car, and how much time to leave between two rentals.",
    models=(
        ModelSpec(
            name=MODEL_NAME,
            product="rental",
            summary="Price per day of a rental car, EUR.",
            contract=RENTAL_PRICE,
            table=RENTAL_PRICING,
            train=when_called("drivetrain.rental.price.model.training:train_price"),
            load=load,
            recipe=PriceRecipe(),
            recipe_of=recipe_in(SETTINGS_FILE),
            card=card_in("drivetrain.rental.price.model"),
            rule=SUGGEST_PRICE,
            rendering=imported("drivetrain.rental.price.adapters.schemas:RENDERING"),
            value_field="price_per_day",
            outcome="agreed_price_per_day_eur",
            fewest_rows=100,
            point=PointPrediction(
                of=lambda model, rows: model.estimate(rows).price,
                refit=when_called("drivetrain.rental.price.model.training:refit_price"),
            ),
            explained=imported("drivetrain.rental.price.adapters.schemas:explained"),
        ),
    ),
    tables=(RENTAL_DELAYS,),
    routes=_routes,
    jobs={
        ANALYZE_CURRENT: when_called("drivetrain.rental.buffer.adapters.jobs:analyze_current"),
        ANALYZE_UPLOAD: when_called("drivetrain.rental.buffer.adapters.jobs:analyze_upload"),
    },
    startup_jobs=(ANALYZE_CURRENT,),
    commands=(
        CommandGroup(
            "buffer",
            "The gap between two rentals: frontier, decide, report, policy, check, outcome.",
            imported("drivetrain.rental.buffer.adapters.commands:app"),
        ),
    ),
    topics=(Topic("policies", PlatformScope.PREDICT), Topic("analyses", PlatformScope.PREDICT_BATCH)),
)
