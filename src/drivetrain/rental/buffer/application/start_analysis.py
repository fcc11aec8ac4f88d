"""Start the analysis of a table that somebody sent; it runs in the background and is kept by its id."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drivetrain.core.time import Clock
from drivetrain.lifecycle.kit.jobs import JobStarter
from drivetrain.rental.buffer.application.jobs import ANALYZE_UPLOAD, TOTAL
from drivetrain.rental.buffer.application.ports import AnalysisRequest, AnalysisStore
from drivetrain.rental.buffer.application.records import METHOD


@dataclass(frozen=True, slots=True)
class StartAnalysis:
    """Stores the request and has it done, in one transaction.

    Raises:
        TooManyRequestsError: as many analyses wait as may.
        UnavailableError: the request could not be stored.
    """

    store: AnalysisStore
    jobs: JobStarter
    clock: Clock

    def __call__(
        self, analysis_id: str, file: Path, *, source: str, sha256: str, caller: str, sheet: str | None = None
    ) -> None:
        """Start an analysis.

        Args:
            file: alone in its folder below that of uploads; the job removes it.
            source: what the file was called, for people.
            sheet: name of a spreadsheet's sheet; None to have it chosen.
        """
        request = AnalysisRequest(
            analysis_id=analysis_id,
            created_at=self.clock.now(),
            created_by=caller,
            source=source,
            sha256=sha256,
            is_synthetic=False,  # the job sees the mark when it reads the file
            is_standing=False,
        )
        waiting = f"{file.parent.name}/{file.name}"  # tasks are shown, and the home may move meanwhile
        arguments = (analysis_id, waiting, *([] if sheet is None else [sheet]))

        def start(connection: Any) -> None:
            self.jobs.start(ANALYZE_UPLOAD, *arguments, connection=connection, actor=caller)

        self.store.add(request, method=METHOD, total=TOTAL, also=start)
