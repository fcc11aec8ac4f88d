"""Reading the address of a search as filters, and filters that are stored."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.datastructures import QueryParams

from drivetrain.core.errors import ContractError, FieldError
from drivetrain.market.alerts.application.ports import ReadAddress
from drivetrain.market.search.adapters.parameters import read_limits, read_search
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.application.search_listings import with_text
from drivetrain.market.search.domain.query import SearchQuery, Sort
from drivetrain.market.search.domain.reading import read_text

LONGEST_ADDRESS = 4_000
_MOST_PARAMETERS = 200


@dataclass(frozen=True, slots=True)
class SearchReader:
    """The port ``ReadSearch``.

    Attributes:
        currency: of prices where neither the address nor its text names one.
    """

    following: FollowListings
    currency: str

    def __call__(self, address: str, /) -> ReadAddress:
        """The filters of an address, those of its text among them; its order and page are left out."""
        parameters = QueryParams(address.removeprefix("?"))
        if len(parameters.multi_items()) > _MOST_PARAMETERS:
            detail = f"A search has at most {_MOST_PARAMETERS} parameters."
            raise ContractError([FieldError("market.too_many_parameters", detail, pointer="/search")])
        snapshot = self.following.snapshot
        asked = read_search(parameters, self.currency, snapshot.places)
        query = replace(asked.query, sort=Sort.NEWEST, cursor=None)
        if not asked.text:
            return ReadAddress(query)
        read = read_text(asked.text, snapshot.lexicon)
        return ReadAddress(with_text(query, read, asked.currency), read.unread)


def stored_query(filters: str) -> SearchQuery:
    """Filters that ``address_of`` wrote."""
    return read_limits(QueryParams(filters)).query
