"""How the library of the queue is made to log."""

from __future__ import annotations

import logging

import pytest
from procrastinate.exceptions import ConnectorException
from psycopg import OperationalError

from drivetrain.adapters.tasks.worker import warn_of_lost_database


def logged(error: Exception | None) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, None)
    record = logging.LogRecord(
        "procrastinate.worker", logging.ERROR, "f", 1, "Side task failed", (), exc_info
    )
    assert warn_of_lost_database(record)
    return record


@pytest.mark.parametrize("error", [ConnectorException("away"), OperationalError("away")])
def test_a_lost_database_is_a_warning_without_a_traceback(error: Exception) -> None:
    record = logged(error)
    assert (record.levelno, record.levelname, record.exc_info) == (logging.WARNING, "WARNING", None)


@pytest.mark.parametrize("error", [ValueError("a bug"), None])
def test_any_other_error_stays_one(error: Exception | None) -> None:
    record = logged(error)
    assert record.levelno == logging.ERROR and (record.exc_info is None) == (error is None)
