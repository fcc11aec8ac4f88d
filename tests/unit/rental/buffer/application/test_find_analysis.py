"""Finding the analysis that is asked: stored, started, abandoned or missing."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from tests.support.buffer_fakes import (
    NOW,
    OTHER_SHA,
    SHA,
    MemoryAnalysisStore,
    OneTable,
    RecordedJobs,
    find_analysis,
    finish,
    finished_store,
    request,
    small_analysis,
)

from drivetrain.core.errors import (
    ConflictError,
    DrivetrainError,
    InvalidInputError,
    NotFoundError,
    UnavailableError,
)
from drivetrain.rental.buffer.application.jobs import ANALYZE_CURRENT
from drivetrain.rental.buffer.application.ports import AnalysisStatus
from drivetrain.rental.buffer.application.records import METHOD


class TestFinding:
    def test_the_current_tables_analysis_is_found_and_read_once(self):
        store = finished_store()
        find = find_analysis(store)
        assert find().analysis_id == "id-1"
        store.stored.clear()
        assert find().record == small_analysis().record

    def test_without_an_analysis_one_is_started_and_the_caller_told_to_come_back(self):
        jobs = RecordedJobs()
        with pytest.raises(UnavailableError) as told:
            find_analysis(jobs=jobs)()
        assert (told.value.code, told.value.retry_after_s) == ("rental.analysis_not_ready", 3)
        assert jobs.started == [(ANALYZE_CURRENT,)]

    def test_while_it_runs_nothing_more_is_started_and_the_stage_is_told(self):
        store, jobs = MemoryAnalysisStore(), RecordedJobs()
        store.add(request(), method=METHOD, total=7)
        store.advance("id-1", stage="count rules", done=2, instant=NOW - timedelta(seconds=20))
        with pytest.raises(UnavailableError, match=r"stage 2 of 7 \(count rules\)"):
            find_analysis(store, jobs=jobs)()
        assert jobs.started == []

    def test_one_whose_process_was_lost_is_made_again(self):
        store, jobs = MemoryAnalysisStore(), RecordedJobs()
        store.add(request(), method=METHOD, total=7)
        store.advance("id-1", stage="count rules", done=2, instant=NOW - timedelta(seconds=61))
        with pytest.raises(UnavailableError):
            find_analysis(store, jobs=jobs)()
        assert jobs.started == [(ANALYZE_CURRENT,)]

    def test_a_busy_process_asks_to_come_back_all_the_same(self):
        with pytest.raises(UnavailableError):
            find_analysis(jobs=RecordedJobs(is_busy=True))()

    def test_an_analysis_of_an_older_method_or_another_table_does_not_count(self):
        store = finished_store(sha256=OTHER_SHA)
        store.add(request("old"), method=METHOD - 1, total=7)
        with pytest.raises(UnavailableError):
            find_analysis(store)()

    def test_a_new_table_is_noticed(self):
        store, tables = finished_store(), OneTable()
        find = find_analysis(store, tables=tables)
        assert find().analysis_id == "id-1"
        finish(store, "id-2", sha256=OTHER_SHA)
        tables.sha256 = OTHER_SHA
        find._table = (float("-inf"), "")  # a second later
        assert find().analysis_id == "id-2"

    def test_a_table_that_cannot_be_analyzed_is_a_conflict_and_is_not_tried_again(self):
        store, jobs = MemoryAnalysisStore(), RecordedJobs()
        store.add(request(), method=METHOD, total=7)
        store.fail("id-1", InvalidInputError("There is nothing to count."), NOW - timedelta(hours=1))
        with pytest.raises(ConflictError, match="nothing to count") as told:
            find_analysis(store, jobs=jobs)()
        assert told.value.code == "rental.analysis_failed"
        assert jobs.started == []

    @pytest.mark.parametrize(("ago_s", "started"), [(5, []), (61, [(ANALYZE_CURRENT,)])])
    def test_a_failure_that_was_not_the_tables_is_tried_again_after_a_minute(self, ago_s, started):
        store, jobs = MemoryAnalysisStore(), RecordedJobs()
        store.add(request(), method=METHOD, total=7)
        store.fail("id-1", DrivetrainError("Its process ended."), NOW - timedelta(seconds=ago_s))
        with pytest.raises(UnavailableError):
            find_analysis(store, jobs=jobs)()
        assert jobs.started == started

    def test_an_upload_is_found_by_its_id_and_a_lost_one_counts_as_failed(self):
        store = MemoryAnalysisStore()
        store.add(
            request("up", is_standing=False, created_at=NOW - timedelta(minutes=2)), method=METHOD, total=7
        )
        find = find_analysis(store)
        assert find.status("up").status is AnalysisStatus.QUEUED  # waits for its turn
        store.advance("up", stage="count rules", done=2, instant=NOW - timedelta(minutes=2))
        assert find.status("up").status is AnalysisStatus.FAILED
        assert find.status("up").error["code"] == "rental.analysis_lost"
        with pytest.raises(ConflictError, match="send the table again"):
            find("up")
        with pytest.raises(NotFoundError):
            find("nobody")

    def test_without_a_table_it_says_how_to_get_one(self):
        with pytest.raises(NotFoundError, match="no rental-delays table"):
            find_analysis(tables=OneTable(None))()

    def test_the_arrays_come_back_as_they_were(self):
        find = find_analysis(finished_store())
        found = find.working(find())
        kept = small_analysis().working
        assert np.array_equal(found.rentals.gap_min, kept.rentals.gap_min)
        assert np.array_equal(found.counts.mobile.cleared, kept.counts.mobile.cleared)


def test_a_standing_analysis_of_the_same_sha_is_preferred_when_done():
    store = finished_store("done", created_at=NOW - timedelta(days=1))
    store.add(request("newer"), method=METHOD, total=7)
    assert store.newest_standing(SHA, method=METHOD).request.analysis_id == "done"
