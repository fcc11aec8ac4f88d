"""The card of rental: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.jobs import JobPorts
from drivetrain.lifecycle.kit.products import ModelSpec, ProductCard, card_in, recipe_in
from drivetrain.lifecycle.learning.training import Trained, TrainingTable
from drivetrain.rental.buffer.application.jobs import ANALYZE_CURRENT, ANALYZE_UPLOAD
from drivetrain.rental.buffer.model.chains.dataset import RENTAL_DELAYS
from drivetrain.rental.price.application.suggest_price import SUGGEST_PRICE
from drivetrain.rental.price.model.contract import MODEL_NAME, RENTAL_PRICE
from drivetrain.rental.price.model.dataset import RENTAL_PRICING
from drivetrain.rental.price.model.predictor import SETTINGS_FILE, load

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.lifecycle.serving.batches import Rendering
    from drivetrain.rental.price.application.suggest_price import PriceAnswer


def _train(
    table: TrainingTable, settings: Mapping[str, Any], champion: Mapping[str, Any] | None, progress: Progress
) -> Trained:
    # LightGBM, scikit-learn: only for training
    from drivetrain.rental.price.model.training import train_price

    return train_price(table, settings, champion, progress)


def _rendering() -> Rendering[PriceAnswer]:
    from drivetrain.rental.price.adapters.schemas import RENDERING  # Starlette: only for answering

    return RENDERING


def _routes(ports: ServingPorts) -> Sequence[APIRouter]:
    from drivetrain.rental.buffer.adapters.desk import open_desk
    from drivetrain.rental.buffer.adapters.http import buffer_routes
    from drivetrain.rental.price.adapters.http import price_routes  # FastAPI: only for serving

    desk = open_desk(
        ports.engine, tables=ports.tables_held, jobs=ports.jobs, log=ports.decisions, clock=ports.clock
    )
    ports.watch("policies", desk.policies.reload)
    return [price_routes(ports), buffer_routes(ports, desk)]


def _analyze_current(ports: JobPorts, arguments: Sequence[str]) -> None:
    # SciPy, scikit-learn: only for the job
    from drivetrain.rental.buffer.adapters.jobs import analyze_current

    analyze_current(ports, arguments)


def _analyze_upload(ports: JobPorts, arguments: Sequence[str]) -> None:
    from drivetrain.rental.buffer.adapters.jobs import analyze_upload

    analyze_upload(ports, arguments)


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
            train=_train,
            load=load,
            recipe_of=recipe_in(SETTINGS_FILE),
            card=card_in("drivetrain.rental.price.model"),
            rule=SUGGEST_PRICE,
            rendering=_rendering,
            value_field="price_per_day",
            outcome="agreed_price_per_day_eur",
        ),
    ),
    tables=(RENTAL_DELAYS,),
    routes=_routes,
    jobs={ANALYZE_CURRENT: _analyze_current, ANALYZE_UPLOAD: _analyze_upload},
    startup_jobs=(ANALYZE_CURRENT,),
)
