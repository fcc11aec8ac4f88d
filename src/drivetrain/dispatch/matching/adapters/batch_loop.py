"""The loop of the batch matcher: a window after the other, each with all cities, and the state of drivers beside it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.ids import new_id
from drivetrain.dispatch.events.adapters.settings import EventSettings
from drivetrain.dispatch.events.domain.places import City
from drivetrain.dispatch.features.adapters.following import follow_steps
from drivetrain.dispatch.features.adapters.metrics import FeatureUseMetrics
from drivetrain.dispatch.features.adapters.packing import unpack as unpack_features
from drivetrain.dispatch.features.application.follow_steps import LOOK_EVERY_S, FollowSteps
from drivetrain.dispatch.matching.adapters.attempts import Attempts
from drivetrain.dispatch.matching.adapters.batch_metrics import BatchMetrics
from drivetrain.dispatch.matching.adapters.batches import PostgresLeases, PostgresWaitingRides
from drivetrain.dispatch.matching.adapters.holds import PostgresHolder
from drivetrain.dispatch.matching.adapters.overdue import PostgresExpiredOffers
from drivetrain.dispatch.matching.adapters.policy_store import PostgresPolicyReleases
from drivetrain.dispatch.matching.adapters.settings import MatchSettings
from drivetrain.dispatch.matching.application.match_batch import MatchBatch
from drivetrain.dispatch.matching.application.match_rider import RankDrivers
from drivetrain.dispatch.matching.application.release_policy import FollowReleases
from drivetrain.dispatch.matching.domain.policy import PickUpPolicy
from drivetrain.dispatch.state.adapters.decoding import decode_updates
from drivetrain.dispatch.state.adapters.packing import unpack as unpack_drivers
from drivetrain.dispatch.state.adapters.settings import StateSettings
from drivetrain.dispatch.state.application.follow_drivers import QUIET_LOOK_EVERY_S, FollowDrivers
from drivetrain.dispatch.state.application.keep_copy import load_copy
from drivetrain.lifecycle.kit.processes import ProcessPorts, StopSignal

C = TypeVar("C")

LEASE_WINDOWS = 5
"""A city is taken over after so many windows without a word of its process."""

_BREATH_S = 0.02
"""Between two looks, whatever they say of pauses."""


def match_in_batches(ports: ProcessPorts) -> None:
    """Match windows until asked to stop."""
    installation, engine = ports.installation, ports.database.engine
    settings, log = installation.settings(MatchSettings), PostgresEventLog(engine)
    following = FollowDrivers(
        log,
        decode_updates,
        installation.clock,
        fresh_s=installation.settings(StateSettings).fresh_s,
        load_copy=_loading(ports, "dispatch.drivers", unpack_drivers),
    )
    features = follow_steps(installation, log, _loading(ports, "dispatch.features", unpack_features))
    batch = MatchBatch(
        RankDrivers(following, PickUpPolicy(), installation.clock, settings.radius_km, features=features),
        PostgresHolder(
            ports.database.url, offer_s=settings.offer_s, end_offers=PostgresExpiredOffers(engine, log)
        ),
        PostgresWaitingRides(engine),
        PostgresLeases(
            engine, owner=f"{socket.gethostname()}:{new_id()}", lasts_s=LEASE_WINDOWS * settings.window_s
        ),
        settings.deadline_s,
        FollowReleases(PostgresPolicyReleases(engine)),
    )
    cities = tuple(installation.settings(EventSettings).limits.cities)
    metrics = BatchMetrics(ports.registry)
    show_use = partial(FeatureUseMetrics(ports.registry).show, batch.ranking.use)
    loop = BatchLoop(batch, following, features, cities, settings.window_s, metrics, show_use, ports.stop)
    asyncio.run(loop.run())


def _loading(
    ports: ProcessPorts, name: str, unpack: Callable[[bytes], C | None]
) -> Callable[[], C | None] | None:
    """Takes over what the workers have made of the log, which they keep in Redis; None where they have none."""
    shared = ports.shared_copy(name)
    return None if shared is None else partial(load_copy, shared, unpack)


class BatchLoop:
    """Follows the drivers, and matches a window at a time.

    Args:
        features: None where there are none.
        cities: those served; empty for all of the world at once.
        show_use: shows what decisions used of features, after a window.
    """

    def __init__(
        self,
        batch: MatchBatch,
        following: FollowDrivers,
        features: FollowSteps | None,
        cities: Sequence[City],
        window_s: float,
        metrics: BatchMetrics,
        show_use: Callable[[], None],
        stop: StopSignal,
    ) -> None:
        self._batch = batch
        self._following = following
        self._features = features
        self._cities: Sequence[City | None] = cities or (None,)
        self._window_s = window_s
        self._metrics = metrics
        self._show_use = show_use
        self._stop = stop
        self._attempt = Attempts()

    async def run(self) -> None:
        """Match until asked to stop."""
        with ThreadPoolExecutor(1, "drivers") as thread, ThreadPoolExecutor(1, "features") as counting:
            following = [asyncio.create_task(self._follow(thread))]
            if self._features is not None:
                following.append(asyncio.create_task(self._count(self._features, counting)))
            while not await asyncio.to_thread(self._stop.wait, self._window_s):
                for city in self._cities:
                    await self._match(city)
            for task in following:
                task.cancel()

    async def _follow(self, thread: ThreadPoolExecutor) -> None:
        """Keep the drivers in step with the log; looks come from one thread."""
        loop = asyncio.get_running_loop()
        while True:
            with self._attempt("following drivers"):
                await loop.run_in_executor(thread, self._following.look)
            is_quiet = self._following.is_quiet
            await asyncio.sleep(QUIET_LOOK_EVERY_S if is_quiet else max(_BREATH_S, self._following.pause_s))

    async def _count(self, features: FollowSteps, thread: ThreadPoolExecutor) -> None:
        """Keep the features in step with the log, which is in no hurry."""
        loop = asyncio.get_running_loop()
        while True:
            with self._attempt("counting features"):
                await loop.run_in_executor(thread, features.look)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _match(self, city: City | None) -> None:
        with self._attempt(f"windows of {city.name if city else 'everywhere'}"):
            batch = await self._batch(city)
            if batch is not None:
                self._metrics.matched(batch)
                self._show_use()
