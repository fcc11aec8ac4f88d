"""Analyzing a table, step by step, and keeping what it came to."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support.buffer_fakes import (
    NOW,
    SHA,
    MemoryAnalysisStore,
    RecordedJobs,
    request,
    small_analysis,
    small_cells,
)
from tests.support.fakes import FixedClock

from drivetrain.core.errors import (
    ContractError,
    InvalidInputError,
    TooManyRequestsError,
    UnreadableInputError,
)
from drivetrain.core.progress import SilentProgress
from drivetrain.core.statistics import ClusterBootstrap, Estimate, EstimateArray
from drivetrain.rental.buffer.application.analyze_buffer import AnalyzeBuffer
from drivetrain.rental.buffer.application.jobs import ANALYZE_UPLOAD, READING, STAGES, TOTAL
from drivetrain.rental.buffer.application.ports import AnalysisStatus
from drivetrain.rental.buffer.application.records import figure, number
from drivetrain.rental.buffer.application.run_analysis import RunAnalysis
from drivetrain.rental.buffer.application.start_analysis import StartAnalysis
from drivetrain.rental.buffer.domain.chains import DELAY, GAP, PREVIOUS_ID, RENTAL_ID, chain, check_rentals
from drivetrain.rental.buffer.domain.rule import BufferScope

FEW = ClusterBootstrap(draws=40)


def analyze(cells, **changed):
    plain = {"source": "a table", "sha256": SHA, "is_synthetic": False, **changed}
    return AnalyzeBuffer(SilentProgress(), FEW, with_lateness=False)(cells, **plain)


def test_a_record_holds_what_can_be_counted_by_hand():
    rentals = chain(check_rentals(small_cells()).table)
    record = small_analysis().record
    for scope in BufferScope:
        along = record["frontiers"][scope.value]["figures"]
        inside = rentals.in_scope(scope)
        for threshold in (0, 30, 61, 720):
            below = inside & (rentals.gap_min < threshold)
            assert along["touched"]["value"][threshold] == np.count_nonzero(below)
            assert along["avoided"]["value"][threshold] == np.count_nonzero(below & rentals.is_conflict)
    assert record["summary"]["conflicts"]["value"] == np.count_nonzero(rentals.is_conflict)
    assert len(record["frontiers"]["all"]["figures"]["touched"]["value"]) == 721


def test_a_record_is_plain_json_without_nan_and_infinity():
    assert json.loads(json.dumps(small_analysis().record, allow_nan=False)) == small_analysis().record


@pytest.mark.parametrize(
    ("value", "shown"),
    [(322.0, 322), (0.5, 0.5), (1 / 3, 0.333333), (float("nan"), None), (float("inf"), None), (-0.0, 0)],
)
def test_numbers_become_what_json_can_say(value, shown):
    assert number(value) == shown
    assert type(number(value)) is type(shown)


def test_one_estimate_and_that_of_an_array_read_alike():
    shown = {"value": 1, "low": 0.5, "high": None}
    assert figure(Estimate(1.0, 0.5, float("inf"))) == shown
    assert figure(EstimateArray(np.ones(2), np.array([0.0, 0.5]), np.full(2, np.inf)), 1) == shown


def test_the_same_table_gives_the_same_record():
    again = AnalyzeBuffer(SilentProgress(), ClusterBootstrap(draws=40, seed=1))(
        small_cells(), source="a made-up table", sha256=SHA, is_synthetic=True
    )
    assert again.record == small_analysis().record


def test_refused_rows_are_counted_described_and_left_out():
    cells = {name: list(column) for name, column in small_cells().items()}
    cells[DELAY][4] = "late"
    cells[RENTAL_ID][7] = cells[RENTAL_ID][8]
    analysis = analyze(cells)
    table = analysis.record["table"]
    assert table["used"] + table["refused"] == table["rows"] == len(cells[DELAY])
    assert table["reasons"]["rental.not_a_number"] == 1
    assert table["reasons"]["rental.duplicate_rental"] == 2
    assert {error["row"] for error in table["errors"]} >= {5, 8, 9}
    assert len(analysis.refused) == sum(table["reasons"].values())


def test_a_table_without_chains_says_so_and_names_what_was_refused():
    cells = {name: list(column)[:3] for name, column in small_cells().items()}
    cells[PREVIOUS_ID] = [None] * 3
    cells[GAP] = [30, None, None]
    with pytest.raises(InvalidInputError) as refusal:
        analyze(cells)
    assert refusal.value.code == "rental.no_chained_rentals"
    assert [error.code for error in refusal.value.errors] == ["rental.gap_without_previous"]


def test_a_missing_column_stops_everything():
    cells = {name: column for name, column in small_cells().items() if name != GAP}
    with pytest.raises(ContractError, match="table"):
        analyze(cells)


def test_a_table_too_small_for_lateness_is_analyzed_all_the_same():
    cells = {name: column[:400] + column[-60:] for name, column in small_cells().items()}
    whole = AnalyzeBuffer(SilentProgress(), FEW)(cells, source="s", sha256=SHA, is_synthetic=True)
    assert whole.record["lateness"] == []
    assert "at least 100" in whole.record["lateness_refused"]


def test_running_stores_every_stage_and_the_result():
    store, kept = MemoryAnalysisStore(), []
    store.add(request(is_synthetic=False), method=1, total=TOTAL)
    RunAnalysis(store, FixedClock(NOW), FEW)(
        request(is_synthetic=False), small_cells, lambda cells, errors: kept.extend(errors)
    )
    stored = store.get("id-1")
    told = list(dict.fromkeys(store.stages))  # a heartbeat in between repeats one
    assert told == [(name, done) for done, name in enumerate((READING, *STAGES))]
    assert (stored.status, stored.done, stored.error) == (AnalysisStatus.DONE, TOTAL, None)
    assert stored.record["table"]["is_synthetic"] is False
    assert kept == []


def test_generated_rows_are_recognized_by_their_mark_whoever_sends_them():
    cells = {**small_cells(), RENTAL_ID: [-number for number in small_cells()[RENTAL_ID]]}
    cells[PREVIOUS_ID] = [None if number is None else -number for number in cells[PREVIOUS_ID]]
    store = MemoryAnalysisStore()
    store.add(request(is_synthetic=False), method=1, total=TOTAL)
    RunAnalysis(store, FixedClock(NOW), FEW)(request(is_synthetic=False), lambda: cells, lambda *_: None)
    assert store.get("id-1").record["table"]["is_synthetic"] is True
    assert store.get("id-1").request.is_synthetic is True


def test_a_table_that_cannot_be_read_is_a_result_too():
    def read():
        raise UnreadableInputError("The file is a PNG image.", code="input.not_a_table")

    store = MemoryAnalysisStore()
    store.add(request(), method=1, total=TOTAL)
    RunAnalysis(store, FixedClock(NOW), FEW)(request(), read, lambda *_: None)
    stored = store.get("id-1")
    assert stored.status is AnalysisStatus.FAILED
    assert (stored.error["code"], stored.error["is_final"]) == ("input.not_a_table", True)


def test_starting_stores_the_request_before_its_job(tmp_path):
    store, jobs = MemoryAnalysisStore(), RecordedJobs()
    StartAnalysis(store, jobs, FixedClock(NOW))(
        "id-9", tmp_path / "table", source="x.csv", sha256=SHA, caller="a client"
    )
    assert jobs.started == [(ANALYZE_UPLOAD, "id-9", str(tmp_path / "table"))]
    stored = store.get("id-9")
    assert (stored.status, stored.total, stored.request.is_standing) == (AnalysisStatus.QUEUED, TOTAL, False)


def test_a_job_that_cannot_start_leaves_no_request_waiting(tmp_path):
    store, jobs = MemoryAnalysisStore(), RecordedJobs(is_busy=True)
    with pytest.raises(TooManyRequestsError):
        StartAnalysis(store, jobs, FixedClock(NOW))(
            "id-9", tmp_path / "table", source="x", sha256=SHA, caller="c"
        )
    assert store.get("id-9").status is AnalysisStatus.FAILED
