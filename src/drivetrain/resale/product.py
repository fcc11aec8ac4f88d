"""The card of resale: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.products import ModelSpec, ProductCard, card_in, recipe_in
from drivetrain.lifecycle.learning.training import Trained, TrainingTable
from drivetrain.resale.price.application.value_car import VALUE_CAR
from drivetrain.resale.price.model.contract import CAR_PRICE, MODEL_NAME
from drivetrain.resale.price.model.dataset import CAR_PRICE_TABLE
from drivetrain.resale.price.model.predictor import MODEL_FILE, load
from drivetrain.resale.segments.application.assign_segment import ASSIGN_SEGMENT
from drivetrain.resale.segments.model import contract as segments_contract
from drivetrain.resale.segments.model import predictor as segments_predictor
from drivetrain.resale.segments.model.dataset import BUYER_INTERACTIONS_TABLE
from drivetrain.resale.used.application.value_used_car import VALUE_USED_CAR
from drivetrain.resale.used.model.contract import CONTRACTS
from drivetrain.resale.used.model.countries import MARKETS, Market
from drivetrain.resale.used.model.datasets import USED_CARS
from drivetrain.resale.used.model.predictor import SETTINGS_FILE
from drivetrain.resale.used.model.predictor import load as load_used

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.lifecycle.serving.batches import Rendering
    from drivetrain.resale.price.application.value_car import CarAnswer
    from drivetrain.resale.segments.application.assign_segment import SegmentAnswer
    from drivetrain.resale.used.adapters.schemas import UsedCarAnswer

NAME = "resale"


def _train_price(
    table: TrainingTable, settings: Mapping[str, Any], champion: Mapping[str, Any] | None, progress: Progress
) -> Trained:
    from drivetrain.resale.price.model.training import train_price  # scikit-learn: only for training

    return train_price(table, settings, champion, progress)


def _price_rendering() -> Rendering[CarAnswer]:
    from drivetrain.resale.price.adapters.schemas import RENDERING  # Starlette: only for answering

    return RENDERING


def _train_used(
    market: Market,
    table: TrainingTable,
    settings: Mapping[str, Any],
    champion: Mapping[str, Any] | None,
    progress: Progress,
) -> Trained:
    from drivetrain.resale.used.model.training import train_used  # LightGBM, scikit-learn: only for training

    return train_used(market, table, settings, champion, progress)


def _used_rendering() -> Rendering[UsedCarAnswer]:
    from drivetrain.resale.used.adapters.schemas import VALUES  # Starlette: only for answering

    return VALUES


def _used_car_model(market: Market) -> ModelSpec:
    """The model of one market; the markets differ in their contract, their table and nothing else."""
    return ModelSpec(
        name=market.model_name,
        product=NAME,
        summary=f"Value of a used car in {market.name} at the prices of {market.reference_year}, {market.currency}.",
        contract=CONTRACTS[market.code],
        table=USED_CARS[market.code],
        train=partial(_train_used, market),
        load=load_used,
        recipe_of=recipe_in(SETTINGS_FILE),
        card=card_in("drivetrain.resale.used.model"),
        rule=VALUE_USED_CAR,
        rendering=_used_rendering,
        value_field="value",
        outcome=f"sold_price_{market.currency.lower()}",
    )


def _train_segments(
    table: TrainingTable, settings: Mapping[str, Any], champion: Mapping[str, Any] | None, progress: Progress
) -> Trained:
    from drivetrain.resale.segments.model.training import train_segments  # scikit-learn: only for training

    return train_segments(table, settings, champion, progress)


def _segments_rendering() -> Rendering[SegmentAnswer]:
    from drivetrain.resale.segments.adapters.schemas import RENDERING  # Starlette: only for answering

    return RENDERING


def _routes(ports: ServingPorts) -> Sequence[APIRouter]:
    from drivetrain.resale.price.adapters.http import price_routes  # FastAPI: only for serving
    from drivetrain.resale.segments.adapters.http import segment_routes
    from drivetrain.resale.used.adapters.http import used_car_routes

    return [price_routes(ports), *used_car_routes(ports), segment_routes(ports)]


CAR_PRICE_MODEL = ModelSpec(
    name=MODEL_NAME,
    product=NAME,
    summary="Price of a car of the 1985 US table, USD.",
    contract=CAR_PRICE,
    table=CAR_PRICE_TABLE,
    train=_train_price,
    load=load,
    recipe_of=recipe_in(MODEL_FILE),
    card=card_in("drivetrain.resale.price.model"),
    rule=VALUE_CAR,
    rendering=_price_rendering,
    value_field="price",
    outcome="sold_price_usd",
)

BUYER_SEGMENTS_MODEL = ModelSpec(
    name=segments_contract.MODEL_NAME,
    product=NAME,
    summary="Kinds of buyers by what they look at, like and search for.",
    contract=segments_contract.BUYER_PROFILE,
    table=BUYER_INTERACTIONS_TABLE,
    train=_train_segments,
    load=segments_predictor.load,
    recipe_of=segments_predictor.recipe_of,
    card=card_in("drivetrain.resale.segments.model"),
    rule=ASSIGN_SEGMENT,
    rendering=_segments_rendering,
    value_field="segment",
    outcome="",  # nothing that happens later shows which kind a buyer was
)

CARD = ProductCard(
    name=NAME,
    summary="What a used car is worth, and which kind of buyer is looking at it.",
    models=(CAR_PRICE_MODEL, *map(_used_car_model, MARKETS.values()), BUYER_SEGMENTS_MODEL),
    routes=_routes,
)
