"""Trials in several processes beside each other."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from drivetrain.dispatch.simulation.application.try_policies import Trial, run_here
from drivetrain.dispatch.simulation.domain.measures import Measures


def run_side_by_side(processes: int) -> Callable[[Sequence[Trial]], Iterator[Measures]]:
    """How to run trials in so many processes; in this one for 1."""
    if processes == 1:
        return run_here

    def run(trials: Sequence[Trial]) -> Iterator[Measures]:
        # spawned: a fork would copy the threads of the progress bar as they stand
        with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
            yield from pool.map(_run, trials)

    return run


def _run(trial: Trial) -> Measures:
    return trial()
