"""Analyzing a table, step by step."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.support.buffer_fakes import (
    FEW,
    SHA,
    small_analysis,
    small_cells,
)

from drivetrain.core.errors import (
    ContractError,
    InvalidInputError,
)
from drivetrain.core.progress import SilentProgress
from drivetrain.core.statistics import ClusterBootstrap
from drivetrain.rental.buffer.application.analyze_buffer import AnalyzeBuffer
from drivetrain.rental.buffer.domain.chains import DELAY, GAP, PREVIOUS_ID, RENTAL_ID, chain, check_rentals
from drivetrain.rental.buffer.domain.rule import BufferScope


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
