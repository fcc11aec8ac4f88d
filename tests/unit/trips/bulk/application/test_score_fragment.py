"""A fragment is scored in order, in bounded memory, and whole or not at all."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import numpy as np
import pytest
from tests.support.trip_files import Estimates

from drivetrain.core.errors import InvalidInputError, UnavailableError, UnreadableInputError
from drivetrain.lifecycle.serving.predictions import ModelRef
from drivetrain.trips.bulk.application.ports import RideBatch
from drivetrain.trips.bulk.application.score_fragment import attempt, score_fragment
from drivetrain.trips.bulk.domain.bulk import ModelStamp, RowGroup, SourceFile, plan
from drivetrain.trips.rides.domain.rides import Rides

STAMP = ModelStamp("trip-duration", "3", "aa")
START = np.datetime64("2022-03-01", "us")


def fragment_of(rows):
    return plan([SourceFile("a.parquet", 1, "", (RowGroup(rows, rows),))])[0]


class MilesModel:
    """Answers the area, so that every figure names its row."""

    ref = ModelRef("trip-duration", "3")

    def estimate_rides(self, rides):
        point = rides.pickup_community_area.astype(np.float64)
        return Estimates(point, point - 1, point + 1)


class FakeTables:
    """Hands out batches and remembers what was written; ``most_ahead`` is how far reading was ahead of writing."""

    def __init__(self, sizes, *, fail_reading_at=None, writing=None):
        self.sizes, self.fail_reading_at, self.writing_error = sizes, fail_reading_at, writing
        self.read = self.most_ahead = 0
        self.points, self.stamp, self.is_visible = [], None, False

    def batches(self, fragment):
        first = 1
        for at, size in enumerate(self.sizes):
            if at == self.fail_reading_at:
                raise UnreadableInputError("a.parquet is damaged.", code="trips.damaged_file")
            areas = np.arange(first, first + size, dtype=np.int16)
            first += size
            nothing = np.full(size, np.nan)
            rides = Rides(areas, areas, np.full(size, START), nothing, nothing, nothing, nothing)
            self.read += 1
            self.most_ahead = max(self.most_ahead, self.read - len(self.points))
            yield RideBatch(rides, areas != 3, unknown_areas=1, rows=areas)

    @contextmanager
    def writing(self, fragment, model_version):
        yield self
        self.is_visible = True

    def append(self, batch, figures):
        if self.writing_error is not None:
            raise self.writing_error
        self.points.append(figures.duration_min)

    def seal(self, stamp):
        self.stamp = stamp


@pytest.mark.parametrize("threads", [1, 3])
def test_rows_come_out_in_order_and_are_counted(threads):
    tables = FakeTables([2, 2, 2, 2, 1])
    score_fragment(fragment_of(9), MilesModel(), STAMP, tables, threads=threads)
    assert np.array_equal(np.concatenate(tables.points), [1, 2, np.nan, 4, 5, 6, 7, 8, 9], equal_nan=True)
    assert (tables.stamp.rows, tables.stamp.unanswered, tables.stamp.unknown_areas) == (9, 1, 5)
    assert tables.stamp.by == STAMP
    assert tables.is_visible


@pytest.mark.parametrize("threads", [1, 3])
def test_reading_never_runs_far_ahead_of_writing(threads):
    tables = FakeTables([1] * 70)
    score_fragment(fragment_of(70), MilesModel(), STAMP, tables, threads=threads)
    assert tables.most_ahead <= threads + 2


def test_reading_goes_on_while_the_model_estimates():
    """A model that waits for the next batch to be read would wait for ever if reading waited for it."""
    tables, second_read = FakeTables([1, 1]), threading.Event()
    read = tables.batches

    def watched(fragment):
        for at, batch in enumerate(read(fragment)):
            if at == 1:
                second_read.set()
            yield batch

    class WaitingModel(MilesModel):
        def estimate_rides(self, rides):
            assert second_read.wait(30)
            return super().estimate_rides(rides)

    tables.batches = watched
    score_fragment(fragment_of(2), WaitingModel(), STAMP, tables)
    assert tables.is_visible


def test_a_file_that_holds_fewer_rows_than_it_promises_has_no_output():
    tables = FakeTables([2])
    with pytest.raises(UnreadableInputError, match=r"holds 2 rows where it promises 3"):
        score_fragment(fragment_of(3), MilesModel(), STAMP, tables)
    assert not tables.is_visible


@pytest.mark.parametrize(
    ("tables", "code", "stops"),
    [
        (FakeTables([2, 2], fail_reading_at=1), "trips.damaged_file", False),
        (
            FakeTables([2, 2], writing=UnavailableError("No room.", code="data.disk_full")),
            "data.disk_full",
            True,
        ),
        (
            FakeTables([2, 2], writing=InvalidInputError("No area.", code="trips.wrong_area")),
            "trips.wrong_area",
            False,
        ),
    ],
)
def test_what_went_wrong_is_in_the_report(tables, code, stops):
    report = attempt(fragment_of(4), MilesModel(), STAMP, tables)
    assert (report.failure.code, report.failure.stops, report.rows) == (code, stops, 0)
    assert not tables.is_visible


def test_a_bug_is_not_taken_for_a_damaged_file():
    class BrokenModel(MilesModel):
        def estimate_rides(self, rides):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        attempt(fragment_of(1), BrokenModel(), STAMP, FakeTables([1]))
