"""Scoring a folder in real processes: memory, kill -9 in the middle, a disk that is full, the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.support.trip_files import bytes_of, packed, rides_table, write_rides

from drivetrain.core.progress import SilentProgress
from drivetrain.entrypoints.cli.main import main
from drivetrain.trips.bulk.adapters.parquet_files import SUMMARY, ParquetFolders, ParquetTables
from drivetrain.trips.bulk.application.score_files import ScoreFiles
from drivetrain.trips.bulk.application.score_fragment import PlainEngine

ROOT = Path(__file__).parents[2]
CHILD = """
import json, resource, sys
sys.path.insert(0, {root!r})
from drivetrain.core.errors import DrivetrainError
from drivetrain.core.progress import SilentProgress
from drivetrain.trips.bulk.adapters.parquet_files import ParquetFolders, ParquetTables
from drivetrain.trips.bulk.application.score_files import ScoreFiles
from drivetrain.trips.bulk.application.score_fragment import PlainEngine
from tests.support.trip_files import load
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.bulk.application.ports import PackedModel
from pathlib import Path

source, target, model, limit = sys.argv[1:5]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
files = {{path.name: path.read_bytes() for path in Path(model).iterdir()}}
folders = ParquetFolders(Path(source), Path(target))
score = ScoreFiles(folders, PlainEngine(ParquetTables(folders.root, folders.target)), SilentProgress())
try:
    answer = {{"rows": score(PackedModel(ModelRef("trip-duration", "1"), files, load)).rows}}
except DrivetrainError as error:
    answer = {{"code": error.code}}
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))  # not the parent's, as getrusage says
peak_mib = int(peak.split()[1]) / 1024
print(json.dumps({{**answer, "peak_mib": peak_mib}}))
"""
DELAY_S = 0.02


def score_here(source, target, model):
    folders = ParquetFolders(source, target)
    return ScoreFiles(folders, PlainEngine(ParquetTables(folders.root, folders.target)), SilentProgress())(
        model
    )


def child(source, target, model, *, limit=0):
    folder = target.parent / f"model of {target.name}"
    folder.mkdir(exist_ok=True)
    for name, content in model.files.items():
        (folder / name).write_bytes(content)
    arguments = [
        sys.executable,
        "-c",
        CHILD.format(root=str(ROOT)),
        str(source),
        str(target),
        str(folder),
        str(limit),
    ]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def answered(process):
    out, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    return json.loads(out)


def test_memory_does_not_grow_with_the_table_not_even_when_it_is_one_row_group(tmp_path):
    """Four times the rows, in one file with one row group, take much less than four times the memory: the allocators' slack."""
    write_wide(tmp_path / "one/a.parquet", 200_000)  # enough to fill every place in the pipeline
    write_wide(tmp_path / "four/a.parquet", 800_000)
    one, four = (
        answered(child(tmp_path / name, tmp_path / f"out {name}", packed(trees=2)))
        for name in ("one", "four")
    )
    assert (one["rows"], four["rows"]) == (200_000, 800_000)
    grown = uncompressed(tmp_path / "four/a.parquet") - uncompressed(tmp_path / "one/a.parquet")
    assert grown > 250, "the larger table must be large enough to be seen"
    assert four["peak_mib"] - one["peak_mib"] < grown / 3
    assert four["peak_mib"] < 512


def write_wide(path, rows):
    """A table whose size shows: a column of 300 bytes a row that does not compress."""
    path.parent.mkdir()
    piece = rides_table(20_000)
    with parquet.ParquetWriter(
        path, piece.schema.append(pa.field("noise", pa.binary(400))), use_dictionary=False
    ) as writer:
        pieces = [
            piece.append_column("noise", pa.array([os.urandom(400) for _ in range(20_000)], pa.binary(400)))
        ]
        writer.write_table(pa.concat_tables(pieces * (rows // 20_000)), row_group_size=rows)


def uncompressed(path):
    return sum(parquet.ParquetFile(path).metadata.row_group(at).total_byte_size for at in range(1)) / (
        1 << 20
    )


def test_killed_in_the_middle_and_run_again_every_row_is_there_once(tmp_path):
    """The bytes of the folder are those of a run that nobody stopped."""
    source, target, model = tmp_path / "in", tmp_path / "out", packed(delay_s=DELAY_S)
    for number in range(12):
        write_rides(source / f"{number:02d}.parquet", 3_000, seed=number)
    score_here(source, tmp_path / "unstopped", model)
    for killed_after in (2, 5, 8):
        process = child(source, target, model)
        wait_for(process, target, killed_after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert not (target / SUMMARY).exists()
        for path in target.glob("*.parquet"):
            assert parquet.ParquetFile(path).metadata.num_rows == 3_000, "what is visible is whole"
    done = score_here(source, target, model)
    assert done.rows == 36_000
    assert done.kept_rows >= 8 * 3_000
    assert bytes_of(target) == bytes_of(tmp_path / "unstopped")
    ids = parquet.read_table(target).column("trip_id")
    assert len(ids) == len(ids.unique()) == 36_000


def wait_for(process, target, count):
    give_up_at = time.monotonic() + 60
    while len(list(target.glob("*.parquet"))) < count:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < give_up_at
        time.sleep(0.005)


def test_a_disk_without_room_is_said_to_be_full_and_nothing_half_written_is_seen(tmp_path):
    write_rides(tmp_path / "in/a.parquet", 500)
    write_rides(tmp_path / "in/b.parquet", 30_000)
    small = tmp_path / "in/a.parquet"
    answer = answered(child(tmp_path / "in", tmp_path / "out", packed(), limit=small.stat().st_size * 3))
    assert answer["code"] == "data.disk_full"
    assert sorted(bytes_of(tmp_path / "out")) == ["a.00000-00001.parquet"]
    assert score_here(tmp_path / "in", tmp_path / "out", packed()).kept_rows == 500


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--in", "nowhere", "--out", "out"], 2, "There is no file or folder"),
        (["--in", ".", "--out", "out"], 2, "must not lie inside each other"),
        (["--in", "in", "--out", "out", "--engine", "spark"], 2, "choose from plain, ray"),
        (["--in", "in"], 2, "--out"),
    ],
)
def test_the_command_refuses_in_one_sentence(tmp_path, arguments, exit_code, words, monkeypatch, capsys):
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRIVETRAIN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["drivetrain", "score", "trips", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr().err
    assert ended.value.code == exit_code
    assert words in said
    assert "Traceback" not in said


def test_a_folder_that_may_not_be_written_is_said_to_be_unusable(tmp_path):
    """A file in the way of the output's subfolder: the same for root, whom permissions do not stop."""
    write_rides(tmp_path / "in/day=1/a.parquet", 10)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/day=1").write_text("in the way")
    answer = answered(child(tmp_path / "in", tmp_path / "out", packed()))
    assert answer["code"] == "data.folder_unusable"
