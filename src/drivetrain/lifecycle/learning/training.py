"""From a table to a candidate: what every model's training gives, whatever the model is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from drivetrain.core.progress import Progress
from drivetrain.lifecycle.learning.features import Columns, FloatArray, take

if TYPE_CHECKING:
    from drivetrain.lifecycle.learning.gate import Verdict  # brings SciPy, which serving does not need

TOO_FEW_ROWS = "train.too_few_rows"
"""Code of the refusal of a table that is too small to learn from or to judge by."""

SIDE_BY_SIDE = 2
"""Fits that run at the same time; the libraries let go of the interpreter's lock."""


@dataclass(frozen=True, slots=True)
class TrainingTable:
    """The rows of a table that passed the contract.

    Attributes:
        rows: canonical inputs, column by column.
        target: shape (n_rows,), in the unit of the contract's target.
    """

    rows: Columns
    target: FloatArray

    def __len__(self) -> int:
        return len(self.target)

    def at(self, is_wanted: NDArray[np.bool_]) -> TrainingTable:
        """The rows where the mask of shape (n_rows,) is True, in order."""
        return TrainingTable(take(self.rows, np.flatnonzero(is_wanted)), self.target[is_wanted])


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A fitted model with what was measured about it.

    Attributes:
        files: contents of the artifact by file name.
        metrics: name to value, ``*_score`` higher is better, ``*_error`` lower is better.
        report: everything the card shows, plain JSON values.
        params: what the training was told.
    """

    files: Mapping[str, bytes]
    metrics: Mapping[str, float]
    report: Mapping[str, object]
    params: Mapping[str, object]
    verdict: Verdict


class Train(Protocol):
    """Fits, measures and packs a model. Imports its libraries when called."""

    def __call__(
        self,
        table: TrainingTable,
        settings: Mapping[str, object],
        champion: Mapping[str, object] | None,
        progress: Progress,
    ) -> FittedModel:
        """Train on a table.

        Args:
            settings: what differs from the default recipe.
            champion: the live version's recipe, to be compared on the same folds; None when there is none, or where
                the versions themselves are compared afterwards.
        """
        ...


Predict = Callable[[Columns], FloatArray]
"""Predictions for rows, in the unit of the contract's target, shape (n_rows,)."""


class Refit(Protocol):
    """Fits the point prediction alone, without measuring it. Imports its libraries when called."""

    def __call__(self, table: TrainingTable, recipe: Mapping[str, object]) -> Predict:
        """Fit by a version's recipe.

        Raises:
            InvalidInputError: ``TOO_FEW_ROWS``, the table is too small for it; else the recipe cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True)
class PointPrediction:
    """How two versions of a model are asked for the value that a table's target is the truth of.

    Attributes:
        of: by a loaded version, for rows; in the unit of the target, shape (n_rows,).
        refit: fits it on other rows, where too few are held back to judge the versions themselves.
    """

    of: Callable[[Any, Columns], FloatArray]
    refit: Refit


T = TypeVar("T")
R = TypeVar("R")


def side_by_side(work: Callable[[T], R], items: Iterable[T], advance: Callable[[], object]) -> Iterator[R]:
    """Results in the order of the items, a few worked on at a time; ``advance`` is called after each."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for result in pool.map(work, items):
            advance()
            yield result
