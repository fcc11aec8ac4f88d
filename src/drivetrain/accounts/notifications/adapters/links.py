"""The links of mails, derived from the rows of one-time tokens when a mail is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from drivetrain.accounts.notifications.application.ports import Link
from drivetrain.accounts.people.adapters.tables import one_time_tokens
from drivetrain.accounts.people.domain.tokens import OneTimeToken
from drivetrain.core.time import Clock


@dataclass(frozen=True, slots=True)
class TokenLinks:
    """The port ``Links``.

    Attributes:
        address_of: the whole address of a token's link.
    """

    address_of: Callable[[OneTimeToken], str]
    clock: Clock

    def link(self, connection: Connection, token_id: UUID) -> Link | None:
        """The link of a token that is still good; None for any other."""
        columns = one_time_tokens.c
        query = select(one_time_tokens).where(
            columns.token_id == token_id, columns.used_at.is_(None), columns.expires_at > self.clock.now()
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        token = OneTimeToken(row.token_id, row.purpose, row.person_id, row.created_at, row.expires_at)
        return Link(self.address_of(token), row.expires_at)
