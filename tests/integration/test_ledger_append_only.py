"""Nobody rewrites the ledger, not even by hand."""

from __future__ import annotations

import psycopg
import pytest


@pytest.mark.parametrize(
    "table", ["decisions", "outcomes", "model_releases", "model_approvals", "trip_outcomes"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_lines_are_added_and_never_changed(migrated_url: str, table: str, statement: str) -> None:
    """Refused for the statement itself: a table without a single row refuses as well."""
    column = {"outcomes": "name", "trip_outcomes": "source"}.get(table, "version")
    with (
        psycopg.connect(migrated_url) as connection,
        pytest.raises(psycopg.errors.RestrictViolation) as raised,
    ):
        connection.execute(statement.format(f"drivetrain.{table}", column, column))
    assert f"drivetrain.{table} is append-only" in str(raised.value) or "CASCADE" in statement
