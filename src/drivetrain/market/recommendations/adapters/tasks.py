"""The background tasks of recommendations."""

from __future__ import annotations

from datetime import timedelta

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts
from drivetrain.market.recommendations.adapters.fits import PostgresFits, keep_fit
from drivetrain.market.recommendations.adapters.interaction_store import PostgresInteractions
from drivetrain.market.recommendations.adapters.settings import RecommendationSettings
from drivetrain.market.recommendations.application.fit_recommendations import FitRecommendations


def sweep_interactions(ports: TaskPorts, _: Arguments, __: Progress) -> Result:
    """Forget what buyers did long ago; how much there was."""
    installation = ports.installation
    kept_for = timedelta(days=installation.settings(RecommendationSettings).interaction_days)
    store = PostgresInteractions(ports.database.engine)
    return {"forgotten": store.sweep(installation.clock.now() - kept_for)}


def fit_recommendations(ports: TaskPorts, _: Arguments, progress: Progress) -> Result | None:
    """Learn from what buyers looked at; nothing where nobody did."""
    clock = ports.installation.clock
    with progress.stage("fit", total=1, unit="pass") as stage:
        fit = FitRecommendations(PostgresFits(ports.database.engine), clock)()
        stage.advance()
    if fit is None:
        return None
    result = {
        "version": fit.version,
        "buyers": fit.buyers,
        "cars": len(fit.viewed),
        "types": {level: len(factors.types) for level, factors in fit.levels.items()},
    }
    with ports.effect(result) as connection:
        keep_fit(connection, fit, clock.now())
    return result
