"""The table of everybody's searches, kept in step with what people save."""

from __future__ import annotations

from drivetrain.core.changes import ChangeLog, Position
from drivetrain.market.alerts.application.ports import SearchStore
from drivetrain.market.alerts.domain.scopes import SAVED_SEARCHES
from drivetrain.market.alerts.domain.search_table import SearchTable
from drivetrain.market.search.domain.rates import RateTable


class FollowSearches:
    """Reads the searches of those people again who have changed any."""

    def __init__(self, searches: SearchStore, changes: ChangeLog, rates: RateTable) -> None:
        self._searches = searches
        self._changes = changes
        self._rates = rates
        self._position: Position | None = None
        self.table = SearchTable(rates)

    def look(self) -> None:
        """Take in what has changed since the last look; everything at the first one.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        page = self._changes.read(self._position)
        if self._position is None or not page.is_complete:
            self._read_all()
        else:
            people = {
                each.owner for each in page.changes if each.topic == SAVED_SEARCHES and each.owner is not None
            }
            if people:
                for person in people:
                    self.table.remove(self.table.ids_of(person.hex))
                self.table.put(self._searches.of_people(people))
        self._position = page.position

    def _read_all(self) -> None:
        table = SearchTable(self._rates)
        for piece in self._searches.all():
            table.put(piece)
        self.table = table
