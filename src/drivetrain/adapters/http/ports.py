"""What a serving process hands to every product for building its routes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from drivetrain.adapters.http.access import CookieAuthenticator
from drivetrain.adapters.http.metrics import PredictionMetrics
from drivetrain.adapters.http.tables import TableService
from drivetrain.core.access import ScopeSet
from drivetrain.core.audit import AuditTrail
from drivetrain.core.health import Condition
from drivetrain.core.key_issuing import KeyIssuer
from drivetrain.core.limits import RateLimiter
from drivetrain.core.shared_copies import OpenSharedCopy
from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.jobs import DatasetReader, JobStarter
from drivetrain.lifecycle.kit.tasks import TaskQueue
from drivetrain.lifecycle.serving.predictions import BatchDecisionLog, DecisionWriter, Predictor

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much a body may hold: bytes of one decision, bytes of a list or an upload, rows of a list."""

    single_bytes: int
    batch_bytes: int
    list_rows: int


class Watch(Protocol):
    """Tells when something that others may change has changed."""

    def __call__(self, subject: str, reload: Callable[[], None], /) -> None:
        """Have ``reload`` called at the start and within a second of every change of ``subject``, off the request path."""
        ...


class AcceptCookies(Protocol):
    """Takes what knows the sessions of browsers."""

    def __call__(self, sessions: CookieAuthenticator, /) -> None:
        """Have requests authenticated by its cookie where they have no other credential."""
        ...


class Repeat(Protocol):
    """Does something again and again beside the requests."""

    def __call__(self, name: str, job: Callable[[], object], interval_s: float, /) -> None:
        """Have ``job`` called at the start and every ``interval_s`` seconds, on a thread of its own."""
        ...


class AddCondition(Protocol):
    """Shows a dependency in ``/health``."""

    def __call__(self, condition: Callable[[], Condition], /) -> None:
        """Have ``condition`` asked with every request of ``/health``; it must answer at once."""
        ...


@dataclass(frozen=True, slots=True)
class ServingPorts:
    """The ports of one serving process.

    Attributes:
        tables: answers uploaded tables.
        engine: the database, for a product's own tables.
        database_url: of the same, for what needs a connection of its own on the event loop.
        scopes: those of all products that this process serves, and their roles.
        queue: for work in the background, deferred in a transaction of the engine.
        keys: makes and revokes API keys.
        limiter: counts what may be done so and so often; ``CLIENT_HOST`` is the address a request comes from.
        audit: for changes of rights, models and policies, in the transaction of the change.
        registry: the Prometheus metrics of this process.
        ending: set when the process is asked to stop; a request that would not end by itself ends then.
    """

    predictors: Mapping[str, Predictor[Any]]
    decisions: DecisionWriter
    decision_batches: BatchDecisionLog
    clock: Clock
    metrics: PredictionMetrics
    limits: BodyLimits
    tables: TableService
    engine: Engine
    datasets: DatasetReader
    jobs: JobStarter
    queue: TaskQueue
    watch: Watch
    keys: KeyIssuer
    scopes: ScopeSet
    accept_cookies: AcceptCookies
    repeat: Repeat
    add_condition: AddCondition
    shared_copy: OpenSharedCopy
    audit: AuditTrail
    limiter: RateLimiter
    registry: CollectorRegistry
    ending: threading.Event
    database_url: str = field(repr=False)
