"""One installation: its stores, and how its database is reached."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from drivetrain.adapters.disk.datasets import DatasetStore
from drivetrain.adapters.embedded.home_lock import HomeLock
from drivetrain.adapters.embedded.postgres import EmbeddedPostgres
from drivetrain.adapters.postgres.catalog import PostgresModelCatalog
from drivetrain.adapters.postgres.database import open_engine
from drivetrain.adapters.postgres.ledger import PostgresDecisionWriter
from drivetrain.adapters.postgres.migrate import migrate
from drivetrain.adapters.postgres.task_queue import PostgresTaskQueue
from drivetrain.bootstrap.home import Home, existing_home, home_of
from drivetrain.bootstrap.running import address_of
from drivetrain.core.access import KeyStore, ScopeSet
from drivetrain.core.announcements import Announcements
from drivetrain.core.key_issuing import KeyIssuer
from drivetrain.core.time import Clock, SystemClock
from drivetrain.lifecycle.kit.branches import Branches
from drivetrain.lifecycle.kit.car_values import CarValues
from drivetrain.lifecycle.kit.installation import Installation, OpenDatabase, TableLimits
from drivetrain.lifecycle.kit.personal_data import PersonalData
from drivetrain.lifecycle.learning.artifacts import Files
from drivetrain.lifecycle.releasing.registry import ModelVersion
from drivetrain.products import (
    MIGRATIONS,
    SCOPES,
    TASKS,
    announcements,
    audit_trail,
    branches,
    car_values,
    key_store,
    personal_data,
)
from drivetrain.settings import Settings

__all__ = ["Home", "existing_home", "home_of"]

G = TypeVar("G")


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one installation, over one pool of connections."""

    url: str
    catalog: PostgresModelCatalog
    keys: KeyStore


def open_stores(settings: Settings, home: Home, url: str, *, pool_size: int = 2) -> Stores:
    """Open the stores on a migrated database."""
    engine = open_engine(url, pool_size=pool_size)
    installation = LocalInstallation(settings, home)
    clock, trail = installation.clock, audit_trail(installation)
    catalog = PostgresModelCatalog(engine, clock, trail, announcements_of(installation))
    return Stores(url, catalog, key_store(engine, clock, trail))


def announcements_of(installation: Installation) -> Announcements:
    """Where messages to all who hold a role are written, sent by the tasks of the products."""
    return announcements(installation, PostgresTaskQueue({task.name: task.waits_in for task in TASKS}))


def key_issuer(
    settings: Settings, home: Home, keys: KeyStore, scopes: ScopeSet = SCOPES, clock: Clock | None = None
) -> KeyIssuer:
    """What makes the keys of the installation."""
    return KeyIssuer(keys, scopes, home.pepper(), settings.environment, clock or SystemClock())


@contextmanager
def database(settings: Settings, home: Home, *, is_migrated: bool = True) -> Iterator[str]:
    """The URL of a migrated database for as long as the block runs.

    With ``DRIVETRAIN_DATABASE_URL`` that server's; else the embedded one of the running platform; else the
    embedded one is started, and stopped at the end, with the home locked meanwhile.

    Args:
        is_migrated: False to take it as it is.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        if is_migrated:
            migrate(url, *MIGRATIONS)
        yield url
        return
    server = EmbeddedPostgres(home.postgres)
    if HomeLock(home.folder).holder() is not None:
        with embedded(
            server, is_migrated=is_migrated
        ) as url:  # adopts the running server, and leaves it running
            yield url
        return
    with HomeLock(home.folder), embedded(server, is_migrated=is_migrated) as url:
        yield url


@contextmanager
def embedded(server: EmbeddedPostgres, *, is_migrated: bool = True) -> Iterator[str]:
    """The embedded server, started, migrated, and stopped at the end."""
    url = server.start()
    try:
        if is_migrated:
            migrate(url, *MIGRATIONS)
        yield url
    finally:
        server.stop()


@dataclass(frozen=True, slots=True)
class LocalInstallation:
    """The port ``Installation`` on a home of this machine."""

    platform: Settings
    home: Home
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def folder(self) -> Path:
        """The home."""
        return self.home.folder

    @property
    def quarantine(self) -> Path:
        """Folder for rows that were set aside."""
        return self.home.quarantine

    @property
    def uploads(self) -> Path:
        """Uploaded tables while a job works on them."""
        return self.home.uploads

    @property
    def address(self) -> str:
        """Where this machine's browsers reach the API."""
        return address_of(self.platform.host, self.platform.port)

    @property
    def is_exposed(self) -> bool:
        """Whether the API listens on an address that is not of this machine alone."""
        return not _is_loopback(self.platform.host)

    @property
    def tables(self) -> DatasetStore:
        """The tables of the home."""
        return self.home.datastore()

    @property
    def limits(self) -> TableLimits:
        """How much a table may cost."""
        return TableLimits(self.platform.file_rows, self.platform.parse_timeout_s)

    def settings(self, group: type[G]) -> G:
        """Read a group from the environment."""
        return group()

    @contextmanager
    def database(self, *, pool_size: int = 2) -> Iterator[OpenDatabase]:
        """Open the database that ``database`` gives."""
        with database(self.platform, self.home) as url:
            opened = self.opened(url, pool_size=pool_size)
            try:
                yield opened
            finally:
                opened.engine.dispose()

    def opened(self, url: str, *, pool_size: int) -> OpenDatabase:
        """A migrated database that need not be there yet."""
        engine = open_engine(url, pool_size=pool_size)
        log = PostgresDecisionWriter(
            url, queue_limit=self.platform.ledger_queue, timeout_s=self.platform.ledger_timeout_s
        )
        trail = audit_trail(self)
        catalog = PostgresModelCatalog(engine, self.clock, trail, announcements_of(self))
        return OpenDatabase(url, engine, catalog, log, trail)

    def derived_key(self, purpose: str) -> bytes:
        """Derive a key from the installation's secret."""
        return self.home.derived_key(purpose)

    def announcements(self) -> Announcements:
        """What the product that tells people contributes."""
        return announcements_of(self)

    def car_values(self, database: OpenDatabase) -> CarValues:
        """What the product that values cars contributes."""
        return car_values(self, database)

    def personal_data(self) -> Sequence[PersonalData]:
        """What the cards contribute."""
        return personal_data()

    def branches(self, engine: Any) -> Branches:
        """What the product that keeps companies contributes."""
        return branches(engine)

    def files_of(self, version: ModelVersion) -> Files:
        """Read a version's files, and verify them."""
        return self.home.open_version(version)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def open_installation(settings: Settings) -> LocalInstallation:
    """The installation of the settings.

    Raises:
        UnavailableError: its home cannot be made.
    """
    return LocalInstallation(settings, home_of(settings))
