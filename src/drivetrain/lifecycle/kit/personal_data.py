"""What products hold about a person: given to them, and erased, together with their account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID


class PersonalData(Protocol):
    """Rows of a product that belong to a person.

    Every method works in the transaction of the account. ``connection`` is one of SQLAlchemy, typed loosely because
    this layer knows no SQL library.
    """

    def exported(self, connection: Any, person: UUID) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The rows, by the name of their table.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...

    def erase(self, connection: Any, person: UUID) -> None:
        """Delete the rows, with all that hangs on them.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        ...
