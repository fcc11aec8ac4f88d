"""Set a new version of the buffer policy; earlier ones are kept as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from drivetrain.core.errors import ConflictError, DrivetrainError, InvalidInputError
from drivetrain.core.time import Clock
from drivetrain.rental.buffer.application.ports import Analyses, PolicyStore, StoredPolicy
from drivetrain.rental.buffer.application.read_buffer_policy import ReadBufferPolicy
from drivetrain.rental.buffer.domain.policy import BufferPolicy
from drivetrain.rental.buffer.domain.rule import LONGEST_GAP_MIN, BufferRule

_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SetBufferPolicy:
    """Saves a version and ties it to the analysis of the current table, whose figures it then promises.

    Raises:
        UnavailableError: the version could not be stored.
    """

    store: PolicyStore
    policies: ReadBufferPolicy
    find: Analyses
    clock: Clock

    def __call__(
        self,
        rule: BufferRule,
        *,
        reason: str,
        author: str,
        effective_from: datetime | None = None,
        shift_up_to_min: int = LONGEST_GAP_MIN,
        expected_version: int | None = None,
    ) -> StoredPolicy:
        """Save a version that holds from ``effective_from`` (aware; now when None) on.

        Args:
            expected_version: the version the author thinks is the newest (0 for none); None for any.

        Raises:
            InvalidInputError: the policy lacks a reason or an author, or would have taken effect in the past.
            ConflictError: somebody else saved a version meanwhile.
        """
        now = self.clock.now()
        if effective_from is not None and effective_from < now - _CLOCKS_DIFFER:
            raise InvalidInputError(
                "A policy cannot take effect in the past: checks were answered by another one then.",
                code="rental.policy_in_the_past",
            )
        newest = max((stored.policy.version for stored in self.store.all()), default=0)
        if expected_version is not None and expected_version != newest:
            raise ConflictError(
                f"The newest version is {newest}, not {expected_version}; look at it, then decide again.",
                code="rental.policy_changed",
            )
        policy = BufferPolicy(newest + 1, rule, reason, author, effective_from or now, shift_up_to_min)
        stored = StoredPolicy(policy, now, self._promising_analysis())
        self.store.add(stored)
        self.policies.reload()
        return stored

    def _promising_analysis(self) -> str | None:
        """The current table's analysis; a policy can be set without one, and then promises nothing."""
        try:
            return self.find().analysis_id
        except DrivetrainError:
            return None
