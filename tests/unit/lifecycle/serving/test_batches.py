"""A batch is checked whole, refused or kept by its mode, and answered in the order it came."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest
from tests.support.batches import MODEL, RENDERING, Echo, Ledger, rows
from tests.support.listings import FAMILY_ESTATE, listing, without

from drivetrain.core.errors import ContractError, InvalidInputError
from drivetrain.lifecycle.data.contracts import FieldWarning
from drivetrain.lifecycle.serving.answering import ExplainedDecision
from drivetrain.lifecycle.serving.batches import (
    CSV,
    JSON,
    XLSX,
    CheckedUpload,
    TableWriters,
    check_list,
    in_order,
    media_type_of,
    refuse_broken,
    rendering_of,
    write_results,
)
from drivetrain.rental.price.model.contract import RENTAL_PRICE


def lines_of(checked: CheckedUpload) -> list[bytes]:
    """The good rows of all chunks."""
    return [line for chunk in checked.chunks() for line in chunk]


@pytest.mark.parametrize(
    ("name", "media_type"), [("answers.json", JSON), ("Answers.CSV", CSV), ("a.json.xlsx", XLSX)]
)
def test_the_ending_of_a_name_gives_the_form(name, media_type):
    assert media_type_of(name) == media_type


@pytest.mark.parametrize("name", ["answers.pdf", "csv", "answers.csv.gz", ""])
def test_another_ending_is_refused(name):
    with pytest.raises(InvalidInputError) as refused:
        media_type_of(name)
    assert refused.value.code == "output.unknown_kind"


class TestCheck:
    def test_good_rows_become_canonical_lines_in_order(self):
        checked = check_list(RENTAL_PRICE, [listing(model_key="vw"), FAMILY_ESTATE])
        assert [json.loads(line)["model_key"] for line in lines_of(checked)] == ["Volkswagen", "Citroën"]
        assert (checked.total, checked.failed, checked.warnings) == (2, {}, {})

    def test_pointers_lead_into_the_list_and_rows_count_from_one(self):
        checked = check_list(RENTAL_PRICE, [FAMILY_ESTATE, {**without("fuel"), "mileage": -1}, 7, None])
        assert [(error.code, error.pointer) for error in checked.failed[2]] == [
            ("rental.mileage_out_of_range", "/1/mileage"),
            ("input.missing_field", "/1/fuel"),
        ]
        assert [(error.code, error.pointer) for error in checked.failed[3]] == [("input.not_an_object", "/2")]
        assert sorted(checked.failed) == [2, 3, 4]

    def test_warnings_stand_by_their_row(self):
        checked = check_list(RENTAL_PRICE, [FAMILY_ESTATE, listing(model_key="Dacia")])
        assert {
            number: [warning.code for warning in found] for number, found in checked.warnings.items()
        } == {2: ["rental.new_model_key"]}

    def test_chunks_hold_all_lines_in_order_and_never_nothing(self):
        checked = check_list(RENTAL_PRICE, rows(*range(1, 8)), chunk_rows=3)
        assert [len(chunk) for chunk in checked.chunks()] == [3, 3, 1]
        assert [json.loads(line)["mileage"] for line in lines_of(checked)] == [1, 2, 3, 4, 5, 6, 7]


class TestRefusal:
    @pytest.mark.parametrize(
        ("mileages", "mode", "refused"),
        [
            ((1, 2), "atomic", False),
            ((1, None), "atomic", True),
            ((1, None), "partial", False),
            ((None, None), "partial", True),  # nothing is left to answer
            ((None, None), "atomic", True),
        ],
    )
    def test_one_broken_row_refuses_an_atomic_batch_and_only_all_refuse_a_partial_one(
        self, mileages, mode, refused
    ):
        checked = check_list(RENTAL_PRICE, rows(*mileages))
        if not refused:
            refuse_broken(checked.total, checked.failed, mode, "The list")
            return
        with pytest.raises(ContractError):
            refuse_broken(checked.total, checked.failed, mode, "The list")

    def test_the_refusal_lists_the_errors_in_row_order_and_counts_the_rows(self):
        checked = check_list(RENTAL_PRICE, rows(1, None, 2, None))
        failed = dict(reversed(checked.failed.items()))
        with pytest.raises(ContractError) as refused:
            refuse_broken(checked.total, failed, "atomic", "The list")
        assert [error.pointer for error in refused.value.errors] == ["/1/mileage", "/3/mileage"]
        assert "2 of 4 rows" in refused.value.detail


class TestOrder:
    def test_answers_meet_their_rows_around_the_broken_ones(self):
        checked = check_list(RENTAL_PRICE, rows(None, 10, None, None, 20, 30, None))
        met = [
            (number, answer and answer.mileage)
            for number, answer in in_order(checked, Ledger().decide(checked.chunks()))
        ]
        assert met == [(1, None), (2, 10), (3, None), (4, None), (5, 20), (6, 30), (7, None)]

    def test_the_ledger_ends_its_batch_with_the_last_row_and_not_before(self):
        checked, ledger = check_list(RENTAL_PRICE, rows(1, 2, None)), Ledger()
        paired = in_order(checked, ledger.decide(checked.chunks()))
        for _ in range(3):
            next(paired)
            assert ledger.recorded == 0
        assert next(paired, "end") == "end"
        assert ledger.recorded == 2

    @pytest.mark.parametrize("count", [1, 3])
    def test_more_or_fewer_answers_than_rows_are_a_bug_and_not_an_answer(self, count):
        checked = check_list(RENTAL_PRICE, rows(1, 2))

        def wrong() -> Iterator[list[Echo]]:
            yield [Echo(0)] * count

        with pytest.raises((AssertionError, RuntimeError)):
            list(in_order(checked, wrong()))


@pytest.mark.parametrize("mode", ["atomic", "partial"])
def test_an_answer_that_is_sent_in_again_has_its_answer_columns_once_and_anew(mode):
    sent = [["answer", "mileage", "notes", "errors"], ["old", "7", "a", "old"], ["old", "8", "b", ""]]
    checked = replace(check_list(RENTAL_PRICE, rows(7, 8)), original=lambda: iter(sent))
    written = []

    def write(_file, header, answered):
        written.extend([header, *answered])

    answers = Ledger().decide(checked.chunks())
    TableWriters(csv=write, xlsx=write).write(io.BytesIO(), CSV, checked, answers, RENDERING, mode)
    errors, nothing = (["errors"], [None]) if mode == "partial" else ([], [])
    assert written == [
        ["mileage", "notes", "answer", *errors],
        ["7", "a", 7, *nothing],
        ["8", "b", 8, *nothing],
    ]


def test_ready_lines_of_a_table_go_before_the_answers_of_its_rows():
    lines = ['"7","a"', '"-1","b"', '"8",""']
    checked = replace(
        check_list(RENTAL_PRICE, rows(7, None, 8)),
        original=lambda: iter([["mileage", "notes"]]),
        csv_lines=lambda: iter(lines),
    )
    written = []

    def write(_file, header, answered, *, behind):
        written.extend([header, list(answered), list(behind)])

    answers = Ledger().decide(checked.chunks())
    TableWriters(csv=write, xlsx=write).write(io.BytesIO(), CSV, checked, answers, RENDERING, "partial")
    header, cells, behind = written
    assert (header, behind) == (["mileage", "notes", "answer", "errors"], lines)
    assert cells[::2] == [[7, None], [8, None]]
    assert cells[1][:1] == [None]
    assert "mileage" in cells[1][1]


def test_the_json_answer_says_what_is_unusual_about_the_table_as_a_whole():
    warning = FieldWarning("seats", "input.misnamed_column", "The column 'saets' is ignored.")
    checked = replace(
        check_list(RENTAL_PRICE, rows(7)), ignored_columns=["saets"], sheet="May", table_warnings=[warning]
    )
    file = io.BytesIO()
    write_results(file, checked, Ledger().decide(checked.chunks()), RENDERING)
    answer = json.loads(file.getvalue())
    assert (answer["sheet"], answer["ignored_columns"]) == ("May", ["saets"])
    assert answer["table_warnings"] == [warning.as_dict()]


@pytest.mark.parametrize("is_warned", [False, True])
def test_a_result_is_the_answer_of_the_ledger_with_warnings_and_id_behind_it(is_warned):
    own, other = FieldWarning("seats", "a.code", 'Say "é".'), FieldWarning("fuel", "b.code", "Other.")
    value = {"price": 1.5, "range": {"low": 1.0}}
    answer = ExplainedDecision(
        None, None, MODEL, "0190-id", orjson.dumps(value), warnings=[other] if is_warned else ()
    )
    result = rendering_of((), lambda _: []).result(answer, [own] if is_warned else ())
    warnings = [own.as_dict(), other.as_dict()] if is_warned else []
    assert result == orjson.dumps({**value, "warnings": warnings, "decision_id": "0190-id"})
