"""Telling people what is due: one message each, however much it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from drivetrain.core.announcements import Announcements, Letter
from drivetrain.core.text import shortened
from drivetrain.core.time import Clock
from drivetrain.market.alerts.application.ports import DueAlert, DueStore
from drivetrain.market.alerts.domain.saved_search import Notice
from drivetrain.market.listings.domain.listing import Listing
from drivetrain.market.listings.domain.money import Money
from drivetrain.market.search.application.ports import LiveCars

MESSAGE = "saved_searches"
MOST_PEOPLE = 500
"""Told in one transaction."""

MOST_NAMED = 10
"""Cars of a kind, and searches, that a message names; it counts the others."""

_LONGEST_LINE = 120
_LISTS: Mapping[Notice, str] = {
    Notice.NEW_MATCH: "new_cars",
    Notice.PRICE_DROP: "cheaper_cars",
    Notice.BACK_ON_SALE: "returned_cars",
    Notice.UNDER_RANGE: "good_deals",
}


@dataclass(frozen=True, slots=True)
class TellAlerts:
    """Writes messages in the transaction that notes alerts as told: neither is there without the other."""

    store: DueStore
    cars: LiveCars
    messages: Announcements
    clock: Clock

    def __call__(self) -> int | None:
        """How many alerts were due; None where another process tells them.

        Raises:
            UnavailableError: the database cannot be reached; nothing was told.
        """
        with self.store.telling() as batch:
            if batch is None:
                return None
            now = self.clock.now()
            alerts = batch.due(now, MOST_PEOPLE)
            if not alerts:
                return 0
            shown = self.cars.shown({each.listing for each in alerts})
            # of a car that is gone nobody need be told
            told = [each for each in alerts if each.listing in shown]
            letters = [
                Letter(person, written(list(theirs), shown))
                for person, theirs in groupby(told, key=lambda each: each.person)
            ]
            self.messages.tell(batch.connection, MESSAGE, letters)
            batch.note_told([each.alert_id for each in alerts], now)
            return len(alerts)


def written(alerts: Sequence[DueAlert], shown: Mapping[str, Listing]) -> dict[str, str]:
    """The arguments of a message about some alerts of one person; lists have a line for each item."""
    lines: dict[Notice, list[str]] = defaultdict(list)
    for alert in {(each.listing, each.notice): each for each in alerts}.values():
        lines[alert.notice].append(_line(alert, shown[alert.listing]))
    names = sorted({each.search_name for each in alerts})
    return {
        "cars": str(len({each.listing for each in alerts})),
        "searches": _listed(names),
        **{name: _listed(lines[notice]) for notice, name in _LISTS.items()},
    }


def _listed(lines: Sequence[str]) -> str:
    more = [f"+ {len(lines) - MOST_NAMED}"] if len(lines) > MOST_NAMED else []
    return "\n".join([*(shortened(line, longest=_LONGEST_LINE) for line in lines[:MOST_NAMED]), *more])


def _line(alert: DueAlert, listing: Listing) -> str:
    """A car and its price in figures that read the same in every language."""
    car = listing.car
    line = f"{car.make} {car.model} {car.year}: {_amount(Money(alert.price_minor, alert.currency))}"
    if alert.former_price_minor is None:
        return line
    return f"{line} (- {_amount(Money(alert.former_price_minor - alert.price_minor, alert.currency))})"


def _amount(money: Money) -> str:
    """Thousands apart by a thin space, as ISO 80000-1 has it for all languages."""
    amount = f"{money.amount:,.0f}" if money.amount == int(money.amount) else f"{money.amount:,.2f}"
    return f"{amount.replace(',', chr(0x202F))} {money.currency}"
