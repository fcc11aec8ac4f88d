"""Folders of Parquet files: what goes in comes out once, in order, whole, and damage is named."""

from __future__ import annotations

import errno
import json
import shutil

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.support.trip_files import FIGURES, bytes_of, features, packed, write_rides

from drivetrain.core import files
from drivetrain.core.errors import (
    ConflictError,
    ContractError,
    InvalidInputError,
    UnavailableError,
    UnreadableInputError,
)
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.bulk.adapters.folder_claim import CLAIM
from drivetrain.trips.bulk.adapters.parquet_files import SUMMARY, ParquetFolders, ParquetTables
from drivetrain.trips.bulk.application.score_files import ScoreFiles
from drivetrain.trips.bulk.application.score_fragment import PlainEngine
from drivetrain.trips.bulk.domain import bulk

MODEL = packed()


def score(source, target, model=MODEL):
    folders = ParquetFolders(source, target)
    return ScoreFiles(folders, PlainEngine(ParquetTables(folders.root, folders.target)), SilentProgress())(
        model
    )


@pytest.fixture
def rides(tmp_path):
    """Three files: two of several row groups, one in a subfolder."""
    write_rides(tmp_path / "in/a.parquet", 2_500, seed=1, row_group_size=1_000)
    write_rides(tmp_path / "in/b.parquet", 700, seed=2, row_group_size=1_000)
    write_rides(tmp_path / "in/day=2/c.parquet", 900, seed=3, row_group_size=200)
    return tmp_path / "in"


def test_every_row_comes_out_once_unchanged_and_with_the_figures_of_the_model(rides, tmp_path, monkeypatch):
    monkeypatch.setattr(bulk, "FRAGMENT_ROWS", 1_500)
    done = score(rides, tmp_path / "out")
    assert done.rows == 4_100
    outputs = [name for name in bytes_of(tmp_path / "out") if name.endswith(".parquet")]
    assert outputs == [
        "a.00000-00002.parquet",
        "a.00002-00003.parquet",
        "b.00000-00001.parquet",
        "day=2/c.00000-00005.parquet",
    ]
    whole = pa.concat_tables([parquet.ParquetFile(tmp_path / "out" / name).read() for name in outputs[:2]])
    before = parquet.read_table(rides / "a.parquet")
    assert whole.select(before.schema.names) == before
    folders = ParquetFolders(rides, tmp_path / "other")
    (whole_file,) = [each for each in bulk.plan(folders.sources().files) if each.output == outputs[2]]
    (batch,) = ParquetTables(folders.root, folders.target).batches(whole_file)
    expected = MODEL.opened()._trees.predict(features(batch.rides))
    scored = parquet.ParquetFile(tmp_path / "out" / outputs[2]).read()
    assert np.array_equal(scored.column("predicted_duration").to_numpy(), expected)


def test_the_summary_counts_rows_per_file_and_names_the_model(rides, tmp_path):
    done = score(rides, tmp_path / "out")
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text())
    assert summary == done.summary
    assert summary["rows"] == 4_100
    assert [(file["path"], file["rows"]) for file in summary["files"]] == [
        ("a.parquet", 2_500),
        ("b.parquet", 700),
        ("day=2/c.parquet", 900),
    ]
    assert summary["model"] == {"name": "trip-duration", "version": "1", "sha256": MODEL.stamp.model_sha256}
    assert 0 < summary["unknown_areas"] < 4_100


def test_the_same_run_makes_the_same_bytes_whatever_the_batches_before(rides, tmp_path):
    score(rides, tmp_path / "one")
    score(rides, tmp_path / "other")
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "other")


def test_figures_do_not_depend_on_how_rows_are_batched(rides, tmp_path, monkeypatch):
    score(rides, tmp_path / "one")
    monkeypatch.setattr(bulk, "_SHORTEST_BATCH_ROWS", 1)
    monkeypatch.setattr(bulk, "BATCH_ROWS", 97)
    score(rides, tmp_path / "other")
    one, other = (parquet.read_table(tmp_path / name / "a.00000-00003.parquet") for name in ("one", "other"))
    assert one.select(FIGURES) == other.select(FIGURES)


def test_a_single_file_is_an_input_too(rides, tmp_path):
    assert score(rides / "b.parquet", tmp_path / "out").rows == 700


def test_files_that_other_readers_leave_out_are_left_out(rides, tmp_path):
    for name in ("_metadata.parquet", ".hidden.parquet", "_old/a.parquet", "notes.txt"):
        (rides / name).parent.mkdir(exist_ok=True)
        (rides / name).write_bytes(b"not Parquet")
    assert score(rides, tmp_path / "out").rows == 4_100


def test_a_file_without_rows_comes_out_without_rows(tmp_path):
    write_rides(tmp_path / "in/a.parquet", 0)
    assert score(tmp_path / "in", tmp_path / "out").rows == 0
    (output,) = (tmp_path / "out").glob("*.parquet")
    assert parquet.read_schema(output).names[-4:] == [*FIGURES, "model_version"]


def test_a_second_run_writes_nothing_and_one_with_a_new_file_only_that(rides, tmp_path):
    score(rides, tmp_path / "out")
    at = {path: path.stat().st_ino for path in (tmp_path / "out").rglob("*.parquet")}
    write_rides(rides / "d.parquet", 50, seed=4)
    done = score(rides, tmp_path / "out")
    assert (done.rows, done.kept_rows) == (4_150, 4_100)
    assert {path: path.stat().st_ino for path in at} == at


@pytest.mark.parametrize("harm", ["cut", "empty", "text", "zeros in a page"])
def test_a_damaged_file_is_named_and_the_others_are_done(rides, tmp_path, harm):
    path = rides / "a.parquet"
    content = bytearray(path.read_bytes())
    if harm == "zeros in a page":
        content[200:1200] = bytes(1000)
    path.write_bytes({"cut": content[:-100], "empty": b"", "text": b"a,b\n1,2\n"}.get(harm, content))
    with pytest.raises(UnreadableInputError) as failed:
        score(rides, tmp_path / "out")
    assert [(each.pointer, each.code) for each in failed.value.errors] == [
        ("a.parquet", "trips.damaged_file")
    ]
    assert sorted(bytes_of(tmp_path / "out")) == ["b.00000-00001.parquet", "day=2/c.00000-00005.parquet"]
    write_rides(path, 2_500, seed=1, row_group_size=1_000)
    assert score(rides, tmp_path / "out").kept_rows == 1_600


def test_an_output_that_was_cut_is_made_again(rides, tmp_path):
    score(rides, tmp_path / "out")
    before = bytes_of(tmp_path / "out")
    output = tmp_path / "out" / "b.00000-00001.parquet"
    output.write_bytes(output.read_bytes()[:-9])
    assert score(rides, tmp_path / "out").kept_rows == 3_400
    assert bytes_of(tmp_path / "out") == before


def test_what_stopped_runs_left_is_removed(rides, tmp_path):
    left = tmp_path / "out/day=2/.c.00000-00005.parquet.1-aa.unfinished"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    score(rides, tmp_path / "out")
    assert not left.exists()
    assert not (tmp_path / "out" / CLAIM).exists()


def test_results_of_another_version_or_input_are_refused_and_stay(rides, tmp_path):
    score(rides, tmp_path / "out")
    before = bytes_of(tmp_path / "out")
    with pytest.raises(ConflictError) as other_version:
        score(rides, tmp_path / "out", packed(version="2"))
    with pytest.raises(ConflictError) as other_files:
        score(rides, tmp_path / "out", packed(trees=5))
    write_rides(rides / "b.parquet", 700, seed=9)
    with pytest.raises(ConflictError) as other_input:
        score(rides, tmp_path / "out")
    codes = [each.value.code for each in (other_version, other_files, other_input)]
    assert codes == ["trips.other_version", "trips.other_version", "trips.other_input"]
    assert bytes_of(tmp_path / "out") == before


def test_a_folder_with_somebody_elses_files_is_refused(rides, tmp_path):
    write_rides(tmp_path / "out/theirs.parquet", 5)
    with pytest.raises(ConflictError) as refused:
        score(rides, tmp_path / "out")
    assert refused.value.code == "trips.stray_output"
    assert sorted(bytes_of(tmp_path / "out")) == ["theirs.parquet"]


@pytest.mark.parametrize(
    ("source", "target"), [("in", "in"), ("in", "in/out"), ("in/day=2", "in"), ("in/a.parquet", "in")]
)
def test_input_and_output_inside_each_other_are_refused(rides, source, target):
    with pytest.raises(InvalidInputError) as refused:
        score(rides.parent / source, rides.parent / target)
    assert refused.value.code == "output.inside_input"


def test_wrong_columns_of_all_files_are_named_before_anything_is_done(rides, tmp_path):
    parquet.write_table(
        parquet.read_table(rides / "b.parquet").drop(["trip_start_timestamp"]), rides / "b.parquet"
    )
    parquet.write_table(
        parquet.read_table(rides / "a.parquet").append_column("model_version", [["1"] * 2_500]),
        rides / "a.parquet",
    )
    with pytest.raises(ContractError) as refused:
        score(rides, tmp_path / "out")
    assert {(each.pointer, each.code, each.column) for each in refused.value.errors} == {
        ("a.parquet", "trips.column_taken", "model_version"),
        ("b.parquet", "trips.missing_column", "trip_start_timestamp"),
    }
    assert not (tmp_path / "out").exists()


def test_no_input_is_said_to_be_none(tmp_path):
    (tmp_path / "empty").mkdir()
    for source in ("empty", "nothing"):
        with pytest.raises(InvalidInputError) as refused:
            score(tmp_path / source, tmp_path / "out")
        assert refused.value.code == "input.no_file"
    (tmp_path / "file").write_text("")
    write_rides(tmp_path / "in/a.parquet", 1)
    with pytest.raises(InvalidInputError) as refused:
        score(tmp_path / "in", tmp_path / "file")
    assert refused.value.code == "output.no_folder"


def test_a_second_run_at_the_same_time_is_refused(rides, tmp_path):
    folders = ParquetFolders(rides, tmp_path / "out")
    with folders.claimed(), pytest.raises(ConflictError) as refused:
        score(rides, tmp_path / "out")
    assert refused.value.code == "trips.run_in_progress"
    assert score(rides, tmp_path / "out").rows == 4_100


def test_a_file_that_is_replaced_during_the_run_is_noticed(rides, tmp_path):
    folders = ParquetFolders(rides, tmp_path / "out")
    fragments = bulk.plan(folders.sources().files)
    write_rides(rides / "a.parquet", 2_500, seed=8, row_group_size=1_000)
    with pytest.raises(ConflictError) as noticed:
        next(ParquetTables(folders.root, folders.target).batches(fragments[0]))
    assert noticed.value.code == "trips.input_changed"


def test_a_full_disk_stops_the_run_without_a_half_written_file_and_the_next_run_goes_on(
    rides, tmp_path, monkeypatch
):
    sync, calls = files.sync, []

    def full_at_the_second_file(path):
        calls.append(path)
        if len(calls) == 3:  # a file, its folder, the next file
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(path)

    monkeypatch.setattr(files, "sync", full_at_the_second_file)
    with pytest.raises(UnavailableError) as full:
        score(rides, tmp_path / "out")
    assert full.value.code == "data.disk_full"
    assert sorted(bytes_of(tmp_path / "out")) == ["a.00000-00003.parquet"]
    monkeypatch.undo()
    assert score(rides, tmp_path / "out").kept_rows == 2_500


def test_the_claim_is_gone_with_its_folder_and_that_is_said(rides, tmp_path):
    folders = ParquetFolders(rides, tmp_path / "out")
    with folders.claimed():
        shutil.rmtree(tmp_path / "out")
    assert not (tmp_path / "out").exists()
