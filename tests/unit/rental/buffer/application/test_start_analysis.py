"""An analysis is stored as requested, in one transaction with its job."""

from __future__ import annotations

import pytest
from tests.support.buffer_fakes import (
    NOW,
    SHA,
    MemoryAnalysisStore,
    RecordedJobs,
)
from tests.support.fakes import FixedClock

from drivetrain.core.errors import NotFoundError, TooManyRequestsError
from drivetrain.rental.buffer.application.jobs import ANALYZE_UPLOAD, TOTAL
from drivetrain.rental.buffer.application.ports import AnalysisStatus
from drivetrain.rental.buffer.application.start_analysis import StartAnalysis


def test_starting_stores_the_request_before_its_job(tmp_path):
    store, jobs = MemoryAnalysisStore(), RecordedJobs()
    StartAnalysis(store, jobs, FixedClock(NOW))(
        "id-9", tmp_path / "table", source="x.csv", sha256=SHA, caller="a client"
    )
    assert jobs.started == [(ANALYZE_UPLOAD, "id-9", f"{tmp_path.name}/table")]
    stored = store.get("id-9")
    assert (stored.status, stored.total, stored.request.is_standing) == (AnalysisStatus.QUEUED, TOTAL, False)


def test_a_sheet_that_is_named_goes_to_the_job(tmp_path):
    store, jobs = MemoryAnalysisStore(), RecordedJobs()
    StartAnalysis(store, jobs, FixedClock(NOW))(
        "id-9", tmp_path / "table", source="x.xlsx", sha256=SHA, caller="a client", sheet="May"
    )
    assert jobs.started == [(ANALYZE_UPLOAD, "id-9", f"{tmp_path.name}/table", "May")]


def test_a_job_that_cannot_start_leaves_no_request_waiting(tmp_path):
    store, jobs = MemoryAnalysisStore(), RecordedJobs(is_busy=True)
    with pytest.raises(TooManyRequestsError):
        StartAnalysis(store, jobs, FixedClock(NOW))(
            "id-9", tmp_path / "table", source="x", sha256=SHA, caller="c"
        )
    with pytest.raises(NotFoundError):
        store.get("id-9")
