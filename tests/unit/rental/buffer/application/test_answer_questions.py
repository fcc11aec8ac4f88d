"""Finding an analysis and asking it: frontier, pairs, thresholds for inputs, the five standing questions."""

from __future__ import annotations

import copy
from datetime import timedelta

import numpy as np
import pytest
from tests.support.buffer_fakes import (
    NOW,
    OTHER_SHA,
    SHA,
    MemoryAnalysisStore,
    OneAnalysis,
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
from drivetrain.rental.buffer.application.answer_questions import AnswerQuestions, answers_of
from drivetrain.rental.buffer.application.decide_buffer import DecideBuffer
from drivetrain.rental.buffer.application.jobs import ANALYZE_CURRENT
from drivetrain.rental.buffer.application.ports import AnalysisStatus
from drivetrain.rental.buffer.application.read_frontier import ReadFrontier
from drivetrain.rental.buffer.application.records import METHOD
from drivetrain.rental.buffer.domain.rule import BufferRule, BufferScope
from drivetrain.rental.buffer.domain.worth import BufferWorth, WorthInputs


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
        store.advance("id-1", stage="count rules", done=2, at=NOW - timedelta(seconds=20))
        with pytest.raises(UnavailableError, match=r"stage 2 of 7 \(count rules\)"):
            find_analysis(store, jobs=jobs)()
        assert jobs.started == []

    def test_one_whose_process_was_lost_is_made_again(self):
        store, jobs = MemoryAnalysisStore(), RecordedJobs()
        store.add(request(), method=METHOD, total=7)
        store.advance("id-1", stage="count rules", done=2, at=NOW - timedelta(seconds=61))
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


class TestFrontier:
    def test_points_stand_at_every_step_with_interval_and_band(self):
        answer = ReadFrontier(OneAnalysis())(BufferScope.MOBILE, step_min=240)
        assert [point["threshold_min"] for point in answer.points] == [0, 240, 480, 720]
        at_240 = answer.points[1]
        assert (
            at_240["intervals"]["touched"]["low"]
            <= at_240["touched"]
            <= at_240["intervals"]["touched"]["high"]
        )
        assert at_240["if_unknown_were_known"]["avoided"]["best"] >= at_240["avoided"]
        assert answer.points[0]["break_even"] is None

    def test_a_pair_of_equal_thresholds_is_the_uniform_one(self):
        read = ReadFrontier(OneAnalysis())
        (pair,) = read.pair(BufferRule(60, 60)).points
        uniform = read(BufferScope.ALL, step_min=60).points[1]
        assert {name: pair[name] for name in ("touched", "avoided", "break_even")} == {
            name: uniform[name] for name in ("touched", "avoided", "break_even")
        }
        assert pair["intervals"]["avoided"] == uniform["intervals"]["avoided"]

    def test_a_pair_with_one_threshold_is_that_scope(self):
        read = ReadFrontier(OneAnalysis())
        (pair,) = read.pair(BufferRule(90, 0)).points
        assert pair["touched"] == read(BufferScope.CONNECT, step_min=90).points[1]["touched"]

    @pytest.mark.parametrize("step_min", [0, -30])
    def test_a_step_without_length_is_refused(self, step_min):
        with pytest.raises(InvalidInputError):
            ReadFrontier(OneAnalysis())(BufferScope.ALL, step_min=step_min)


class TestDeciding:
    def test_the_answer_is_that_of_the_domain(self):
        inputs = WorthInputs(60.0, 250.0, recapture_share=0.2, shift_share=0.4, shift_up_to_min=60)
        decision = DecideBuffer(OneAnalysis())(inputs)
        working = small_analysis().working
        expected = BufferWorth(working.rentals, working.resampling, shift_up_to_min=60).best_uniform(inputs)
        assert (decision.uniform.rule, decision.uniform.gain) == (expected.rule, expected.gain)
        assert decision.thresholds_min[:3] == (0, 30, 60)

    def test_free_bookings_make_the_longest_useful_gap_and_free_conflicts_none(self):
        decide = DecideBuffer(OneAnalysis())
        assert decide(WorthInputs(60.0, 0.0)).uniform.rule == BufferRule(0, 0)
        rentals = small_analysis().working.rentals
        longest = rentals.gap_min[rentals.is_conflict].max()
        assert decide(WorthInputs(0.0, 250.0)).uniform.rule.connect_min == longest + 30

    def test_counting_is_done_once_per_accepted_shift(self):
        decide = DecideBuffer(OneAnalysis())
        for cost in (100.0, 200.0, 300.0):
            decide(WorthInputs(60.0, cost))
        decide(WorthInputs(60.0, 100.0, shift_share=0.5, shift_up_to_min=30))
        assert len(decide._counted) == 2


class TestStandingQuestions:
    def test_five_questions_are_answered_with_figures_and_the_method(self):
        answers = AnswerQuestions(OneAnalysis())().answers
        assert len(answers) == 5
        assert all(each.words and each.figures and each.method for each in answers)

    def test_words_carry_the_records_figures(self):
        record = small_analysis().record
        conflicts = record["summary"]["conflicts"]["value"]
        lateness, solved = answers_of(record)[2:4]
        assert f"In {conflicts} of " in lateness.words
        avoided = record["frontiers"]["all"]["figures"]["avoided"]["value"][60]
        assert f"At 60 minutes for all cars {avoided} (" in solved.words

    @pytest.mark.parametrize(
        ("p_value", "head"), [(0.4, "No scope beats"), (0.01, "Yes: connect only beats")]
    )
    def test_the_verdict_on_scopes_follows_the_test(self, p_value, head):
        record = copy.deepcopy(small_analysis().record)
        for scope in record["scopes"].values():
            scope["reachable"].update(p_value=0.9, is_better=False)
            scope["below"].update(p_value=0.9, is_better=False)
        record["scopes"]["connect"]["reachable"].update(p_value=p_value, is_better=p_value < 0.05)
        words = answers_of(record)[4].words
        assert words.startswith(head)
        assert f"connect only p = {p_value:g}" in words
        assert "no uniform threshold exists" not in words

    def test_a_win_below_the_shortest_uniform_threshold_is_told_apart(self):
        record = copy.deepcopy(small_analysis().record)
        best = {
            "connect_min": 0,
            "mobile_min": 30,
            "touched": 122,
            "avoided": 61,
            "more_than_uniform": {"value": 11.2, "low": 3.7, "high": 18.4},
        }
        record["scopes"]["mobile"]["below"].update(p_value=0.005, is_better=True, best=best)
        words = answers_of(record)[4].words
        assert (
            "30 minutes for mobile only touches 122 bookings and avoids 61 conflicts, 11.2 (3.7 to 18.4) more"
            in words
        )

    def test_nothing_is_promised_about_revenue_without_its_assumption(self):
        assert "If every rental earns the same" in answers_of(small_analysis().record)[0].words


def test_a_standing_analysis_of_the_same_sha_is_preferred_when_done():
    store = finished_store("done", created_at=NOW - timedelta(days=1))
    store.add(request("newer"), method=METHOD, total=7)
    assert store.newest_standing(SHA, method=METHOD).request.analysis_id == "done"
