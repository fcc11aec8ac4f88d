"""The folder's run: goes on where it stopped, names what failed, says it is complete only when it is."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from drivetrain.core.errors import ConflictError, UnavailableError, UnreadableInputError
from drivetrain.core.progress import SilentProgress
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.bulk.application.ports import Failure, FragmentReport, PackedModel, Sources
from drivetrain.trips.bulk.application.score_files import ScoreFiles
from drivetrain.trips.bulk.domain.bulk import OutputFile, OutputStamp, RowGroup, SourceFile

MODEL = PackedModel(ModelRef("trip-duration", "3"), {"point.txt": b"trees"}, load=lambda files, ref: None)
DAMAGED = Failure("trips.damaged_file", "b.parquet is damaged.", stops=False)
FULL = Failure("data.disk_full", "No room is left.", stops=True)


class FakeFolders:
    def __init__(self, *names, damaged=None):
        self._files = tuple(SourceFile(name, 1, "ff", (RowGroup(10, 10),)) for name in names)
        self._damaged = damaged or {}
        self.outputs, self.summary, self.cleared, self.is_claimed = {}, None, 0, False

    def sources(self):
        return Sources(self._files, self._damaged)

    @contextmanager
    def claimed(self):
        self.is_claimed = True
        yield
        self.is_claimed = False

    def written(self):
        assert self.is_claimed
        return dict(self.outputs)

    def clear(self):
        assert self.is_claimed
        self.cleared += 1
        self.summary = None

    def write_summary(self, summary):
        assert self.is_claimed
        self.summary = summary


class FakeEngine:
    """Scores fragments into the fake folder; fails as told; may do one twice, as a cluster does."""

    def __init__(self, folders, failures=None, *, twice=False, loses=()):
        self.folders, self.failures, self.twice, self.loses = folders, failures or {}, twice, loses
        self.ran = []

    def run(self, fragments, model):
        for fragment in fragments:
            self.ran.append(fragment.source)
            failure = self.failures.get(fragment.source)
            if failure is not None:
                yield FragmentReport(fragment.source, 0, failure)
                continue
            stamp = OutputStamp.of(fragment, model.stamp, unknown_areas=1, unanswered=0)
            if fragment.source not in self.loses:
                for _ in range(1 + self.twice):
                    self.folders.outputs[fragment.output] = OutputFile(fragment.rows, stamp)
            yield FragmentReport(fragment.source, fragment.rows)


def score(folders, engine, model=MODEL):
    return ScoreFiles(folders, engine, SilentProgress())(model)


def test_every_file_is_scored_once_and_the_summary_says_so():
    folders = FakeFolders("a.parquet", "b.parquet")
    done = score(folders, FakeEngine(folders, twice=True))
    assert (done.rows, done.kept_rows, done.unknown_areas) == (20, 0, 2)
    assert folders.summary["rows"] == 20


def test_a_second_run_does_nothing_again():
    folders = FakeFolders("a.parquet", "b.parquet")
    first = score(folders, FakeEngine(folders))
    again = FakeEngine(folders)
    done = score(folders, again)
    assert again.ran == []
    assert (done.rows, done.kept_rows, done.summary) == (20, 20, first.summary)


def test_a_damaged_file_is_named_the_others_stay_and_the_next_run_goes_on():
    folders = FakeFolders(
        "a.parquet", "b.parquet", "c.parquet", damaged={"d.parquet": "d.parquet is no Parquet file."}
    )
    folders.summary = {"of": "an earlier run"}
    with pytest.raises(UnreadableInputError) as failed:
        score(folders, FakeEngine(folders, {"b.parquet": DAMAGED}))
    assert failed.value.detail.startswith("2 of 4 files")
    assert [each.pointer for each in failed.value.errors] == ["b.parquet", "d.parquet"]
    assert folders.summary is None, "an incomplete folder must not look complete"
    assert len(folders.outputs) == 2
    folders._damaged = {}
    engine = FakeEngine(folders)
    assert score(folders, engine).kept_rows == 20
    assert engine.ran == ["b.parquet"]


def test_what_every_file_would_meet_stops_the_run():
    folders = FakeFolders("a.parquet", "b.parquet", "c.parquet")
    engine = FakeEngine(folders, {"b.parquet": FULL})
    with pytest.raises(UnavailableError) as stopped:
        score(folders, engine)
    assert stopped.value.code == "data.disk_full"
    assert engine.ran == ["a.parquet", "b.parquet"]
    assert folders.summary is None


def test_an_output_that_was_reported_and_is_not_there_is_noticed():
    folders = FakeFolders("a.parquet", "b.parquet")
    with pytest.raises(ConflictError) as noticed:
        score(folders, FakeEngine(folders, loses={"b.parquet"}))
    assert noticed.value.code == "trips.output_vanished"
    assert folders.summary is None


def test_another_version_does_not_go_on_with_what_this_one_began():
    folders = FakeFolders("a.parquet", "b.parquet")
    with pytest.raises(UnreadableInputError):
        score(folders, FakeEngine(folders, {"b.parquet": DAMAGED}))
    with pytest.raises(ConflictError) as refused:
        score(
            folders, FakeEngine(folders), PackedModel(ModelRef("trip-duration", "4"), MODEL.files, MODEL.load)
        )
    assert refused.value.code == "trips.other_version"
    assert len(folders.outputs) == 1


def test_an_engine_that_is_stopped_is_told_so_at_once():
    """A cluster must not go on, nor its temporary files stay, while somebody still holds the error."""
    folders, ended = FakeFolders("a.parquet", "b.parquet"), []

    class Engine(FakeEngine):
        def run(self, fragments, model):
            try:
                yield from super().run(fragments, model)
            finally:
                ended.append(True)

    with pytest.raises(UnavailableError):
        score(folders, Engine(folders, {"a.parquet": FULL}))
    assert ended == [True]
