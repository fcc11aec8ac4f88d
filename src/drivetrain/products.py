"""The one list of products."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from drivetrain.accounts.product import CARD as ACCOUNTS
from drivetrain.core.access import PLATFORM_SCOPES, KeyStore, ScopeSet
from drivetrain.core.announcements import Announcements
from drivetrain.core.audit import AuditTrail
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.time import Clock
from drivetrain.dispatch.product import CARD as DISPATCH
from drivetrain.lifecycle.data.table_specs import TableSpec
from drivetrain.lifecycle.kit.branches import Branches
from drivetrain.lifecycle.kit.car_values import CarValues
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase
from drivetrain.lifecycle.kit.jobs import Job
from drivetrain.lifecycle.kit.personal_data import PersonalData
from drivetrain.lifecycle.kit.processes import Process
from drivetrain.lifecycle.kit.products import ModelSpec, ProductCard, RestoreCheck
from drivetrain.lifecycle.kit.tasks import Task, TaskQueue
from drivetrain.market.product import CARD as MARKET
from drivetrain.rental.product import CARD as RENTAL
from drivetrain.resale.product import CARD as RESALE
from drivetrain.trips.product import CARD as TRIPS

T = TypeVar("T")

PRODUCTS: tuple[ProductCard, ...] = (RENTAL, RESALE, MARKET, DISPATCH, TRIPS, ACCOUNTS)
MODELS: tuple[ModelSpec, ...] = tuple(model for product in PRODUCTS for model in product.models)
TABLES: tuple[TableSpec, ...] = tuple(
    {
        table.name: table
        for product in PRODUCTS
        for table in (*(model.table for model in product.models), *product.tables)
    }.values()
)
SETTINGS: tuple[type[Any], ...] = tuple(group for product in PRODUCTS for group in product.settings)
MIGRATIONS: tuple[str, ...] = tuple(package for product in PRODUCTS for package in product.migrations)
PROCESSES: tuple[Process, ...] = tuple(process for product in PRODUCTS for process in product.processes)
RESTORE_CHECKS: tuple[RestoreCheck, ...] = tuple(
    check for product in PRODUCTS for check in product.restore_checks
)
TASKS: tuple[Task, ...] = tuple(task for product in PRODUCTS for task in product.tasks)


def joined_scopes(products: Sequence[ProductCard]) -> ScopeSet:
    """The platform's scopes with those of some products.

    Raises:
        ConflictError: a name is used twice.
    """
    return ScopeSet(*PLATFORM_SCOPES, *(scope for product in products for scope in product.scopes))


SCOPES = joined_scopes(PRODUCTS)


def refuse_repeated(products: Iterable[ProductCard]) -> None:
    """Check that no two products use one name for two things.

    Raises:
        ConflictError: two do.
    """
    cards = list(products)
    names = {
        "product": [card.name for card in cards],
        "model": [model.name for card in cards for model in card.models],
        "job": [name for card in cards for name in card.jobs],
        "command": [group.name for card in cards for group in card.commands],
        "process": [process.name for card in cards for process in card.processes],
        "topic": [topic.name for card in cards for topic in card.topics],
        "task": [task.name for card in cards for task in card.tasks],
        "setting": [
            group.variable(name) for card in cards for group in card.settings for name in group.model_fields
        ],
    }
    for kind, used in names.items():
        for name, count in Counter(used).items():
            if count > 1:
                raise ConflictError(
                    f"The {kind} {name!r} is declared twice; choose another name.", code="platform.name_taken"
                )


refuse_repeated(PRODUCTS)


def audit_trail(installation: Installation) -> AuditTrail:
    """The audit trail of an installation, by the card that contributes it.

    Raises:
        NotFoundError: none does, or several do: nothing could be changed without a trace, so nothing can be.
    """
    return _only("audit trail", [product.audit_trail for product in PRODUCTS])(installation)


def announcements(installation: Installation, queue: TaskQueue) -> Announcements:
    """Where messages to all who hold a role are written, by the card that contributes it.

    Args:
        queue: of the tasks that send them.

    Raises:
        NotFoundError: none does, or several do.
    """
    return _only("announcements", [product.announcements for product in PRODUCTS])(installation, queue)


def car_values(installation: Installation, database: OpenDatabase) -> CarValues:
    """What values cars on offer, by the card that contributes it.

    Raises:
        NotFoundError: none does, or several do.
    """
    return _only("values of cars", [product.car_values for product in PRODUCTS])(installation, database)


def personal_data() -> Sequence[PersonalData]:
    """What knows the rows of all products that belong to people."""
    contributed = [product.personal_data for product in PRODUCTS if product.personal_data is not None]
    return [part for parts in contributed for part in parts()]


def branches(engine: Any) -> Branches:
    """What knows the branches of companies, by the card that contributes it.

    Raises:
        NotFoundError: none does, or several do.
    """
    return _only("branches", [product.branches for product in PRODUCTS])(engine)


def key_store(engine: Any, clock: Clock, audit: AuditTrail) -> KeyStore:
    """The store of API keys on a database engine, by the card that contributes it.

    Raises:
        NotFoundError: none does, or several do.
    """
    return _only("store of keys", [product.key_store for product in PRODUCTS])(engine, clock, audit)


def _only(what: str, contributed: Sequence[T | None]) -> T:
    present = [part for part in contributed if part is not None]
    if len(present) != 1:
        raise NotFoundError(
            f"{len(present)} products contribute the {what}; it must be one.",
            code="platform.not_contributed_once",
        )
    return present[0]


def model_named(name: str) -> ModelSpec:
    """The model of this name.

    Raises:
        NotFoundError: there is none.
    """
    spec = next((model for model in MODELS if model.name == name), None)
    if spec is None:
        known = ", ".join(model.name for model in MODELS)
        raise NotFoundError(f"There is no model called {name!r}; there are: {known}.", code="model.not_found")
    return spec


def job_named(name: str) -> Job:
    """The job of this name.

    Raises:
        NotFoundError: there is none.
    """
    job = next((product.jobs[name] for product in PRODUCTS if name in product.jobs), None)
    if job is None:
        raise NotFoundError(f"There is no job called {name!r}.", code="platform.unknown_job")
    return job


def process_named(name: str) -> Process:
    """The process of this name.

    Raises:
        NotFoundError: there is none.
    """
    process = next((process for process in PROCESSES if process.name == name), None)
    if process is None:
        raise NotFoundError(f"There is no process called {name!r}.", code="platform.unknown_process")
    return process
