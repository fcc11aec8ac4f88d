"""The supervisor's questions to a database that is away: no answer is no error."""

from __future__ import annotations

import psycopg
import pytest

from drivetrain.adapters.postgres import last_release as module
from drivetrain.adapters.postgres.last_release import last_release


def test_a_database_that_is_away_gives_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def connect(conninfo: str, **_: object) -> None:
        asked.append(conninfo)
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(psycopg, "connect", connect)
    assert last_release("postgresql+psycopg://drivetrain@db/prices") is None
    options = psycopg.conninfo.conninfo_to_dict(asked[0])
    # SQLAlchemy's name of the driver is none of libpq's; who waits is the supervisor, so not for long
    assert (options["host"], options["dbname"], options["user"]) == ("db", "prices", "drivetrain")
    assert options["connect_timeout"] == str(module._TIMEOUT_S)
    assert options["application_name"] == "drivetrain supervisor"
