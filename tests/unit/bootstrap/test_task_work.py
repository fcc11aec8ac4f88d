"""Tasks on the threads of a worker, when its database is lost."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast
from unittest.mock import Mock

from prometheus_client import CollectorRegistry

from drivetrain.adapters.tasks.metrics import TaskMetrics
from drivetrain.bootstrap.task_work import Performer, TaskParts
from drivetrain.lifecycle.kit.task_records import Attempt
from drivetrain.lifecycle.kit.tasks import Task


def test_a_task_that_has_not_noticed_the_loss_is_not_left_beside_its_next_attempt() -> None:
    may_end = threading.Event()
    has_begun = threading.Event()

    def wait(*_: Any) -> None:
        has_begun.set()
        may_end.wait(60)

    attempts = Mock()
    attempts.begin.return_value = Attempt("1", "wait", {}, "clock", 1)
    parts = TaskParts({"wait": Task("wait", "Wait.", wait)}, Mock(), Mock(), Mock(), attempts)
    performer = Performer(parts, TaskMetrics(CollectorRegistry()), "here", {})

    async def lose_the_database() -> tuple[bool, bool]:
        job = asyncio.create_task(cast("Any", performer)("1", 7))
        await asyncio.to_thread(has_begun.wait, 60)
        job.cancel()
        before = performer.has_ended(0.05)
        may_end.set()
        return before, performer.has_ended(60)

    assert asyncio.run(lose_the_database()) == (False, True)
    attempts.succeed.assert_called_once()
