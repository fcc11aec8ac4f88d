"""Connection strings, and what a vendor's error means to a caller."""

from __future__ import annotations

import psycopg
import psycopg_pool
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import PoolTimeout
from sqlalchemy import exc

from drivetrain.adapters.postgres.database import (
    MEANINGS,
    Meaning,
    conninfo,
    is_refusal,
    meaning_of,
    translating,
)
from drivetrain.core.errors import (
    ConflictError,
    DrivetrainError,
    InvalidInputError,
    StorageFullError,
    UnavailableError,
)


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("postgresql://app:secret@db.example:6432/prod", "db.example", "prod"),
        ("postgresql+psycopg://app@db.example/prod", "db.example", "prod"),  # the SQLAlchemy form
        ("postgresql://app@/prod?host=/var/run/pg", "/var/run/pg", "prod"),  # a socket
        ("postgresql://app@one,two/prod", "one,two", "prod"),  # several hosts
        ("host=db.example dbname=prod", "db.example", "prod"),  # keywords
    ],
)
def test_every_form_of_address_is_understood(url: str, host: str, name: str) -> None:
    given = conninfo_to_dict(conninfo(url, application="test"))
    assert (given["host"], given["dbname"]) == (host, name)
    assert given["application_name"] == "drivetrain test"


def test_our_timeouts_join_the_callers_options() -> None:
    url = "postgresql://db/prod?options=-c%20lock_timeout%3D9&connect_timeout=2"
    given = conninfo_to_dict(conninfo(url, application="test", statement_timeout_s=1.5))
    assert (
        given["options"]
        == "-c lock_timeout=9 -c timezone=UTC -c search_path=public -c statement_timeout=1500"
    )
    assert given["connect_timeout"] == "2"


def test_no_statement_timeout_is_set_without_one() -> None:
    assert conninfo_to_dict(conninfo("postgresql://db/prod", application="test", statement_timeout_s=None))[
        "options"
    ] == ("-c timezone=UTC -c search_path=public")


@pytest.mark.parametrize(
    "url", ["mysql://user:secret@host/name", "postgresql://user:secret@host/name?no_such_option=1", "secret"]
)
def test_an_unreadable_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        conninfo(url, application="test")
    assert raised.value.code == "database.url_invalid"
    assert "secret" not in str(raised.value)
    assert raised.value.__cause__ is None


TRANSLATIONS = [
    (psycopg.OperationalError("connection refused"), UnavailableError, "database.unavailable"),
    (psycopg.errors.AdminShutdown(), UnavailableError, "database.unavailable"),
    (psycopg.errors.QueryCanceled(), UnavailableError, "database.unavailable"),  # the statement timeout
    (psycopg.errors.DiskFull(), StorageFullError, "data.disk_full"),
    (psycopg.errors.ReadOnlySqlTransaction(), UnavailableError, "database.unavailable"),  # a replica
    (psycopg.InterfaceError("the connection is closed"), UnavailableError, "database.unavailable"),
    (PoolTimeout(), UnavailableError, "database.unavailable"),
    (exc.TimeoutError(), UnavailableError, "database.unavailable"),
    (psycopg.errors.UndefinedTable(), UnavailableError, "database.not_migrated"),
    (psycopg.errors.InsufficientPrivilege(), UnavailableError, "database.not_allowed"),
    (psycopg.errors.InvalidTextRepresentation(), InvalidInputError, "database.refused"),
    # said by psycopg itself
    (psycopg.DataError("text cannot contain NUL"), InvalidInputError, "database.refused"),
    (psycopg.errors.StatementTooComplex(), InvalidInputError, "database.refused"),  # JSON nested too deeply
    (psycopg.errors.CheckViolation(), InvalidInputError, "database.refused"),
    (psycopg.errors.UniqueViolation(), ConflictError, "resource.conflict"),
    (psycopg.errors.ForeignKeyViolation(), ConflictError, "resource.conflict"),
]


@pytest.mark.parametrize("through_sqlalchemy", [False, True])
@pytest.mark.parametrize(("error", "kind", "code"), TRANSLATIONS, ids=lambda value: type(value).__name__)
def test_every_expected_error_becomes_ours(
    error: Exception, kind: type[DrivetrainError], code: str, through_sqlalchemy: bool
) -> None:
    if through_sqlalchemy and isinstance(error, psycopg.Error):
        error = exc.DBAPIError("SELECT 1", None, error)
    with pytest.raises(kind) as raised, translating(conflict=ConflictError("taken")):
        raise error
    assert raised.value.code == code
    assert raised.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.UniqueViolation(),  # the caller named no conflict, so this is our bug
        psycopg.errors.SyntaxError(),
        FileNotFoundError(),  # not the database's at all
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_a_bug_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, translating():
        raise error
    assert raised.value is error


ROOTS = {psycopg.Error, psycopg.DatabaseError, exc.SQLAlchemyError}
"""Raised by nobody; were they in the map, no new kind of error would be noticed."""


def public_errors() -> list[type[Exception]]:
    """Every class of error of psycopg and of SQLAlchemy's core, and what the pool adds."""
    modules = (psycopg, psycopg.errors, psycopg_pool, exc)
    kinds = {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
    return sorted(
        (
            kind
            for kind in kinds
            if issubclass(kind, psycopg.Error | exc.SQLAlchemyError)
            and kind not in ROOTS
            # carries psycopg's error, which is what counts
            and not issubclass(kind, exc.DBAPIError)
        ),
        key=lambda kind: (kind.__module__, kind.__name__),
    )


def test_every_class_of_error_has_a_meaning() -> None:
    kinds = public_errors()
    assert len(kinds) > 250  # they were found
    assert [kind.__name__ for kind in kinds if meaning_of(kind) is None] == []


def test_no_root_of_errors_is_in_the_map() -> None:
    assert ROOTS.isdisjoint(MEANINGS)
    assert meaning_of(type("ErrorOfTomorrow", (psycopg.DatabaseError,), {})) is None


def test_classes_agree_with_the_states_of_postgresql() -> None:
    """Wrong data, a broken rule and too much of it are refusals by their state, however psycopg sorts them."""
    for kind in public_errors():
        state = getattr(kind, "sqlstate", None)
        if state is not None:
            assert is_refusal(kind()) == (state[:2] in {"22", "23", "54"} or state == "08P01"), kind


def test_an_error_that_wraps_nothing_is_our_bug() -> None:
    assert meaning_of(exc.StatementError) is Meaning.BUG
    with pytest.raises(exc.StatementError), translating():
        raise exc.StatementError("a value of no column type", "SELECT 1", {}, None)
