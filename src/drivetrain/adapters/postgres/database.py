"""Reaching PostgreSQL: where it is, how long to wait for it, and what its errors mean to a caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Connection, Engine, create_engine, exc, text

from drivetrain.core.errors import DrivetrainError, InvalidInputError, StorageFullError, UnavailableError

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 30.0
"""No statement of ours takes a tenth of this; whatever does waits for a lock that nobody gives back."""

KEEP_DURABLE = (
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
)
"""A server may be set to answer before a commit is on disk; what we acknowledge must survive. Stricter
settings stay."""


_SILENCE = {
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
"""A server that went away without a word is noticed in 40 s, even by a statement that may take as long as it
likes."""


def conninfo(
    url: str,
    *,
    application: str,
    statement_timeout_s: float | None = STATEMENT_TIMEOUT_S,
    search_path: str = "public",
) -> str:
    """The connection string for libpq: the caller's URL with our timeouts, UTC and UTF-8.

    Args:
        url: ``postgresql://user@host/name`` or with ``?host=/folder/of/the/socket``; the SQLAlchemy form
            ``postgresql+psycopg://`` too.
        application: shown in ``pg_stat_activity``.
        statement_timeout_s: longest a statement may take; None for no limit.
        search_path: for the statements of a library that names no schema.

    Raises:
        InvalidInputError: libpq cannot read the URL. The URL is not repeated: it may hold a password.
    """
    try:
        options_given = conninfo_to_dict(url.replace("postgresql+psycopg://", "postgresql://", 1))
    except psycopg.ProgrammingError:
        raise InvalidInputError(
            "The database URL cannot be read; it should look like postgresql://user@host:5432/name.",
            code="database.url_invalid",
        ) from None
    # Every name of ours is qualified. A path of its own, because a database user who is called like our
    # schema would otherwise have it as the default.
    settings = {"timezone": "UTC", "search_path": search_path}
    if statement_timeout_s is not None:
        settings["statement_timeout"] = str(int(statement_timeout_s * 1000))
    options = [options_given.get("options"), *(f"-c {name}={value}" for name, value in settings.items())]
    ours = {
        "options": " ".join(str(option) for option in options if option),
        "application_name": f"drivetrain {application}",
        "client_encoding": "UTF8",
    }
    return make_conninfo("", **{"connect_timeout": CONNECT_TIMEOUT_S, **_SILENCE, **options_given, **ours})


def open_engine(url: str, *, pool_size: int) -> Engine:
    """An engine for everything but the ledger's hot path. Nothing is connected before it is used.

    Raises:
        InvalidInputError: the URL cannot be read.
    """
    dsn = conninfo(url, application="engine")
    return create_engine(
        "postgresql+psycopg://",
        # libpq reads its own URLs: sockets, several hosts, service files
        creator=lambda: psycopg.connect(dsn),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT_S,
        pool_pre_ping=True,
    )


def ping(engine: Engine) -> None:
    """Ask the server for nothing at all.

    Raises:
        UnavailableError: it does not answer.
    """
    with translating(), engine.connect() as connection:
        connection.execute(text("SELECT 1"))


@contextmanager
def transaction(engine: Engine, *, conflict: DrivetrainError | None = None) -> Iterator[Connection]:
    """A transaction that commits at the end of the block, its errors translated."""
    with translating(conflict=conflict), engine.begin() as connection:
        yield connection


@contextmanager
def translating(*, conflict: DrivetrainError | None = None) -> Iterator[None]:
    """Turn the errors of psycopg and SQLAlchemy into ours; the one place where that happens.

    Args:
        conflict: what a violated unique or foreign key means here; None where it would be our bug.

    Raises:
        UnavailableError: the server cannot be reached, has no tables yet, grants too little, or its disk is full
            (StorageFullError).
        InvalidInputError: a value that PostgreSQL cannot store.
        DrivetrainError: ``conflict``.
    """
    try:
        yield
    except (psycopg.Error, exc.SQLAlchemyError) as error:
        ours = _translated(error, conflict)
        if ours is None:
            raise
        raise ours from error


class Meaning(Enum):
    """What an error of the database means to a caller."""

    AWAY = "lost, starting, shutting down, read-only after a fail-over, out of memory or out of time"
    FULL = "its disk has no room"
    BUSY = "every connection of the pool is in use"
    NOT_MIGRATED = "our tables are not there"
    NOT_ALLOWED = "the database user lacks a right, until somebody grants it"
    REFUSED = "it cannot store these values; sending them again cannot help"
    CONFLICT = "a row of this key exists, or the row it refers to does not"
    BUG = "our statement is wrong"


MEANINGS: Mapping[type[Exception], Meaning] = {
    psycopg.InterfaceError: Meaning.AWAY,
    psycopg.OperationalError: Meaning.AWAY,
    psycopg.InternalError: Meaning.AWAY,
    errors.DiskFull: Meaning.FULL,
    errors.SnapshotTooOld: Meaning.AWAY,
    errors.ProgramLimitExceeded: Meaning.REFUSED,  # class 54: nested too deeply, too long for an index
    errors.StatementTooComplex: Meaning.REFUSED,
    errors.TooManyColumns: Meaning.REFUSED,
    errors.TooManyArguments: Meaning.REFUSED,
    errors.ProtocolViolation: Meaning.REFUSED,  # values that are cut short
    psycopg.DataError: Meaning.REFUSED,  # class 22, or found by psycopg before sending
    psycopg.IntegrityError: Meaning.REFUSED,  # class 23: a rule of the table
    errors.UniqueViolation: Meaning.CONFLICT,
    errors.ForeignKeyViolation: Meaning.CONFLICT,
    psycopg.ProgrammingError: Meaning.BUG,
    errors.InsufficientPrivilege: Meaning.NOT_ALLOWED,
    errors.UndefinedTable: Meaning.NOT_MIGRATED,
    errors.UndefinedObject: Meaning.NOT_MIGRATED,
    errors.InvalidSchemaName: Meaning.NOT_MIGRATED,
    psycopg.NotSupportedError: Meaning.BUG,
    errors.NoData: Meaning.BUG,
    errors.NoAdditionalDynamicResultSetsReturned: Meaning.BUG,
    errors.SqlStatementNotYetComplete: Meaning.BUG,
    errors.TriggeredActionException: Meaning.BUG,
    errors.InvalidTransactionInitiation: Meaning.BUG,
    errors.LocatorException: Meaning.BUG,
    errors.InvalidLocatorSpecification: Meaning.BUG,
    errors.InvalidGrantor: Meaning.BUG,
    errors.InvalidGrantOperation: Meaning.BUG,
    errors.InvalidRoleSpecification: Meaning.BUG,
    errors.DiagnosticsException: Meaning.BUG,
    errors.StackedDiagnosticsAccessedWithoutActiveHandler: Meaning.BUG,
    exc.TimeoutError: Meaning.BUSY,
    exc.DisconnectionError: Meaning.AWAY,
    exc.ArgumentError: Meaning.BUG,
    exc.CircularDependencyError: Meaning.BUG,
    exc.CompileError: Meaning.BUG,
    exc.IdentifierError: Meaning.BUG,
    exc.InvalidRequestError: Meaning.BUG,
    exc.StatementError: Meaning.BUG,
}
"""By class; a subclass means what its nearest ancestor here means. The roots are missing on purpose, so that a
test notices a kind of error that a new version of psycopg or SQLAlchemy brings."""


def meaning_of(kind: type[BaseException]) -> Meaning | None:
    """What a class of error means; None for one that nobody has looked at, which counts as our bug."""
    return next((MEANINGS[ancestor] for ancestor in kind.__mro__ if ancestor in MEANINGS), None)


def _translated(error: Exception, conflict: DrivetrainError | None) -> DrivetrainError | None:
    """The error in our words; None where it is our bug."""
    cause = (error.orig or error) if isinstance(error, exc.DBAPIError) else error
    meaning = meaning_of(type(cause))
    if meaning is Meaning.CONFLICT:
        return conflict
    if meaning is Meaning.REFUSED:
        return InvalidInputError(f"The database cannot store this: {reason(cause)}.", code="database.refused")
    if meaning is Meaning.NOT_ALLOWED:
        return UnavailableError(
            f"The platform's database user lacks a right: {reason(cause)}. Its administrator must grant it.",
            code="database.not_allowed",
            retry_after_s=30,
        )
    return _passing(meaning)


def _passing(meaning: Meaning | None) -> UnavailableError | None:
    """What a caller may wait for; None where waiting cannot help."""
    match meaning:
        case Meaning.NOT_MIGRATED:
            return UnavailableError(
                "The database has no drivetrain tables; run the migrations (`drivetrain up` does).",
                code="database.not_migrated",
                retry_after_s=5,
            )
        case Meaning.BUSY:
            return UnavailableError(
                "The database is busy; try again shortly.", code="database.unavailable", retry_after_s=1
            )
        case Meaning.FULL:
            return StorageFullError("The disk of the database is full; try again later.", retry_after_s=30)
        case Meaning.AWAY:
            return UnavailableError(
                "The database cannot be reached.", code="database.unavailable", retry_after_s=2
            )
    return None


def is_refusal(error: psycopg.Error) -> bool:
    """True when PostgreSQL refuses the values themselves, a row that exists included: a retry cannot help."""
    return meaning_of(type(error)) in {Meaning.REFUSED, Meaning.CONFLICT}


def reason(error: BaseException) -> str:
    """The first line of what PostgreSQL said, without the rows it quotes in its details."""
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return primary or type(error).__name__
