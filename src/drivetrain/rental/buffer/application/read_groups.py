"""Read how many rentals of an analysis are alike, to explore its table without its rows."""

from __future__ import annotations

from dataclasses import dataclass

from drivetrain.core.errors import ConflictError
from drivetrain.rental.buffer.application.ports import Analyses
from drivetrain.rental.buffer.application.records import AnalysisRecord, GroupsRecord


@dataclass(frozen=True, slots=True)
class GroupsAnswer:
    """The rentals of a table by what they share."""

    analysis_id: str
    record: AnalysisRecord
    groups: GroupsRecord


@dataclass(frozen=True, slots=True)
class ReadGroups:
    """Answers from a finished analysis: the rentals were counted once for each version of the table.

    Raises:
        NotFoundError, UnavailableError: as ``Analyses``.
    """

    find: Analyses

    def __call__(self, analysis_id: str | None = None) -> GroupsAnswer:
        """The groups of one analysis, of the current table without one.

        Raises:
            ConflictError: it failed, or was made before rentals were grouped.
        """
        analysis = self.find(analysis_id)
        groups = analysis.record.get("groups")
        if groups is None:
            raise ConflictError(
                "This table was analyzed by an earlier version; upload it again.",
                code="rental.analysis_without_groups",
            )
        return GroupsAnswer(analysis.analysis_id, analysis.record, groups)
