"""Running an analysis stores every stage, and the result or what stopped it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.buffer_fakes import (
    FEW,
    NOW,
    MemoryAnalysisStore,
    request,
    small_cells,
)
from tests.support.fakes import FixedClock

from drivetrain.core.errors import (
    UnreadableInputError,
)
from drivetrain.rental.buffer.application.jobs import READING, STAGES, TOTAL
from drivetrain.rental.buffer.application.ports import AnalysisStatus, RentalCells
from drivetrain.rental.buffer.application.run_analysis import RunAnalysis
from drivetrain.rental.buffer.domain.chains import PREVIOUS_ID, RENTAL_ID


def test_running_stores_every_stage_and_the_result():
    store, kept = MemoryAnalysisStore(), []
    store.add(request(is_synthetic=False), method=1, total=TOTAL)
    RunAnalysis(store, FixedClock(NOW), FEW)(
        request(is_synthetic=False),
        lambda: RentalCells(small_cells()),
        lambda cells, errors: kept.extend(errors),
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
    RunAnalysis(store, FixedClock(NOW), FEW)(
        request(is_synthetic=False), lambda: RentalCells(cells), lambda *_: None
    )
    assert store.get("id-1").record["table"]["is_synthetic"] is True
    assert store.get("id-1").request.is_synthetic is True


@pytest.mark.parametrize(("is_standing", "sheet"), [(False, ", sheet 'May'"), (True, "")])
def test_the_sheet_of_an_upload_is_named_with_its_source(is_standing, sheet):
    asked = replace(request(), is_standing=is_standing)
    store = MemoryAnalysisStore()
    store.add(asked, method=1, total=TOTAL)
    RunAnalysis(store, FixedClock(NOW), FEW)(
        asked, lambda: RentalCells(small_cells(), "May"), lambda *_: None
    )
    assert store.get("id-1").record["table"]["source"] == asked.source + sheet


@pytest.mark.parametrize(
    ("code", "is_final"),
    [("input.not_a_table", True), ("input.parse_failed", True), ("input.parse_timeout", False)],
)
def test_a_table_that_cannot_be_read_is_a_result_too_and_a_busy_machine_may_try_it_again(code, is_final):
    def read():
        raise UnreadableInputError("The file is a PNG image.", code=code)

    store = MemoryAnalysisStore()
    store.add(request(), method=1, total=TOTAL)
    RunAnalysis(store, FixedClock(NOW), FEW)(request(), read, lambda *_: None)
    stored = store.get("id-1")
    assert stored.status is AnalysisStatus.FAILED
    assert (stored.error["code"], stored.error["is_final"]) == (code, is_final)
