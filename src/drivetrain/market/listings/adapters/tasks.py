"""The background tasks of listings: keeping their values current."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import Arguments, Result, TaskPorts
from drivetrain.market.listings.adapters.values import PostgresListingValues
from drivetrain.market.listings.application.value_listings import ValueListings
from drivetrain.market.listings.domain.tasks import VALUE_ALL_LISTINGS, VALUES_LOCK

MOST_AT_ONCE = 2_000
"""More outdated listings than these are valued in a process of their own: they take seconds of CPU."""


def value_listings(ports: TaskPorts, arguments: Arguments, progress: Progress) -> Result | None:
    """Value listings that have changed, or hand over to ``value_all_listings`` where these are many.

    The first of several such tasks values what all of them were deferred for; the others find nothing to do.
    """
    store, values = _store(ports), ports.installation.car_values(ports.database)
    versions = values.versions()
    among = [UUID(each) for each in arguments["listing_ids"]] if "listing_ids" in arguments else None
    outdated = store.outdated(versions, most=MOST_AT_ONCE + 1, among=among)
    if not outdated:
        return None
    if among is not None:
        outdated = store.outdated(versions, most=MOST_AT_ONCE + 1)
    if len(outdated) > MOST_AT_ONCE:
        with ports.effect() as connection:
            ports.queue.defer(connection, VALUE_ALL_LISTINGS, {}, lock=VALUES_LOCK)
        return None
    return _value(ports, progress)


def value_all_listings(ports: TaskPorts, _: Arguments, progress: Progress) -> Result | None:
    """Value everything that is outdated, as after the release of a model; the old values stand until all new ones do."""
    return _value(ports, progress)


def _value(ports: TaskPorts, progress: Progress) -> Result | None:
    store, installation = _store(ports), ports.installation
    value = ValueListings(store, installation.car_values(ports.database), installation.clock)
    with progress.stage("value listings", total=1, unit="pass") as stage:
        valued = value(ports.task_id, most=None)
        stage.advance()
    ratings = Counter("not valued" if each.valuation is None else each.valuation.rating for each in valued)
    result = {"listings": len(valued), "ratings": dict(sorted(ratings.items()))}
    with ports.effect(result) as connection:
        store.keep(connection, valued)
    return result


def _store(ports: TaskPorts) -> PostgresListingValues:
    engine = ports.database.engine
    return PostgresListingValues(engine, PostgresEventLog(engine), ports.installation.clock)
