"""Score one fragment: read, estimate and write side by side, batch by batch, in the order of the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from drivetrain.core.errors import DrivetrainError, UnavailableError, UnreadableInputError
from drivetrain.trips.bulk.application.ports import (
    Failure,
    Figures,
    FloatArray,
    FragmentReport,
    FragmentTables,
    PackedModel,
    Reports,
    RideBatch,
)
from drivetrain.trips.bulk.domain.bulk import Fragment, ModelStamp, OutputStamp
from drivetrain.trips.duration.application.ports import RideModel

Scored = tuple[RideBatch, Figures]


def score_fragment(
    fragment: Fragment, model: RideModel, stamp: ModelStamp, tables: FragmentTables, *, threads: int = 1
) -> None:
    """Make the output of a fragment. Again, or by two at once: it is the same file.

    Args:
        threads: that estimate; reading and writing is done beside them by the caller's thread. At most
            ``threads + 2`` batches are in memory.

    Raises:
        DrivetrainError: there is no output; what was there before is as it was.
    """
    rows = unknown_areas = unanswered = 0
    with tables.writing(fragment, stamp.model_version) as writer:
        for batch, figures in _estimated(tables.batches(fragment), model, threads):
            writer.append(batch, figures)
            rows += len(batch.rides)
            unknown_areas += batch.unknown_areas
            unanswered += len(batch.rides) - int(np.count_nonzero(batch.is_answerable))
        if rows != fragment.rows:
            raise UnreadableInputError(
                f"{fragment.source} is damaged: it holds {rows:,} rows where it promises {fragment.rows:,}.",
                code="trips.damaged_file",
            )
        writer.seal(OutputStamp.of(fragment, stamp, unknown_areas=unknown_areas, unanswered=unanswered))


def attempt(
    fragment: Fragment, model: RideModel, stamp: ModelStamp, tables: FragmentTables, *, threads: int = 1
) -> FragmentReport:
    """Score a fragment; what went wrong with it is part of the report."""
    try:
        score_fragment(fragment, model, stamp, tables, threads=threads)
    except DrivetrainError as error:
        failure = Failure(error.code, error.detail, stops=isinstance(error, UnavailableError))
        return FragmentReport(fragment.source, 0, failure)
    return FragmentReport(fragment.source, fragment.rows)


class PlainEngine:
    """Scores fragments one after the other in this process."""

    def __init__(self, tables: FragmentTables, *, threads: int = 1) -> None:
        self._tables = tables
        self._threads = threads

    def run(self, fragments: Sequence[Fragment], model: PackedModel) -> Reports:
        """Report every fragment as it is done."""
        opened = model.opened()
        for fragment in fragments:
            yield attempt(fragment, opened, model.stamp, self._tables, threads=self._threads)


def _estimated(batches: Iterator[RideBatch], model: RideModel, threads: int) -> Iterator[Scored]:
    """Batches with their figures, in order; the next ones are read and estimated meanwhile."""
    waiting: deque[Future[Scored]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="estimate") as pool:
        for batch in batches:
            waiting.append(pool.submit(_estimate, model, batch))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _estimate(model: RideModel, batch: RideBatch) -> Scored:
    estimates = model.estimate_rides(batch.rides)
    answerable = batch.is_answerable
    return batch, Figures(
        *(_known(minutes, answerable) for minutes in (estimates.duration_min, estimates.low, estimates.high))
    )


def _known(values: FloatArray, answerable: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> FloatArray:
    return values if answerable.all() else np.where(answerable, values, np.nan)
