"""Keeping one process in step with the database, and going on from local disk while there is none."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog

from drivetrain.adapters.disk.last_good import LastGood
from drivetrain.adapters.embedded.memory import give_back
from drivetrain.adapters.http.access import KeyRing
from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.revisions import PostgresRevisions, Revisions
from drivetrain.adapters.postgres.worker_states import PostgresWorkerStates
from drivetrain.core.errors import UnavailableError
from drivetrain.core.health import Condition
from drivetrain.core.heartbeat import Heartbeat
from drivetrain.lifecycle.releasing.following import Live, LiveFollower, read_live
from drivetrain.lifecycle.releasing.promotion import trial_of, with_share
from drivetrain.lifecycle.releasing.registry import Challenger
from drivetrain.lifecycle.serving.predictions import ModelRef, Predictor

REFRESH_INTERVAL_S = 0.25
"""How often a process looks whether a model was released or a key changed."""

REPORT_INTERVAL_S = 1.0
SHADOW_INTERVAL_S = 0.1

METRICS_INTERVAL_S = 0.25
GUARD_INTERVAL_S = 5.0
"""How often a process looks whether a trial broke a rail."""

_log = structlog.get_logger("drivetrain.worker")


@dataclass(frozen=True, slots=True)
class RefreshTargets:
    """What a refresher keeps up to date."""

    ring: KeyRing
    live_models: LiveFollower
    predictors: Mapping[str, Predictor[Any]]
    last_good: LastGood


class Refresher:
    """Looks at the database every ``REFRESH_INTERVAL_S`` seconds, on a thread of its own."""

    def __init__(
        self,
        revisions: PostgresRevisions,
        catalog: PostgresModelCatalog,
        states: PostgresWorkerStates,
        targets: RefreshTargets,
    ) -> None:
        self._revisions = revisions
        self._catalog = catalog
        self._states = states
        self._targets = targets
        self._seen: Revisions | None = None
        self._challengers: Mapping[str, Challenger] = {}
        self._watched: list[tuple[str, Callable[[], None]]] = []
        self._reported: tuple[dict[str, str], float] = ({}, float("-inf"))
        self.database = Condition("database", "down", "not reached yet")
        self.last_good = Condition("last good copy", "ok")

    def watch(self, subject: str, reload: Callable[[], None]) -> None:
        """Call ``reload`` at the start and whenever ``subject`` has changed."""
        self._watched.append((subject, reload))

    def refresh(self) -> None:
        """Look once.

        The database being away is a state, not an error: what was good last goes on being served.
        """
        try:
            self._follow(self._revisions.read())
            self._report()
            self.database = Condition("database", "ok")
        except UnavailableError as error:
            if self.database.state == "ok":
                _log.warning("database lost", why=error.detail)
            self._go_on_from_disk()
            reason = (
                f"{error.detail} Decisions are kept on local disk meanwhile; models and keys cannot change."
            )
            self.database = Condition("database", "degraded", reason)

    def leave(self) -> None:
        """Say that this process ends, if anybody listens."""
        with suppress(UnavailableError):
            self._states.leave()

    def _follow(self, revisions: Revisions) -> None:
        last, targets = self._seen, self._targets
        are_keys_new, are_models_new = (
            last is None or revisions.keys != last.keys,
            last is None or revisions.models != last.models,
        )
        if are_keys_new:
            targets.ring.reload()
        if are_models_new or not targets.live_models.is_settled:
            are_models_new |= self._follow_models()
        if are_keys_new or are_models_new or self.last_good.state != "ok":
            self._keep()
        for subject, reload in self._watched:
            if last is None or revisions.of(subject) != last.of(subject):
                reload()
        self._seen = revisions

    def _follow_models(self) -> bool:
        """True when something was swapped in."""
        live = read_live(self._catalog)
        self._challengers = live.challengers
        swapped = [*self._targets.live_models.follow(live), *self._fallen_back()]
        _tell(swapped)
        return bool(swapped)

    def _keep(self) -> None:
        """Remember on disk what is served, not what should be.

        A disk that cannot be written is no lost database.
        """
        targets = self._targets
        try:
            targets.last_good.keep_keys(targets.ring.records)
            targets.last_good.keep_live(Live(targets.live_models.served, self._challengers))
            self.last_good = Condition("last good copy", "ok")
        except UnavailableError as error:
            if self.last_good.state == "ok":
                _log.error("last good copy not written", why=error.detail)
            reason = f"{error.detail} Until it can be, a start without the database would serve what was live before."
            self.last_good = Condition("last good copy", "degraded", reason)

    def _fallen_back(self) -> list[ModelRef]:
        """What was served last, where a process has nothing else: the files of what is live may be damaged."""
        with suppress(UnavailableError):
            return self._targets.live_models.fall_back(self._targets.last_good.live())
        return []

    def _go_on_from_disk(self) -> None:
        """Only where nothing was read from the database yet: a process that started without it."""
        targets = self._targets
        if self._seen is not None or any(
            predictor.ref is not None for predictor in targets.predictors.values()
        ):
            return
        with suppress(UnavailableError):
            targets.ring.take(targets.last_good.keys())
            _tell(targets.live_models.follow(targets.last_good.live()))

    def _report(self) -> None:
        serving = dict(_served_by(self._targets.predictors))
        last, reported_at_s = self._reported
        if serving != last or time.monotonic() - reported_at_s >= REPORT_INTERVAL_S:
            self._states.report(serving)
            self._reported = (serving, time.monotonic())


def _served_by(predictors: Mapping[str, Predictor[Any]]) -> Iterator[tuple[str, str]]:
    for name, predictor in predictors.items():
        if predictor.ref is not None:
            yield name, predictor.ref.version
        if (trial := predictor.trial) is not None:
            yield trial_of(name), f"{with_share(trial.ref.version, trial.share)}"


def _tell(swapped: Sequence[ModelRef]) -> None:
    for ref in swapped:
        _log.info("model swapped in", model=ref.name, version=ref.version)
    if swapped:
        give_back()  # a version is read as text several times its size
    gc.freeze()  # what a version is made of stays: the collector need not look at it again and again


class Repeated:
    """Calls a job again and again on a thread of its own, until it is stopped."""

    def __init__(self, name: str, job: Callable[[], object], interval_s: float) -> None:
        self._name = name
        self._job = job
        self._heartbeat = Heartbeat(name, self._once, interval_s)

    def start(self) -> None:
        """Call once at once, then in the background."""
        self._once()
        self._heartbeat.start()

    def stop(self) -> None:
        """End the thread."""
        self._heartbeat.stop()

    def _once(self) -> bool:
        try:
            self._job()
        except UnavailableError as error:
            _log.warning("job waits", job=self._name, why=error.detail)
        except Exception:  # noqa: BLE001 - the edge of a job: the next call may go well
            _log.exception("job failed", job=self._name)
        return True
