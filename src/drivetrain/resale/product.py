"""The card of resale: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from drivetrain.lifecycle.kit.car_values import CarValues
from drivetrain.lifecycle.kit.imports import imported, when_called
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase
from drivetrain.lifecycle.kit.products import ModelSpec, ProductCard, card_in, recipe_in
from drivetrain.lifecycle.learning.training import PointPrediction
from drivetrain.resale.price.application.value_car import VALUE_CAR
from drivetrain.resale.price.model.contract import CAR_PRICE, MODEL_NAME
from drivetrain.resale.price.model.dataset import CAR_PRICE_TABLE
from drivetrain.resale.price.model.predictor import MODEL_FILE, load
from drivetrain.resale.price.model.recipe import CarPriceRecipe
from drivetrain.resale.segments.application.assign_segment import ASSIGN_SEGMENT
from drivetrain.resale.segments.model import contract as segments_contract
from drivetrain.resale.segments.model import predictor as segments_predictor
from drivetrain.resale.segments.model.dataset import BUYER_INTERACTIONS_TABLE
from drivetrain.resale.segments.model.recipe import SegmentsRecipe
from drivetrain.resale.used.application.value_used_car import VALUE_USED_CAR
from drivetrain.resale.used.model.contract import CONTRACTS, asking_price_column
from drivetrain.resale.used.model.countries import COUNTRIES, Country
from drivetrain.resale.used.model.datasets import USED_CARS
from drivetrain.resale.used.model.predictor import SETTINGS_FILE
from drivetrain.resale.used.model.predictor import load as load_used
from drivetrain.resale.used.model.recipe import RECIPES

if TYPE_CHECKING:
    from fastapi import APIRouter

    from drivetrain.adapters.http.ports import ServingPorts

NAME = "resale"


def _used_car_model(country: Country) -> ModelSpec:
    """The model of one country; the countries differ in their contract, their table and nothing else."""
    return ModelSpec(
        name=country.model_name,
        product=NAME,
        summary=f"Value of a used car in {country.name} at the prices of {country.reference_year}, {country.currency}.",
        contract=CONTRACTS[country.code],
        table=USED_CARS[country.code],
        train=partial(when_called("drivetrain.resale.used.model.training:train_used"), country),
        load=load_used,
        recipe=RECIPES[country.code],
        recipe_of=recipe_in(SETTINGS_FILE),
        card=card_in("drivetrain.resale.used.model"),
        rule=VALUE_USED_CAR,
        rendering=imported("drivetrain.resale.used.adapters.schemas:VALUES"),
        value_field="value",
        outcome=f"sold_price_{country.currency.lower()}",
        fewest_rows=100,
        point=PointPrediction(
            of=lambda model, rows: model.estimate(rows).value,
            refit=partial(when_called("drivetrain.resale.used.model.training:refit_value"), country),
        ),
        request_columns=(asking_price_column(country),),
        explained=imported("drivetrain.resale.valuation.adapters.schemas:explained"),
    )


def _routes(ports: ServingPorts, _: Installation) -> Sequence[APIRouter]:
    from drivetrain.resale.price.adapters.http import price_routes  # FastAPI: only for serving
    from drivetrain.resale.segments.adapters.http import segment_routes
    from drivetrain.resale.used.adapters.http import used_car_routes

    return [price_routes(ports), *used_car_routes(ports), segment_routes(ports)]


def _car_values(installation: Installation, database: OpenDatabase) -> CarValues:
    from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog  # SQL
    from drivetrain.resale.used.adapters.car_values import ReleasedCarValues

    ledger = PostgresBatchDecisionLog(database.url)
    return ReleasedCarValues(database.catalog, installation.files_of, ledger, installation.clock)


CAR_PRICE_MODEL = ModelSpec(
    name=MODEL_NAME,
    product=NAME,
    summary="Price of a car of the 1985 US table, USD.",
    contract=CAR_PRICE,
    table=CAR_PRICE_TABLE,
    train=when_called("drivetrain.resale.price.model.training:train_price"),
    load=load,
    recipe=CarPriceRecipe(),
    recipe_of=recipe_in(MODEL_FILE),
    card=card_in("drivetrain.resale.price.model"),
    rule=VALUE_CAR,
    rendering=imported("drivetrain.resale.price.adapters.schemas:RENDERING"),
    value_field="price",
    outcome="sold_price_usd",
    fewest_rows=70,
    point=PointPrediction(
        of=lambda model, rows: model.estimate(rows).price,
        refit=when_called("drivetrain.resale.price.model.training:refit_price"),
    ),
    explained=imported("drivetrain.resale.valuation.adapters.schemas:explained"),
)

BUYER_SEGMENTS_MODEL = ModelSpec(
    name=segments_contract.MODEL_NAME,
    product=NAME,
    summary="Kinds of buyers by what they look at, like and search for.",
    contract=segments_contract.BUYER_PROFILE,
    table=BUYER_INTERACTIONS_TABLE,
    train=when_called("drivetrain.resale.segments.model.training:train_segments"),
    load=segments_predictor.load,
    recipe=SegmentsRecipe(),
    recipe_of=segments_predictor.recipe_of,
    card=card_in("drivetrain.resale.segments.model"),
    rule=ASSIGN_SEGMENT,
    rendering=imported("drivetrain.resale.segments.adapters.schemas:RENDERING"),
    value_field="segment",
    outcome="",  # nothing that happens later shows which kind a buyer was
    fewest_rows=1,  # what counts is how many buyers have interactions enough
    point=None,
    explained=imported("drivetrain.resale.segments.adapters.schemas:explained"),
)

CARD = ProductCard(
    name=NAME,
    summary="What a used car is worth, and which kind of buyer is looking at it.",
    models=(CAR_PRICE_MODEL, *map(_used_car_model, COUNTRIES.values()), BUYER_SEGMENTS_MODEL),
    routes=_routes,
    car_values=_car_values,
)
