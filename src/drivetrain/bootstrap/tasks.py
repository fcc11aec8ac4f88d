"""Background tasks, wired for those who defer them and look after them: which there are, and where they wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drivetrain.adapters.postgres.task_queue import PostgresTaskQueue
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.lifecycle.kit.tasks import Task
from drivetrain.products import TASKS


def known_tasks(tasks: Sequence[Task] = TASKS) -> Mapping[str, Task]:
    """Tasks by name.

    Raises:
        ConflictError: ``platform.queue_mixed``; a queue has tasks that run in children and tasks that do not.
    """
    in_children = {task.waits_in for task in tasks if task.in_child}
    mixed = sorted(in_children & {task.waits_in for task in tasks if not task.in_child})
    if mixed:
        raise ConflictError(
            f"The queue {mixed[0]!r} has tasks that run in children and others; give one kind another queue.",
            code="platform.queue_mixed",
        )
    return {task.name: task for task in tasks}


def task_queue(tasks: Mapping[str, Task]) -> PostgresTaskQueue:
    """Where these tasks are deferred."""
    return PostgresTaskQueue({name: task.waits_in for name, task in tasks.items()})


def chosen_queues(tasks: Mapping[str, Task], only: Sequence[str]) -> tuple[list[str], list[str]]:
    """The queues to serve: of tasks that run in the process, and of those that run in children.

    Args:
        only: names of queues; empty for all.

    Raises:
        NotFoundError: ``tasks.unknown_queue``.
    """
    light = {task.waits_in for task in tasks.values() if not task.in_child}
    heavy = {task.waits_in for task in tasks.values() if task.in_child}
    for name in only:
        if name not in light | heavy:
            raise NotFoundError(
                f"There is no queue called {name!r}; there are: {', '.join(sorted(light | heavy))}.",
                code="tasks.unknown_queue",
            )
    chosen = set(only) or light | heavy
    return sorted(light & chosen), sorted(heavy & chosen)
