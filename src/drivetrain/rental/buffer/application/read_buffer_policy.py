"""Read the policy: the version in force and the history, from memory, as last read from the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drivetrain.core.errors import ConflictError, NotFoundError, UnavailableError
from drivetrain.rental.buffer.application.ports import PolicyStore, StoredPolicy
from drivetrain.rental.buffer.domain.policy import in_force


class ReadBufferPolicy:
    """The policy as this process knows it; replaced whole, so that reading needs no lock."""

    def __init__(self, store: PolicyStore) -> None:
        self._store = store
        self._known: tuple[StoredPolicy, ...] | None = None

    def reload(self) -> None:
        """Read all versions again. Blocking; called off the request path whenever one was added anywhere."""
        self._known = tuple(self._store.all())

    def history(self) -> Sequence[StoredPolicy]:
        """Every version, newest first.

        Raises:
            UnavailableError: the store was never reached.
        """
        if self._known is None:
            raise UnavailableError(
                "The policy has not been read yet; try again shortly.", code="rental.policy_not_read"
            )
        return self._known

    def version(self, version: int) -> StoredPolicy:
        """One version.

        Raises:
            NotFoundError: there is none of this number.
        """
        match = next((stored for stored in self.history() if stored.policy.version == version), None)
        if match is None:
            raise NotFoundError(
                f"The buffer policy has no version {version}.", code="rental.policy_not_found"
            )
        return match

    def in_force(self, instant: datetime) -> StoredPolicy:
        """The version that holds at an instant.

        Raises:
            ConflictError: none does yet.
        """
        history = self.history()
        policy = in_force((stored.policy for stored in history), instant)
        if policy is None:
            raise ConflictError(
                "No buffer policy is in force; an operator sets one with PUT /rental/buffer/policy.",
                code="rental.no_policy",
            )
        return next(stored for stored in history if stored.policy is policy)
