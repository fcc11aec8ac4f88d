"""The card of trips: everything the product contributes, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from drivetrain.core.access import PlatformScope
from drivetrain.core.changes import Topic
from drivetrain.lifecycle.kit.home import HomePart, HomeSource, Matter
from drivetrain.lifecycle.kit.imports import imported, when_called
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.processes import Process, ProcessPorts
from drivetrain.lifecycle.kit.products import CommandGroup, ModelSpec, ProductCard, card_in, recipe_in
from drivetrain.lifecycle.learning.training import PointPrediction
from drivetrain.trips.bulk.adapters.settings import RaySettings
from drivetrain.trips.duration.application.estimate_duration import ESTIMATE_DURATION
from drivetrain.trips.duration.model.contract import MODEL_NAME, TRIP_DURATION
from drivetrain.trips.duration.model.dataset import CHICAGO_TAXI
from drivetrain.trips.duration.model.predictor import SETTINGS_FILE, load
from drivetrain.trips.duration.model.recipe import DurationRecipe
from drivetrain.trips.outcomes.adapters.settings import OutcomeSettings
from drivetrain.trips.rides.adapters.settings import RideSettings
from drivetrain.trips.slots.adapters.settings import SlotSettings

if TYPE_CHECKING:
    from fastapi import APIRouter
    from prometheus_client import CollectorRegistry
    from typer import Typer

    from drivetrain.adapters.http.ports import ServingPorts
    from drivetrain.trips.rides.application.source import RideSource
    from drivetrain.trips.slots.adapters.metrics import SlotMetrics
    from drivetrain.trips.slots.application.ports import PastModels

NAME = "trips"


def _routes(ports: ServingPorts, installation: Installation) -> Sequence[APIRouter]:
    from drivetrain.trips.duration.adapters.http import duration_routes  # FastAPI: only for serving
    from drivetrain.trips.outcomes.adapters.quality.http import quality_routes
    from drivetrain.trips.slots.adapters.http import slot_routes

    return [
        duration_routes(ports),
        slot_routes(ports, installation.settings(SlotSettings).every_min),
        quality_routes(ports),
    ]


def _home(ports: ServingPorts, installation: Installation) -> Sequence[HomeSource]:
    from drivetrain.trips.slots.adapters.reader import PostgresSlotReader  # SQL: only for serving
    from drivetrain.trips.slots.application.overdue_slots import FindOverdueSlots
    from drivetrain.trips.slots.domain.slots import SlotGrid

    settings = installation.settings(SlotSettings)
    find = FindOverdueSlots(PostgresSlotReader(ports.engine), SlotGrid(settings.every_min))

    def read() -> HomePart:
        overdue = find()
        if not overdue:
            return HomePart()
        detail = f"Slots of the scheduled scoring that nobody has scored: {len(overdue)}."
        return HomePart([Matter("trips.slots_overdue", MODEL_NAME, len(overdue), detail, overdue[0].due_at)])

    return [HomeSource(PlatformScope.METRICS_READ, read)] if settings.enabled else []


def _metrics(registry: CollectorRegistry) -> SlotMetrics:
    from drivetrain.trips.slots.adapters.metrics import (
        SlotMetrics,  # Prometheus: only for processes that are scraped
    )

    return SlotMetrics(registry)


def _trips_commands() -> Typer:
    from drivetrain.trips.outcomes.adapters.commands import outcomes, quality
    from drivetrain.trips.rides.adapters.commands import app

    app.command("outcomes")(outcomes)
    app.command("quality")(quality)
    return app


def score_on_schedule(
    ports: ProcessPorts, source: RideSource | None = None, models: PastModels | None = None
) -> int:
    """Score slots as they become due, and report what their rides took once they have ended, until asked to stop.

    Args:
        source: where rides come from; the installation's own when None.
        models: which version was live when; those of the catalog when None.
    """
    from drivetrain.trips.outcomes.adapters.reports import OutcomeReports, slot_outcomes
    from drivetrain.trips.rides.adapters.sources import ride_source  # SQL and the model: only for the process
    from drivetrain.trips.slots.adapters.scorer import Scorer
    from drivetrain.trips.slots.adapters.scoring import live_models, open_scoring

    installation, engine = ports.installation, ports.database.engine
    source = source or ride_source(installation)
    models = models or live_models(installation, ports.database.catalog)
    scoring = open_scoring(engine, installation.settings(SlotSettings), source, models)
    scorer = Scorer(scoring, _metrics(ports.registry), ports.stop)
    if installation.settings(OutcomeSettings).outcomes:
        scorer.beside = OutcomeReports(slot_outcomes(engine, source, by="scorer")).look
    scorer.run_with(ports.open_trigger)
    return 0


def _score_once(ports: ProcessPorts) -> int:
    from drivetrain.trips.rides.adapters.sources import ride_source
    from drivetrain.trips.slots.adapters.scoring import live_models, open_scoring, score_due

    installation = ports.installation
    source, models = ride_source(installation), live_models(installation, ports.database.catalog)
    settings = installation.settings(SlotSettings)
    return score_due(open_scoring(ports.database.engine, settings, source, models), ports.stop.is_set)


TRIP_DURATION_MODEL = ModelSpec(
    name=MODEL_NAME,
    product=NAME,
    summary="How long a taxi trip in Chicago takes, in minutes, from what is known before it starts.",
    contract=TRIP_DURATION,
    table=CHICAGO_TAXI,
    train=when_called("drivetrain.trips.duration.model.training:train_duration"),
    load=load,
    recipe=DurationRecipe(),
    recipe_of=recipe_in(SETTINGS_FILE),
    card=card_in("drivetrain.trips.duration.model"),
    rule=ESTIMATE_DURATION,
    rendering=imported("drivetrain.trips.duration.adapters.schemas:RENDERING"),
    value_field="duration_min",
    outcome="duration_min",
    fewest_rows=50,
    point=PointPrediction(
        of=lambda model, rows: model.estimate(rows).duration_min,
        refit=when_called("drivetrain.trips.duration.model.training:refit_duration"),
    ),
    explained=imported("drivetrain.trips.duration.adapters.schemas:explained"),
)

CARD = ProductCard(
    name=NAME,
    summary="How long a trip will take, scored on a schedule.",
    models=(TRIP_DURATION_MODEL,),
    routes=_routes,
    commands=(
        CommandGroup(
            "trips",
            "Rides: fit to real days, compare, replay; report outcomes and show the quality of predictions.",
            _trips_commands,
        ),
        CommandGroup("score", "Score rides: trips.", imported("drivetrain.trips.bulk.adapters.commands:app")),
    ),
    processes=(
        Process(
            name="score-trips",
            summary="The scheduled scoring",
            run=score_on_schedule,
            is_enabled=lambda installation: installation.settings(SlotSettings).enabled,
            work_once=_score_once,
        ),
    ),
    metrics=_metrics,
    home=_home,
    topics=(Topic("slots", PlatformScope.METRICS_READ),),
    settings=(RideSettings, SlotSettings, OutcomeSettings, RaySettings),
)
