"""Issuing API keys: what a key may be called, and the one key that every installation has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from drivetrain.core.access import (
    ADMIN_ROLE,
    PERSON_PREFIX,
    Caller,
    KeyRecord,
    KeyStore,
    PresentedKey,
    ScopeSet,
    mint_key,
    parse_key,
)
from drivetrain.core.errors import InvalidInputError, UnauthenticatedError
from drivetrain.core.text import is_plain
from drivetrain.core.time import Clock

ADMIN = "admin"
"""Name of the key that an installation is made with."""

COMMAND_LINE = "command line"
RESERVED = frozenset({"up", "gate", "guard rail", "platform", "settings", COMMAND_LINE})
"""Who acts without a key. A key of such a name could speak in the history as the platform."""

_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. ``text`` is shown once and stored nowhere."""

    text: str
    record: KeyRecord


@dataclass(frozen=True, slots=True)
class KeyIssuer:
    """Makes the keys of one installation.

    Attributes:
        pepper: under which keys are hashed.
        environment: stands in the text of every key.
    """

    keys: KeyStore
    scopes: ScopeSet
    pepper: bytes
    environment: str
    clock: Clock

    def create(
        self, *, name: str, grants: Sequence[str], days: int | None, actor: str, owner: Caller | None = None
    ) -> NewKey:
        """Make a key.

        Args:
            grants: roles and scopes.
            days: until it expires; None for never.
            owner: the person whose key it is; None for a key of the installation.

        Raises:
            InvalidInputError: the name is empty, odd or reserved, or a grant is not known.
            ConflictError: a live key of this name exists.
        """
        check_key_name(name)
        if not grants:
            raise InvalidInputError(
                f"Give the key a role ({', '.join(self.scopes.roles)}) or a scope.", code="keys.no_grant"
            )
        return self._add(mint_key(self.environment), name, grants, days, actor, owner)

    def create_admin_key(self) -> NewKey | None:
        """Make the admin key; None where there is a live one."""
        return None if self._live_admin_keys() else self._add_admin_key(mint_key(self.environment), "up")

    def adopt_admin_key(self, text: str) -> None:
        """Make a given key the admin key; the former one ends.

        Raises:
            InvalidInputError: the text is not a well-formed key.
        """
        key = _parse_given(text)
        former = self._live_admin_keys()
        if any(record.key_id == key.key_id for record in former):
            return
        for record in former:
            self.keys.revoke(record.key_id, self.clock.now(), actor="settings")
        self._add_admin_key(key, "settings")

    def _live_admin_keys(self) -> list[KeyRecord]:
        return [
            record
            for record in self.keys.all()
            if record.name == ADMIN and record.person is None and record.revoked_at is None
        ]

    def _add_admin_key(self, key: PresentedKey, actor: str) -> NewKey:
        return self._add(key, ADMIN, [ADMIN_ROLE], None, actor)

    def _add(
        self,
        key: PresentedKey,
        name: str,
        grants: Sequence[str],
        days: int | None,
        actor: str,
        owner: Caller | None = None,
    ) -> NewKey:
        now = self.clock.now()
        expires_at = None if days is None else now + timedelta(days=days)
        record = KeyRecord(
            key.key_id, name, self.scopes.granted(grants), key.digest(self.pepper), now, actor, expires_at
        )
        if owner is not None:
            record = replace(record, person=owner.person, company=owner.company, branch=owner.branch)
        self.keys.add(record)
        return NewKey(key.text, record)


def check_key_name(name: str) -> None:
    """Refuse a name that is not plain text or under which the platform itself acts.

    Raises:
        InvalidInputError: it is one.
    """
    if not name.strip() or not is_plain(name, longest=_LONGEST_NAME):
        raise InvalidInputError(
            f"The name must be 1 to {_LONGEST_NAME} characters of plain text.", code="keys.bad_name"
        )
    plain = name.strip().lower()
    if plain in RESERVED or plain.startswith(PERSON_PREFIX) or name.endswith(f"({COMMAND_LINE})"):
        raise InvalidInputError(
            f"{name!r} is reserved for the platform itself; choose another name.", code="keys.bad_name"
        )


def _parse_given(text: str) -> PresentedKey:
    try:
        return parse_key(text)
    except UnauthenticatedError as error:
        raise InvalidInputError(
            "DRIVETRAIN_ADMIN_KEY is not a well-formed key; create one with `drivetrain keys mint`.",
            code="keys.malformed",
        ) from error
