"""Uploads through the real parsing child: what is accepted, what is refused, and what cannot hurt the caller."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from tests.support.bad_tables import GOOD_ROW, UPLOADS, UploadCase, csv_with, row_with, table, typed_row, xlsx

from drivetrain.adapters.tabular.job import ParseLimits
from drivetrain.adapters.tabular.limited import LimitedTableReader
from drivetrain.core.errors import (
    ContractError,
    DrivetrainError,
    InvalidInputError,
    TooLargeError,
    UnavailableError,
    UnreadableInputError,
)
from drivetrain.lifecycle.data.contracts import Contract, FlagColumn, ListColumn, NumberColumn, RowContract
from drivetrain.lifecycle.serving.batches import CHUNK_ROWS, CheckedUpload, refuse_broken
from drivetrain.rental.price.model.contract import RENTAL_PRICE

STATUS = {InvalidInputError: 422, ContractError: 422, UnreadableInputError: 400, TooLargeError: 413}


@pytest.fixture
def parse(tmp_path: Path):
    """Parse bytes into a fresh folder."""

    def run(
        content: bytes,
        contract: Contract = RENTAL_PRICE,
        read: LimitedTableReader | None = None,
        **choices,
    ) -> CheckedUpload:
        upload = tmp_path / "upload"
        upload.write_bytes(content)
        into = tmp_path / "answer"
        into.mkdir()
        return (read or LimitedTableReader())(upload, contract, into, **choices)

    return run


@pytest.mark.parametrize("case", UPLOADS, ids=lambda case: case.name)
def test_every_upload_of_the_list_has_its_answer(parse, case: UploadCase) -> None:
    try:
        parsed = parse(case.content, with_original=True)
        refuse_broken(parsed.total, parsed.failed, "atomic", "The table")
    except DrivetrainError as refusal:
        codes = {refusal.code, *(error.code for error in refusal.errors)}
        assert (STATUS[type(refusal)], case.code) == (case.status, case.code if case.code in codes else codes)
    else:
        assert (case.status, case.rows) == (200, parsed.total - len(parsed.failed))
        assert len(list(parsed.original())) == parsed.total + 1


ODD = Contract(
    "odd",
    "rental",
    (
        NumberColumn(
            "length", "l", unit="m", low=-1e18, high=1e18, usual_low=0, usual_high=1, example=1, whole=False
        ),
        NumberColumn("count", "c", unit="", low=-(2**53), high=2**53, usual_low=0, usual_high=1, example=1),
        ListColumn("make", "m", values=("Citroën",), example="Citroën", is_open=True),
        FlagColumn("flag", "f"),
    ),
    NumberColumn("price", "p", unit="EUR", low=1, high=2, usual_low=1, usual_high=2, example=1),
)
ODD_JSON = (
    '{"length": 1e16, "count": 9007199254740992, "make": "Citroen", "flag": true}',
    '{"length": 0.1, "count": 1e3, "make": "quote \\" backslash \\\\ slash / & <b>", "flag": false}',
    '{"length": 5e-324, "count": -7.0, "make": "émoji 🚗 \\u2028", "flag": true}',
    '{"length": 123456789.123456789, "count": 0, "make": "日本", "flag": false}',
    '{"length": -0.0, "count": 150000.0, "make": " two  words ", "flag": true}',
)


def test_lines_are_the_bytes_that_the_json_route_would_log(parse) -> None:
    """The same row must be the same bytes in the ledger, whichever way it came."""
    raw = [orjson.loads(line) for line in ODD_JSON]
    texts = [json.loads(line, parse_float=str, parse_int=str) for line in ODD_JSON]
    content = table(*[[str(value) for value in row.values()] for row in texts], header=list(ODD.names))
    parsed = parse(content.encode(), ODD)
    expected = [orjson.dumps(ODD.check_row(row)[0]) for row in raw]
    assert [line for part in parsed.chunks() for line in part] == expected


def test_xlsx_rows_are_the_same_bytes_as_csv_rows(parse, tmp_path: Path) -> None:
    typed = parse(xlsx(typed_row(mileage=150000.0, model_key="VW"), typed_row()))
    lines = [line for part in typed.chunks() for line in part]
    assert lines == [
        orjson.dumps(RENTAL_PRICE.example() | {"model_key": "Volkswagen"}),
        orjson.dumps(RENTAL_PRICE.example()),
    ]


def test_the_report_places_errors_warnings_and_rows(parse) -> None:
    rows = [
        GOOD_ROW,
        row_with(mileage="x"),
        row_with(model_key="Tesla"),
        row_with(fuel="", mileage="-1"),
        GOOD_ROW,
    ]
    parsed = parse(table(*rows).encode())
    assert (parsed.total, list(parsed.failed)) == (5, [2, 4])
    assert [(error.row, error.column) for errors in parsed.failed.values() for error in errors] == [
        (2, "mileage"),
        (4, "mileage"),
        (4, "fuel"),
    ]
    assert {row: [warning.code for warning in warnings] for row, warnings in parsed.warnings.items()} == {
        3: ["rental.new_model_key"]
    }
    assert sum(len(part) for part in parsed.chunks()) == 3


def test_a_row_of_another_length_fails_alone(parse) -> None:
    parsed = parse(table(GOOD_ROW, [*GOOD_ROW, "1"], GOOD_ROW[:-1], GOOD_ROW).encode(), with_original=True)
    assert {row: [error.code for error in errors] for row, errors in parsed.failed.items()} == {
        2: ["input.ragged_row"],
        3: ["input.missing_value"],
    }
    assert sum(len(part) for part in parsed.chunks()) == 2
    assert len(list(parsed.original())) == 5


def test_rows_come_in_chunks_and_may_be_read_again(parse) -> None:
    parsed = parse(table(*[GOOD_ROW] * (CHUNK_ROWS + 1)).encode())
    assert [len(part) for part in parsed.chunks()] == [CHUNK_ROWS, 1]
    assert sum(len(part) for part in parsed.chunks()) == CHUNK_ROWS + 1


def test_the_original_cells_come_back_with_the_ignored_columns(parse) -> None:
    rows = [[*GOOD_ROW, "=1+1"], [*GOOD_ROW, 'a "b"\r\n;']]
    parsed = parse(
        table(*rows, header=[*RENTAL_PRICE.names, "notes"], separator=";").encode(), with_original=True
    )
    assert list(parsed.original()) == [[*RENTAL_PRICE.names, "notes"], *rows]
    assert parsed.ignored_columns == ("notes",)


def test_a_named_sheet_is_read_and_an_unknown_one_refused_with_the_names_there_are(
    parse, tmp_path: Path
) -> None:
    def second(workbook) -> None:
        sheet = workbook.add_worksheet("more")
        sheet.write_row(0, 0, RENTAL_PRICE.names)
        sheet.write_row(1, 0, typed_row())

    content = xlsx(fill=second)
    assert parse(content, sheet="more").total == 1
    (tmp_path / "again").mkdir()
    with pytest.raises(InvalidInputError, match="'cars', 'more'") as refusal:
        LimitedTableReader()(tmp_path / "upload", RENTAL_PRICE, tmp_path / "again", sheet="less")
    assert refusal.value.code == "input.unknown_sheet"


def test_the_sheet_and_misnamed_columns_are_told(parse) -> None:
    optional = RowContract(
        "seats", "rental", (replace(ODD.columns[1], name="number_of_seats", optional=True), ODD.columns[2])
    )
    parsed = parse(xlsx(["Audi", 4], header=["make", "numberofseats"]), optional, with_original=True)
    assert (parsed.sheet, parsed.ignored_columns) == ("cars", ("numberofseats",))
    assert [(warning.field, warning.code) for warning in parsed.table_warnings] == [
        ("number_of_seats", "input.misnamed_column")
    ]
    assert list(parsed.original()) == [["make", "numberofseats"], ["Audi", 4]]


def test_a_csv_file_has_no_sheet(parse, tmp_path: Path) -> None:
    assert parse(csv_with()).sheet is None
    (tmp_path / "again").mkdir()
    with pytest.raises(InvalidInputError) as refusal:
        LimitedTableReader()(tmp_path / "upload", RENTAL_PRICE, tmp_path / "again", sheet="cars")
    assert refusal.value.code == "input.unknown_sheet"


def test_a_hidden_sheet_is_passed_over_unless_it_is_named(parse, tmp_path: Path) -> None:
    def two(workbook) -> None:
        for name, mileage in (("old", 1), ("new", 150_000)):
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, RENTAL_PRICE.names)
            sheet.write_row(1, 0, typed_row(mileage=mileage))
            if name == "old":
                sheet.hide()

    content = xlsx(["notes"], header=["notes"], fill=two)
    (line,) = [line for part in parse(content).chunks() for line in part]
    assert orjson.loads(line)["mileage"] == 150_000
    (tmp_path / "again").mkdir()
    named = LimitedTableReader()(tmp_path / "upload", RENTAL_PRICE, tmp_path / "again", sheet="old")
    assert [orjson.loads(line)["mileage"] for part in named.chunks() for line in part] == [1]


def test_more_errors_are_described_when_asked(parse) -> None:
    rows = [row_with(mileage="x")] * 150
    read = LimitedTableReader(ParseLimits(listed_errors=1_000))
    parsed = parse(table(*rows).encode(), read=read)
    assert {error.code for errors in parsed.failed.values() for error in errors} == {
        "rental.mileage_not_a_number"
    }
    with pytest.raises(ContractError, match="150 of 150 rows"):
        refuse_broken(parsed.total, parsed.failed, "atomic", "The table")


def test_rows_whose_errors_are_not_described_are_failed_all_the_same(parse) -> None:
    parsed = parse(
        table(*[row_with(mileage="x")] * 3).encode(), read=LimitedTableReader(ParseLimits(listed_errors=1))
    )
    assert [[error.code for error in errors] for errors in parsed.failed.values()][1:] == [
        ["input.contract"]
    ] * 2


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (ParseLimits(wall_s=0.05), "input.parse_timeout"),
        (ParseLimits(memory_bytes=64 << 20), "input.parse_failed"),
        (ParseLimits(file_bytes=100), "input.parse_failed"),
        (ParseLimits(cpu_s=0), "input.parse_failed"),
    ],
    ids=["wall", "memory", "file", "cpu"],
)
def test_a_child_that_passes_a_limit_is_a_refusal(parse, limits: ParseLimits, code: str) -> None:
    with pytest.raises(UnreadableInputError) as refusal:
        parse(table(*[GOOD_ROW] * 2_000).encode(), read=LimitedTableReader(limits))
    assert refusal.value.code == code


def test_a_child_that_hangs_is_killed_with_what_it_started(parse, tmp_path: Path) -> None:
    """A stand-in child starts a grandchild and hangs; both are gone when the refusal is raised."""
    shim = tmp_path / "python"
    shim.write_text(f"#!/bin/sh\nsleep 60 &\necho $$ $! > {tmp_path}/pids\nwait\n")
    shim.chmod(0o700)
    started = time.monotonic()
    with pytest.raises(UnreadableInputError) as refusal:
        parse(csv_with(), read=LimitedTableReader(ParseLimits(wall_s=1.0), str(shim)))
    assert refusal.value.code == "input.parse_timeout"
    assert time.monotonic() - started < 10
    for pid in (tmp_path / "pids").read_text().split():
        assert _is_gone_soon(int(pid))


def test_a_child_ends_when_the_process_that_waits_for_it_is_killed() -> None:
    """Its input stays open and it has all the time of the world: nothing but the end of its parent ends it."""
    program = (
        "import os, subprocess, sys\n"
        "child = 'drivetrain.adapters.tabular.child'\n"
        "started = subprocess.Popen([sys.executable, '-I', '-m', child, str(os.getpid())])\n"
        "print(started.pid, flush=True)\n"
        "started.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        assert _is_gone_soon(child)


def _is_gone_soon(pid: int) -> bool:
    """True once the process has ended; a grandchild may wait a moment for its new parent to collect it."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if "State:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_the_child_sees_no_secret_and_no_open_file_of_the_parent(
    parse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DRIVETRAIN_ADMIN_KEY", "dt_local_secret")
    shim = tmp_path / "python"
    shim.write_text(
        f'#!/bin/sh\nenv > {tmp_path}/environment\nls -l /proc/$$/fd > {tmp_path}/files\nexec {sys.executable} "$@"\n'
    )
    shim.chmod(0o700)
    secret = tmp_path / "secret"
    secret.write_text("x")
    descriptor = os.open(secret, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    try:
        assert parse(csv_with(), read=LimitedTableReader(python=str(shim))).total == 2
    finally:
        os.close(descriptor)
    environment = {line.partition("=")[0] for line in (tmp_path / "environment").read_text().splitlines()}
    assert environment <= {"PATH", "POLARS_MAX_THREADS", "TMPDIR", "PWD", "SHLVL", "_", "OLDPWD"}
    assert str(secret) not in (tmp_path / "files").read_text()


def test_a_parser_that_cannot_start_is_for_the_caller_to_retry(parse) -> None:
    with pytest.raises(UnavailableError):
        parse(csv_with(), read=LimitedTableReader(python="/nowhere/python"))


def test_the_parent_imports_no_frame_and_no_spreadsheet_reader() -> None:
    """The API process pays neither their memory nor their start."""
    program = (
        "import sys, drivetrain.adapters.tabular.limited\n"
        "print({'polars', 'fastexcel', 'pandas', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
