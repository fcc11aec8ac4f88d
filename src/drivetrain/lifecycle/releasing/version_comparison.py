"""The candidate beside the live version: both answer the rows that neither learned from, of both their tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from drivetrain.core.errors import InvalidInputError
from drivetrain.core.progress import Progress
from drivetrain.core.statistics import LEVEL, Estimate
from drivetrain.lifecycle.learning.features import FloatArray
from drivetrain.lifecycle.learning.gate import Check
from drivetrain.lifecycle.learning.held_back import HELD_BACK, PARTS, SplitTable, Unit
from drivetrain.lifecycle.learning.training import TOO_FEW_ROWS, Predict, Refit

ALLOWED_LOSS = 0.02
"""Share of the live version's error: more than honest retrainings lost where it was tried (decision 55), less than
candidates lost that had learned from a fifth fewer rows."""

FEWEST_ROWS = 300
"""With fewer held-back rows an interval is wider than any loss worth talking about."""

FEWEST_BLOCKS = 5
"""Of fewer hours or days nobody can tell how much they differ; of about 35 days five are held back."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the two versions.

    Attributes:
        table: what it learned from, with the rows that were held back from it.
        predict: by its own files.
        recipe: how it was fitted.
    """

    table: SplitTable
    predict: Predict
    recipe: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ErrorDifference:
    """Mean absolute errors of both on the same rows, in the unit of the target.

    Attributes:
        difference: new minus live, with its 95 % interval.
        rows: that were asked; 0 where there were too few blocks, and the figures are NaN.
        blocks: how many of the unit the rows make up: distinct rows, hours or days.
        is_pooled: True where most rows were answered by refits on the other parts of each table.
    """

    new: float
    live: float
    difference: Estimate
    rows: int
    blocks: int
    unit: Unit
    is_pooled: bool

    @property
    def allowed(self) -> float:
        """Largest upper bound of the difference."""
        return ALLOWED_LOSS * self.live

    def check(self, live: str, table: str, unit: str) -> Check:
        """Ask whether the new version is not worse than the live one on the rows of a table."""
        question = f"not worse than live version {live} on held-back rows of {table}"
        if not self.rows:
            figures = (
                f"{self.blocks} {self.unit}s that neither learned from, at least {FEWEST_BLOCKS} are needed"
            )
            return Check(question, passed=False, figures=figures)
        half = (self.difference.high - self.difference.low) / 2
        pooled = f", pooled from {PARTS} splits as too few are held back" if self.is_pooled else ""
        figures = (
            f"MAE {self.new:.4g} against {self.live:.4g} {unit}, difference {self.difference.text()}, "
            f"interval +/- {half:.2f}, upper bound allowed {self.allowed:.2f}, {self.rows:,} rows{pooled}"
        )
        return Check(question, self.difference.high <= self.allowed, figures)

    def as_dict(self) -> dict[str, object]:
        """Plain values for the report; without rows there are no figures."""
        figures = {
            "new_mae_error": round(self.new, 4),
            "live_mae_error": round(self.live, 4),
            "difference": self.difference.as_mean(),
            "allowed": round(self.allowed, 4),
        }
        return {"rows": self.rows, "is_pooled": self.is_pooled, **(figures if self.rows else {})}


@dataclass(frozen=True, slots=True)
class _Answers:
    """Absolute errors of both for some rows, with the block that each row belongs to; shape (n_rows,)."""

    new: FloatArray
    live: FloatArray
    blocks: NDArray[np.uint64]

    @property
    def is_enough(self) -> bool:
        """True where they tell something without refits."""
        return len(self.blocks) >= FEWEST_ROWS and len(np.unique(self.blocks)) >= FEWEST_BLOCKS


def compare_errors(
    new: Contender, live: Contender, refit: Refit, progress: Progress
) -> tuple[ErrorDifference, ErrorDifference]:
    """Ask both for the rows of the live version's table, and of the new one.

    Where that leaves too few (``FEWEST_ROWS``, ``FEWEST_BLOCKS``), the other parts are pooled with them: for each
    part, both are fitted again by their own recipes on their own tables without it.

    Raises:
        InvalidInputError: one cannot be fitted again by its recipe.
    """
    tables = (live.table, new.table)
    direct = [_unseen(table, new, live) for table in tables]
    is_pooled = not all(answers.is_enough for answers in direct)
    others = list(_other_parts(new, live, refit, progress)) if is_pooled else []
    own, other = (_joined([direct[place], *(parts[place] for parts in others)]) for place in range(2))
    return (
        _difference(own, live.table.unit, is_pooled=is_pooled),
        _difference(other, new.table.unit, is_pooled=is_pooled),
    )


def _unseen(table: SplitTable, new: Contender, live: Contender) -> _Answers:
    """By the versions themselves, for the rows that neither learned from."""
    learned = np.concatenate([new.table.learned_rows, live.table.learned_rows])
    return _ask(table, ~np.isin(table.rows, learned), new.predict, live.predict)


def _other_parts(
    new: Contender, live: Contender, refit: Refit, progress: Progress
) -> Iterator[tuple[_Answers, _Answers]]:
    """For each part but the held-back one, errors on the live version's table and on the new one."""
    is_same = new.recipe == live.recipe and _is_same(new.table, live.table)
    contenders = (new,) if is_same else (new, live)
    others = [part for part in range(PARTS) if part != HELD_BACK]
    with progress.stage("compare with the live version", total=len(others), unit="splits") as stage:
        for part in others:
            asked = np.concatenate([table.rows[table.parts == part] for table in (live.table, new.table)])
            fits = [_refit_without(contender, part, asked, refit) for contender in contenders]
            answers = [
                _ask(table, table.parts == part, fits[0], fits[-1]) for table in (live.table, new.table)
            ]
            stage.advance()
            yield answers[0], answers[1]


def _refit_without(
    contender: Contender, part: int, asked: NDArray[np.uint64], refit: Refit
) -> Predict | None:
    """By the rows that are neither in the part nor asked: where tables differ in their unit, a part is not the same rows."""
    split = contender.table
    try:
        return refit(split.table.at((split.parts != part) & ~np.isin(split.rows, asked)), contender.recipe)
    except InvalidInputError as error:
        if error.code != TOO_FEW_ROWS:
            raise
        return None


def _ask(
    table: SplitTable, is_asked: NDArray[np.bool_], new: Predict | None, live: Predict | None
) -> _Answers:
    if new is None or live is None or not is_asked.any():
        return _Answers(np.empty(0), np.empty(0), np.empty(0, dtype=np.uint64))
    asked = table.table.at(is_asked)
    errors = [np.abs(predict(asked.rows) - asked.target) for predict in (new, live)]
    return _Answers(errors[0], errors[1], table.blocks[is_asked])


def _joined(parts: list[_Answers]) -> _Answers:
    return _Answers(
        np.concatenate([part.new for part in parts]),
        np.concatenate([part.live for part in parts]),
        np.concatenate([part.blocks for part in parts]),
    )


def _difference(answers: _Answers, unit: Unit, *, is_pooled: bool) -> ErrorDifference:
    """The mean of paired differences; rows of one block err together, so that the interval counts blocks.

    Refits share most of their rows and err together as well, so that pooled intervals are wider.

    Source:
        Cameron and Miller (2015), A practitioner's guide to cluster-robust inference, equation 11; Nadeau and
        Bengio (2003), Inference for the generalization error, equation 10.
    """
    count = len(answers.blocks)
    _, block = np.unique(answers.blocks, return_inverse=True)
    blocks = len(np.unique(block))
    if blocks < FEWEST_BLOCKS:
        return ErrorDifference(np.nan, np.nan, Estimate(np.nan), 0, blocks, unit, is_pooled)
    gain = answers.new - answers.live
    mean = float(gain.mean())
    sums = np.bincount(block, weights=gain - mean)
    shared = 1 + PARTS / (PARTS - 1) if is_pooled else 1.0
    spread = np.sqrt(shared * blocks / (blocks - 1) * np.sum(sums**2)) / count
    half = float(stats.t.ppf((1 + LEVEL) / 2, blocks - 1) * spread)
    difference = Estimate(mean, mean - half, mean + half)
    return ErrorDifference(
        float(answers.new.mean()), float(answers.live.mean()), difference, count, blocks, unit, is_pooled
    )


def _is_same(new: SplitTable, live: SplitTable) -> bool:
    return np.array_equal(new.rows, live.rows) and np.array_equal(new.table.target, live.table.target)
