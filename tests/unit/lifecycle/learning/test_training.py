"""Work side by side keeps its order, counts what is done, and does not hide a failure."""

from __future__ import annotations

import threading

import pytest

from drivetrain.lifecycle.learning.training import SIDE_BY_SIDE, side_by_side


def test_results_come_in_the_order_of_the_items_whoever_is_first():
    first_may_end = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert first_may_end.wait(5)
        else:
            first_may_end.set()
        return item * item

    done = []
    assert list(side_by_side(work, [0, 1, 2], lambda: done.append(1))) == [0, 1, 4]
    assert len(done) == 3


def test_no_more_than_the_agreed_number_run_at_once():
    running, most, lock = set(), [0], threading.Lock()
    barrier = threading.Barrier(SIDE_BY_SIDE)

    def work(item: int) -> None:
        with lock:
            running.add(item)
            most[0] = max(most[0], len(running))
        barrier.wait(5)
        with lock:
            running.discard(item)

    list(side_by_side(work, range(3 * SIDE_BY_SIDE), lambda: None))
    assert most[0] == SIDE_BY_SIDE


def test_a_failure_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(side_by_side(lambda item: 1 / item, [1, 0, 2], lambda: None))
