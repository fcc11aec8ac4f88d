"""Rows that belong to a person, told by a column of their table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, Table, Uuid, delete, select

from drivetrain.core.access import subject_of


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """The port ``PersonalData`` on tables.

    Attributes:
        columns: that name the person, as an id or as the subject of the ledger; of each table one. Erased in this
            order, so tables that others refer to come last, unless the database deletes what refers to them.
    """

    columns: Sequence[Column[Any]]

    def exported(self, connection: Connection, person: UUID) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The rows by table, without hashes and sealed columns; names as plain strings."""
        return {
            str(table.name): [
                {str(name): value for name, value in row.items()}
                for row in connection.execute(select(*_shown(table)).where(theirs)).mappings()
            ]
            for table, theirs in self._parts(person)
        }

    def erase(self, connection: Connection, person: UUID) -> None:
        """Delete the rows."""
        for table, theirs in self._parts(person):
            connection.execute(delete(table).where(theirs))

    def _parts(self, person: UUID) -> Iterator[tuple[Table, ColumnElement[bool]]]:
        for column in self.columns:
            name = person if isinstance(column.type, Uuid) else subject_of(person)
            yield column.table, column == name


def _shown(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if not isinstance(column.type, LargeBinary)]
