"""``python -m bench.later_day``: the trip duration model of an earlier commit beside the one of this tree, on the same trips.

The cases, the parts and their seed stand in ``duration_fits``. Both sides train with their own code, in turn and in
processes of their own; both then answer the same held-out trips. Intervals are of 95 %, by resampling whole civil
hours (whole days in the sample, whose hours hold one trip), the same draws for both sides.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from bench import duration_fits
from bench.duration_fits import CASES, PARTS
from drivetrain.core.statistics import bootstrap_of_sums
from drivetrain.trips.city.domain.areas import PLACES, straight_km
from drivetrain.trips.duration.domain.duration import COVERAGE

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Answers = dict[str, NDArray[Any]]

DRAWS, SEED = 2_000, 20_262
SEGMENT_ROWS, LEAST_COVERAGE = 100, 0.86
BASE = "3eabe2f"
"""The commit whose model is the older side when no other is named."""

_COUNTS = (0, 1, 5, 20, 100)
"""Least training trips of a pair in each class of pairs."""

_KM = (0.0, 0.01, 1.5, 3.0, 5.0, 8.0, 12.0, 16.0, 20.0)
"""Where classes of distance begin; the first holds trips within one area."""

_REPOSITORY = Path(__file__).parent.parent
_console = Console(soft_wrap=True)


def main() -> int:
    """Train both sides on the chosen cases and print them; 0 when they could be compared."""
    parser = argparse.ArgumentParser(prog="python -m bench.later_day", description=__doc__)
    parser.add_argument("--old", default=BASE, help="commit of the older side")
    parser.add_argument("--cases", default=",".join(CASES), help="separated by commas")
    parser.add_argument(
        "--parts", type=int, default=PARTS, help="of the sample, how many of its parts are judged"
    )
    wanted = parser.parse_args()
    folder = Path(os.environ["DRIVETRAIN_DATA_DIR"]).resolve() / "chicago_taxi"
    with tempfile.TemporaryDirectory(prefix="drivetrain-bench-") as scratch:
        old_tree = _tree_of(wanted.old, Path(scratch))
        for name in wanted.cases.split(","):
            sides = {
                side: _fitted(tree, folder, (side, name, str(wanted.parts)), Path(scratch))
                for side, tree in (("old", old_tree), ("new", _REPOSITORY))
            }
            _show(name, sides["old"], sides["new"])
    return 0


def _tree_of(commit: str, scratch: Path) -> Path:
    """The sources of a commit."""
    archive = subprocess.run(
        ["git", "archive", commit, "src"], cwd=_REPOSITORY, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(scratch / "old", filter="data")
    return scratch / "old"


def _fitted(tree: Path, folder: Path, case: tuple[str, str, str], scratch: Path) -> Answers:
    """The answers of one side; ``case`` is the side, the name of the case and the number of parts."""
    into = scratch / "answers.npz"
    subprocess.run(
        [sys.executable, "-P", duration_fits.__file__, str(folder), *case, str(into)],
        check=True,
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
    )
    with np.load(into) as file:
        return dict(file)


def _show(name: str, old: Answers, new: Answers) -> None:
    if not np.array_equal(old["truth"], new["truth"]):
        raise ValueError(f"{name}: the two sides judged on different trips")
    seconds = f"{old['seconds']:.1f} s, {new['seconds']:.1f} s"
    _console.print(f"\n[bold]{name}[/]: {len(old['truth']):,} trips; trained and answered in {seconds}")
    is_off = old["is_day_off"].astype(np.bool_)
    groups = {"all": np.ones(len(is_off), dtype=np.bool_), "days off": is_off, "working days": ~is_off}
    blocks = old["civil_hour"] // (24 if CASES[name].is_split else 1)
    for words, chosen in groups.items():
        if words == "all" or 0 < chosen.sum() < len(chosen):
            _show_figures(f"{words} ({chosen.sum():,})", old, new, chosen, blocks)
    for side, answers in (("old", old), ("new", new)):
        _show_coverage(side, answers, old["pair_trips"])


def _show_figures(words: str, old: Answers, new: Answers, chosen: BoolArray, blocks: FloatArray) -> None:
    """Each figure of both sides, and the difference on the same draws."""
    block = np.unique(blocks[chosen], return_inverse=True)[1]
    for figure, values_of in _FIGURES.items():
        before, after = (values_of(answers)[chosen] for answers in (old, new))
        texts = [_mean(block, column) for column in (before, after, after - before)]
        _console.print(f"  {words}, {figure}: old {texts[0]}, new {texts[1]}, new - old {texts[2]}")


def _show_coverage(side: str, answers: Answers, pair_trips: FloatArray) -> None:
    """How many segments there are, and those that are covered least, with their sizes and mean widths."""
    inside = _is_inside(answers)
    covered = [
        (float(inside[rows].mean()), words, int(rows.sum()), float(_width(answers)[rows].mean()))
        for words, rows in _segments(answers, pair_trips)
        if rows.sum() >= SEGMENT_ROWS
    ]
    below = sorted(segment for segment in covered if segment[0] < LEAST_COVERAGE)
    _console.print(
        f"  {side}: {len(covered)} segments of {SEGMENT_ROWS} trips or more, covered from {min(covered)[0]:.3f} to "
        f"{max(covered)[0]:.3f}; below {LEAST_COVERAGE}: {len(below)}"
    )
    for coverage, words, count, width in below or sorted(covered)[:3]:
        _console.print(f"    {words}: {coverage:.3f} of {count:,}, mean width {width:.1f} min")


def _segments(answers: Answers, pair_trips: FloatArray) -> Iterator[tuple[str, BoolArray]]:
    """Segments by what makes a trip uncertain; pairs are counted in what the older side learned from."""
    pair, hour = answers["pair"], answers["civil_hour"] % 24
    pickup, dropoff = pair // PLACES, pair % PLACES
    is_known = (pickup > 0) & (dropoff > 0)
    distance = np.where(is_known, np.nan_to_num(straight_km().ravel())[pair], np.nan)
    for low, high in zip(_COUNTS, (*_COUNTS[1:], np.inf), strict=True):
        yield f"pairs of {low} to {high - 1:g} training trips", (pair_trips >= low) & (pair_trips < high)
    for nearest, farthest in zip(_KM, (*_KM[1:], np.inf), strict=True):
        yield f"{nearest:g} to {farthest:g} km", (distance >= nearest) & (distance < farthest)
    yield "an area unknown", ~is_known
    for number in np.unique(hour):
        yield f"hour {number}", hour == number
    for end, areas in (("from", pickup), ("to", dropoff)):
        for area in np.unique(areas):
            yield f"{end} area {area}", areas == area
    for number in np.unique(pair):
        yield f"area {number // PLACES} to {number % PLACES}", pair == number


def _is_inside(answers: Answers) -> BoolArray:
    inside: BoolArray = (answers["low"] <= answers["truth"]) & (answers["truth"] <= answers["high"])
    return inside


def _width(answers: Answers) -> FloatArray:
    width: FloatArray = answers["high"] - answers["low"]
    return width


def _interval_score(answers: Answers) -> FloatArray:
    """Width, and what the truth lies outside, weighted by how seldom it may (Gneiting and Raftery, 2007, equation 43)."""
    truth = answers["truth"]
    outside = np.maximum(answers["low"] - truth, 0) + np.maximum(truth - answers["high"], 0)
    score: FloatArray = _width(answers) + 2 / (1 - COVERAGE) * outside
    return score


_FIGURES: dict[str, Callable[[Answers], FloatArray]] = {
    "MAE": lambda answers: np.abs(answers["truth"] - answers["predicted"]),
    "bias": lambda answers: answers["predicted"] - answers["truth"],
    "coverage": lambda answers: _is_inside(answers).astype(np.float64),
    "width": _width,
    "interval score": _interval_score,
}


def _mean(block: NDArray[np.intp], column: FloatArray) -> str:
    ones = np.ones(len(column))
    return bootstrap_of_sums(
        block, [column, ones], lambda total, count: total / count, draws=DRAWS, seed=SEED
    ).text(3)


if __name__ == "__main__":
    sys.exit(main())
