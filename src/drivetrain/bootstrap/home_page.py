"""The home page, wired: the platform's own sources, then those that the cards of products bring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from drivetrain.adapters.http.ports import ServingPorts
from drivetrain.adapters.postgres.home_page import DecisionsByDay, failed_tasks, waiting_approvals
from drivetrain.core.access import PlatformScope
from drivetrain.lifecycle.kit.home import HomePart, HomeSource, Matter
from drivetrain.lifecycle.kit.installation import Installation
from drivetrain.lifecycle.kit.products import ProductCard
from drivetrain.lifecycle.releasing.following import read_live
from drivetrain.lifecycle.releasing.registry import ModelCatalog

COUNT_EVERY_S = 30.0


def home_sources(
    products: Sequence[ProductCard],
    ports: ServingPorts,
    installation: Installation,
    catalog: ModelCatalog,
    approvals: int,
) -> Iterator[HomeSource]:
    """Every source, in the order of the page; counting decisions goes on beside the requests from now on."""
    names = [model.name for product in products for model in product.models]
    by_day = DecisionsByDay(ports.engine, ports.clock)
    ports.repeat("decisions by day", by_day.look, COUNT_EVERY_S)
    yield HomeSource(PlatformScope.MODELS_PROMOTE, lambda: waiting_approvals(ports.engine, approvals))
    yield HomeSource(PlatformScope.MODELS_READ, _releases(catalog, names))
    yield HomeSource(PlatformScope.TASKS_READ, lambda: failed_tasks(ports.engine, ports.clock.now()))
    yield HomeSource(PlatformScope.DECISIONS_READ, by_day.part)
    for product in products:
        if product.home is not None:
            yield from product.home(ports, installation)


def _releases(catalog: ModelCatalog, names: Sequence[str]) -> Callable[[], HomePart]:
    """Models of which nothing is live, and versions on trial, which somebody promotes or takes away."""

    def read() -> HomePart:
        live = read_live(catalog)
        missing = [
            Matter("models.no_champion", name, 1, f"No version of {name} is live.")
            for name in names
            if name not in live.champions
        ]
        on_trial = [
            Matter(
                "models.on_trial",
                name,
                1,
                f"Version {trial.version.version} of {name} is on trial: promote it, or end the trial.",
            )
            for name, trial in sorted(live.challengers.items())
            if name in names
        ]
        return HomePart([*missing, *on_trial])

    return read
