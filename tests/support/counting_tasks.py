"""Tasks for tests of the task worker: each leaves lines that can be counted. ``python -m`` runs a worker with them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from drivetrain.bootstrap.task_work import work
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.core.progress import Progress
from drivetrain.lifecycle.kit.tasks import Task, TaskPorts

TABLES = "CREATE TABLE effects (item integer NOT NULL, attempt integer NOT NULL); CREATE TABLE messages (task_id text)"


def add_one(ports: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> None:
    """Send a message, then change the database."""
    with ports.database.engine.begin() as connection:
        connection.execute(text("INSERT INTO messages VALUES (:task_id)"), {"task_id": ports.task_id})
    row = {"item": arguments["item"], "attempt": ports.attempt}
    with ports.effect({"item": arguments["item"]}) as connection:
        connection.execute(text("INSERT INTO effects VALUES (:item, :attempt)"), row)


def fail_once(ports: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Go well at the second attempt."""
    if ports.attempt == 1:
        raise UnavailableError("Not now.", code="tests.not_now")
    return {"attempt": ports.attempt}


def refuse(ports: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> None:
    """Fail for good."""
    raise InvalidInputError("Never.", code="tests.never")


def count_slowly(ports: TaskPorts, arguments: Mapping[str, Any], progress: Progress) -> None:
    """Take a while, in steps."""
    with progress.stage("count", total=600, unit="tick") as stage:
        for _ in range(600):
            time.sleep(0.05)
            stage.advance()


TASKS = (
    Task("tests.add-one", "Add one.", add_one),
    Task("tests.fail-once", "Fail once.", fail_once, retries=1),
    Task("tests.refuse", "Refuse.", refuse),
    Task("tests.count-slowly", "Count.", count_slowly),
)

if __name__ == "__main__":
    work(sys.argv[1:], tasks=TASKS)
    os._exit(0)
