"""Compare the expected effect of a policy with newer rentals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivetrain.core.errors import ConflictError, InvalidInputError
from drivetrain.core.time import Clock
from drivetrain.rental.buffer.application.ports import Analyses, FinishedAnalysis, StoredPolicy
from drivetrain.rental.buffer.application.read_buffer_policy import ReadBufferPolicy
from drivetrain.rental.buffer.application.wording import share

if TYPE_CHECKING:
    from drivetrain.rental.buffer.domain.outcome import PolicyOutcome


@dataclass(frozen=True, slots=True, eq=False)
class ComparedOutcome:
    """A policy on the table it was set by and on a later one."""

    policy: StoredPolicy
    promised_by: FinishedAnalysis
    observed_in: FinishedAnalysis
    outcome: PolicyOutcome

    def words(self) -> str:
        """The comparison as a sentence."""
        promised = share(float(self.outcome.promised["conflict_rate_left"].value))
        observed = share(float(self.outcome.observed["conflict_rate_left"].value))
        rates = f"{observed} of the bookings that keep the gap were in conflict, {promised} were promised"
        sentence = {
            "better": f"Better than promised: {rates}.",
            "as_promised": f"Nothing speaks against the promise: {rates}, a difference within chance.",
            "worse": f"Worse than promised: {rates}.",
            "unknown": "There is too little to compare: one of the tables has no booking with a known previous delay.",
        }[self.outcome.verdict.value]
        below = float(self.outcome.observed["below"].value)
        if below:
            sentence += f" {below:,.0f} bookings still lie below the threshold, so the policy was not kept to everywhere."
        return sentence


@dataclass(frozen=True, slots=True)
class CompareOutcome:
    """Judges a policy by rentals that came after it.

    Raises:
        NotFoundError, UnavailableError, ConflictError: as ``Analyses``.
    """

    policies: ReadBufferPolicy
    find: Analyses
    clock: Clock

    def __call__(self, analysis_id: str, *, version: int | None = None) -> ComparedOutcome:
        """Compare a policy version (that in force when None) with the analysis of newer rentals.

        Raises:
            ConflictError: the version was set without an analysis, so it promised nothing.
            InvalidInputError: the analysis is the one that promised, or was resampled differently.
        """
        from drivetrain.rental.buffer.domain.outcome import compare_outcome  # SciPy: only for those who ask

        stored = (
            self.policies.in_force(self.clock.now()) if version is None else self.policies.version(version)
        )
        if stored.analysis_id is None:
            raise ConflictError(
                f"Version {stored.policy.version} was set before any table was analyzed, so it promised nothing.",
                code="rental.policy_without_promise",
            )
        earlier, later = self.find(stored.analysis_id), self.find(analysis_id)
        if earlier.record["table"]["sha256"] == later.record["table"]["sha256"]:
            raise InvalidInputError(
                "These are the rentals the policy was set by; upload newer ones.",
                code="rental.outcome_of_the_same_table",
            )
        if earlier.record["draws"] != later.record["draws"]:
            raise InvalidInputError(
                "The two tables were analyzed by different methods; upload the newer one again.",
                code="rental.outcome_not_comparable",
            )
        outcome = compare_outcome(
            self.find.working(earlier).counts, self.find.working(later).counts, stored.policy.rule
        )
        return ComparedOutcome(stored, earlier, later, outcome)
