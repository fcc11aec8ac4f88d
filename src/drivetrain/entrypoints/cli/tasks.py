"""``drivetrain tasks`` and ``drivetrain work``: background tasks, and a process that does them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drivetrain.adapters.console.output import say, show_json, show_table
from drivetrain.settings import Settings

if TYPE_CHECKING:
    from drivetrain.bootstrap.tasks import TaskCommands

app = typer.Typer(help="Background tasks: list, show, retry, cancel, status.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
TaskId = Annotated[str, typer.Argument(help="The id, as `tasks list` shows it.")]


@app.command("list")
def list_tasks(
    state: Annotated[
        str | None, typer.Option(help="queued, running, succeeded, failed or cancelled.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Only tasks of this name.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1_000, help="Most tasks shown.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List tasks, newest first."""
    with _commands() as commands:
        items = commands.find(state=state, name=name, most=most)
    if as_json:
        show_json(items)
        return
    rows = [
        (item["task_id"], item["name"], item["state"], item["attempts"], _progress(item), _error(item))
        for item in items
    ]
    show_table(("id", "task", "state", "attempts", "progress", "error"), rows, empty="No task.")


@app.command()
def show(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show a task: state, progress, why it failed, what came of it."""
    with _commands() as commands:
        item = commands.get(task_id)
    _show(item, as_json=as_json)


@app.command()
def retry(task_id: TaskId, as_json: AsJson = False) -> None:
    """Try a task again that failed or was cancelled."""
    with _commands() as commands:
        item = commands.retry(task_id)
    _show(item, as_json=as_json)


@app.command()
def cancel(task_id: TaskId, as_json: AsJson = False) -> None:
    """Cancel a task: a queued one ends at once, a running one at its next step."""
    with _commands() as commands:
        item = commands.cancel(task_id)
    _show(item, as_json=as_json)


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show how much waits in each queue, and which processes do tasks."""
    with _commands() as commands:
        now = commands.status()
    if as_json:
        show_json(now)
        return
    queues = [(q["queue"], q["queued"], q["scheduled"], q["running"]) for q in now["queues"]]
    show_table(("queue", "queued", "scheduled", "running"), queues, empty="Nothing waits.")
    workers = [(w["worker"], ", ".join(w["queues"]), w["running"], w["heartbeat_at"]) for w in now["workers"]]
    show_table(("worker", "queues", "running", "last heard of"), workers, empty="No process does tasks.")


def work(
    only: Annotated[
        list[str] | None, typer.Option(help="A queue to serve; may be repeated. All by default.")
    ] = None,
) -> None:
    """Do background tasks, beside the process that `drivetrain up` starts or on another host. Ctrl-C ends it.

    Another host needs DRIVETRAIN_DATABASE_URL, and the same home where its queues have tasks that read files.
    """
    from drivetrain.bootstrap.task_work import work as do_tasks

    do_tasks(only or [], say)
    sys.stdout.flush()
    os._exit(0)  # without waiting for threads whose tasks go on: those begin again elsewhere


@contextmanager
def _commands() -> Iterator[TaskCommands]:
    from drivetrain.bootstrap.tasks import task_commands

    with task_commands(Settings()) as commands:
        yield commands


def _show(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show_json(item)
        return
    rows = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in item.items()]
    show_table(("", ""), rows, empty="")


def _progress(item: dict[str, Any]) -> str:
    progress = item["progress"]
    if not progress["stage"]:
        return ""
    return f"{progress['stage']} {progress['done']}/{progress['total']} {progress['unit']}"


def _error(item: dict[str, Any]) -> str:
    return "" if item["error"] is None else str(item["error"]["code"])
