"""Score a folder of files: plan, go on where a stopped run ended, check that every row came out once."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from drivetrain.core.errors import ConflictError, FieldError, UnavailableError, UnreadableInputError
from drivetrain.core.progress import Progress
from drivetrain.trips.bulk.application.ports import FragmentReport, PackedModel, RideFolders, ScoringEngine
from drivetrain.trips.bulk.domain.bulk import Fragment, ModelStamp, plan, progress_of, summary_of


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What became of a folder.

    Attributes:
        rows: rows of all files, each of them in the output once.
        unknown_areas: rows with a place outside the city, or unknown.
        unanswered: rows without a start that exists.
        kept_rows: rows whose output was there already and was not made again.
        summary: as it is written beside the outputs.
    """

    model: ModelStamp
    rows: int
    unknown_areas: int
    unanswered: int
    kept_rows: int
    summary: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ScoreFiles:
    """Scores every file of a folder with one version.

    However often it is stopped and run again, rows come once.
    """

    folders: RideFolders
    engine: ScoringEngine
    progress: Progress

    def __call__(self, model: PackedModel) -> FolderReport:
        """Score what is not scored yet.

        Raises:
            InvalidInputError: the input cannot be scored as it is; nothing was done.
            ConflictError: the output folder holds something else, or another run works there.
            UnreadableInputError: files are damaged; the others are done.
            UnavailableError: no room on the disk, or the engine is away; run it again to go on.
        """
        sources = self.folders.sources()
        fragments = plan(sources.files)
        with self.folders.claimed():
            before = progress_of(fragments, self.folders.written(), model.stamp)
            if before.pending or sources.damaged:
                self.folders.clear()
            errors = {
                path: FieldError("trips.damaged_file", reason, path)
                for path, reason in sources.damaged.items()
            }
            errors |= self._run(before.pending, model)
            if errors:
                raise _failed(errors, len(sources.files) + len(sources.damaged))
            after = progress_of(fragments, self.folders.written(), model.stamp)
            if after.pending:
                raise ConflictError(
                    f"{after.pending[0].output} has vanished; run it again.", code="trips.output_vanished"
                )
            summary = summary_of(sources.files, after.done, model.stamp)
            self.folders.clear()
            self.folders.write_summary(summary)
        stamps = after.done.values()
        return FolderReport(
            model=model.stamp,
            rows=sum(stamp.rows for stamp in stamps),
            unknown_areas=sum(stamp.unknown_areas for stamp in stamps),
            unanswered=sum(stamp.unanswered for stamp in stamps),
            kept_rows=sum(stamp.rows for stamp in before.done.values()),
            summary=summary,
        )

    def _run(self, pending: tuple[Fragment, ...], model: PackedModel) -> dict[str, FieldError]:
        """Have the fragments scored; what is wrong with a file, by its path."""
        errors: dict[str, FieldError] = {}
        if not pending:
            return errors
        rows = sum(fragment.rows for fragment in pending)
        with (
            self.progress.stage("score", total=rows, unit="rows") as stage,
            closing(self.engine.run(pending, model)) as reports,
        ):
            for report in reports:
                stage.advance(report.rows)
                if report.failure is not None:
                    errors[report.source] = _error(report)
        return errors


def _error(report: FragmentReport) -> FieldError:
    """What is wrong with a file.

    Raises:
        UnavailableError: something is wrong that the other files would meet as well.
    """
    failure = report.failure
    if failure is None:
        raise AssertionError("asked for a report with a failure only")
    if failure.stops:
        raise UnavailableError(failure.detail, code=failure.code)
    return FieldError(failure.code, failure.detail, report.source)


def _failed(errors: Mapping[str, FieldError], files: int) -> UnreadableInputError:
    verb = "file could" if files == 1 else "files could"
    return UnreadableInputError(
        f"{len(errors)} of {files} {verb} not be scored; the others are done. Repair or remove them and run it again.",
        code="trips.files_failed",
        errors=[errors[path] for path in sorted(errors)],
    )
