"""The plan covers every row group once, and what lies in the output folder is judged by what it says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivetrain.core.errors import ConflictError, InvalidInputError
from drivetrain.trips.bulk.domain.bulk import (
    BATCH_BYTES,
    BATCH_ROWS,
    FRAGMENT_ROWS,
    ModelStamp,
    OutputFile,
    OutputStamp,
    RowGroup,
    SourceFile,
    plan,
    progress_of,
    summary_of,
)

MODEL = ModelStamp("trip-duration", "3", "aa")


def source(path="a.parquet", *rows, size_bytes=100):
    return SourceFile(path, size_bytes, "ff" * 32, tuple(RowGroup(each, each * 100) for each in rows))


def written(fragments, model=MODEL):
    return {
        fragment.output: OutputFile(
            fragment.rows, OutputStamp.of(fragment, model, unknown_areas=1, unanswered=2)
        )
        for fragment in fragments
    }


def test_every_row_group_is_in_exactly_one_fragment_and_in_order():
    half = FRAGMENT_ROWS // 2 + 1
    fragments = plan([source("b.parquet", half, half, half, 10, FRAGMENT_ROWS * 5), source("a/x.parquet", 7)])
    assert [(each.source, each.first_group, each.end_group) for each in fragments] == [
        ("a/x.parquet", 0, 1),
        ("b.parquet", 0, 2),
        ("b.parquet", 2, 5),
    ]
    assert [each.output for each in fragments] == [
        "a/x.00000-00001.parquet",
        "b.00000-00002.parquet",
        "b.00002-00005.parquet",
    ]
    assert sum(each.rows for each in fragments) == 3 * half + 10 + 5 * FRAGMENT_ROWS + 7


def test_a_file_without_rows_has_an_output_too():
    (fragment,) = plan([source("a.parquet")])
    assert (fragment.rows, fragment.output) == (0, "a.00000-00000.parquet")


def test_wide_rows_make_shorter_batches():
    (narrow,) = plan([SourceFile("a.parquet", 1, "", (RowGroup(100_000, 1_000_000),))])
    (wide,) = plan([SourceFile("a.parquet", 1, "", (RowGroup(100_000, 100_000 * 10_000),))])
    (vast,) = plan([SourceFile("a.parquet", 1, "", (RowGroup(10, 10 * BATCH_BYTES),))])
    assert narrow.batch_rows == BATCH_ROWS
    assert wide.batch_rows == BATCH_BYTES // 10_000
    assert vast.batch_rows == 1_024


def test_two_files_of_one_name_are_refused():
    with pytest.raises(InvalidInputError) as refused:
        plan([source("a.parquet", 1), source("a.parquet", 1)])
    assert refused.value.code == "trips.same_name"


def test_what_is_there_is_not_done_again_and_what_is_damaged_is():
    fragments = plan([source("a.parquet", 5), source("b.parquet", 6), source("c.parquet", 7)])
    there = written(fragments[:2]) | {"b.00000-00001.parquet": OutputFile(-1, None)}
    progress = progress_of(fragments, there, MODEL)
    assert list(progress.done) == ["a.00000-00001.parquet"]
    assert [each.source for each in progress.pending] == ["b.parquet", "c.parquet"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda stamp: None, "trips.stray_output"),  # another program's file
        (lambda stamp: replace(stamp, model_version="2"), "trips.other_version"),
        # a version 3 of another installation
        (lambda stamp: replace(stamp, model_sha256="bb"), "trips.other_version"),
        # the input was written again
        (lambda stamp: replace(stamp, footer_sha256="00"), "trips.other_input"),
        (lambda stamp: replace(stamp, size_bytes=101), "trips.other_input"),
        (lambda stamp: replace(stamp, first_group=1), "trips.other_input"),  # cut differently
    ],
)
def test_results_of_something_else_are_never_mixed_in(change, code):
    fragments = plan([source("a.parquet", 5)])
    ((output, found),) = written(fragments).items()
    with pytest.raises(ConflictError) as refused:
        progress_of(fragments, {output: OutputFile(found.rows, change(found.stamp))}, MODEL)
    assert refused.value.code == code
    assert output in refused.value.detail


def test_an_output_of_a_file_that_is_gone_would_double_or_age_and_is_refused():
    there = written(plan([source("gone.parquet", 5)]))
    with pytest.raises(ConflictError) as refused:
        progress_of(plan([source("a.parquet", 5)]), there, MODEL)
    assert refused.value.code == "trips.other_input"


def test_an_output_with_another_number_of_rows_than_its_stamp_is_refused():
    fragments = plan([source("a.parquet", 5)])
    ((output, found),) = written(fragments).items()
    with pytest.raises(ConflictError):
        progress_of(fragments, {output: replace(found, rows=4)}, MODEL)


def test_a_stamp_is_read_back_as_it_was_written_and_nothing_else_is_taken_for_one():
    (fragment,) = plan([source("a.parquet", 5)])
    stamp = OutputStamp.of(fragment, MODEL, unknown_areas=1, unanswered=2)
    assert OutputStamp.from_text(stamp.as_text()) == stamp
    assert stamp.by == MODEL
    for text in (b"", b"[]", b"{}", b"\xff", stamp.as_text().replace(b'"rows": 5', b'"rows": "5"')):
        assert OutputStamp.from_text(text) is None


def test_the_summary_counts_every_file_and_refuses_a_missing_row():
    files = [source("b.parquet", FRAGMENT_ROWS, 5), source("a.parquet", 3)]
    fragments = plan(files)
    done = progress_of(fragments, written(fragments), MODEL).done
    summary = summary_of(files, done, MODEL)
    assert (summary["rows"], summary["unknown_areas"], summary["unanswered"]) == (FRAGMENT_ROWS + 8, 3, 6)
    assert [(each["path"], each["rows"], len(each["outputs"])) for each in summary["files"]] == [
        ("a.parquet", 3, 1),
        ("b.parquet", FRAGMENT_ROWS + 5, 2),
    ]
    with pytest.raises(ConflictError):
        summary_of(files, {output: stamp for output, stamp in done.items() if stamp.rows != 5}, MODEL)


def test_the_digest_of_the_input_follows_every_file():
    def digest(*files):
        fragments = plan(files)
        return summary_of(files, progress_of(fragments, written(fragments), MODEL).done, MODEL)[
            "input_sha256"
        ]

    one, other = source("a.parquet", 1), source("b.parquet", 1)
    assert digest(one, other) == digest(other, one)
    assert len({digest(one), digest(one, other), digest(replace(one, footer_sha256="00"))}) == 3
