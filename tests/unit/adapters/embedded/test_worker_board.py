"""A worker answers from its first beat until it leaves or falls silent; each word is its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from drivetrain.adapters.embedded.worker_board import ANSWERS_WITHIN_S, WorkerBoard, share


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> int:
        return int(self.now_s * 1e9)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def boards(clock: Clock) -> Iterator[tuple[WorkerBoard, WorkerBoard]]:
    """The same memory, as two processes see it."""
    descriptor = share(3)
    yield tuple(WorkerBoard(descriptor, 3, monotonic_ns=clock) for _ in range(2))
    os.close(descriptor)


def test_nobody_has_served_at_first(boards: tuple[WorkerBoard, WorkerBoard]) -> None:
    assert not any(boards[0].has_served(worker) or boards[0].answers(worker) for worker in range(3))


def test_a_beat_is_seen_by_the_others_and_is_of_one_worker_alone(
    boards: tuple[WorkerBoard, WorkerBoard],
) -> None:
    own, others = boards
    own.beat(1)
    assert [others.answers(worker) for worker in range(3)] == [False, True, False]


def test_who_falls_silent_does_not_answer_but_has_served(
    boards: tuple[WorkerBoard, WorkerBoard], clock: Clock
) -> None:
    own, others = boards
    own.beat(1)
    clock.now_s += ANSWERS_WITHIN_S
    assert others.answers(1)
    clock.now_s += 0.01
    assert not others.answers(1) and others.has_served(1)
    assert others.silent_s(1) == pytest.approx(ANSWERS_WITHIN_S + 0.01)
    own.beat(1)
    assert others.answers(1)


def test_who_leaves_has_not_served(boards: tuple[WorkerBoard, WorkerBoard]) -> None:
    own, others = boards
    own.beat(2)
    others.leave(2)
    assert not own.answers(2) and not own.has_served(2)
