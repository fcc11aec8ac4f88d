"""Tasks in the queue: in the transaction of the caller, one for a key, attempts that are fenced, what lost processes leave."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.task_attempts import PostgresAttempts
from drivetrain.adapters.postgres.task_desk import KEPT_AFTER_SUCCESS, PostgresTaskDesk, PostgresTaskWorkers
from drivetrain.adapters.postgres.task_queue import PostgresTaskQueue
from drivetrain.core.errors import ConflictError, InvalidInputError, NotFoundError
from drivetrain.lifecycle.kit.task_records import (
    Attempt,
    AttemptEndedError,
    TaskFailure,
    TaskFilter,
    TaskProgress,
    TaskState,
)

QUEUE = PostgresTaskQueue({"mail.send": "default", "model.train": "heavy"})
LATER = datetime(2030, 1, 1, tzinfo=UTC)


def deferred(engine: Engine, name: str = "mail.send", **how: Any) -> str:
    with transaction(engine) as connection:
        return QUEUE.defer(connection, name, {"message": 1}, **how)


def job_of(engine: Engine, task_id: str) -> int:
    with transaction(engine) as connection:
        return int(
            connection.scalar(
                text("SELECT job_id FROM drivetrain.tasks WHERE task_id = :id"), {"id": task_id}
            )
        )


def fetched(engine: Engine, queues: str = "{default,heavy}") -> tuple[str, int, int]:
    """The next job as a worker of the queue takes it: task, job, worker."""
    with transaction(engine) as connection:
        worker = connection.scalar(text("SELECT procrastinate.procrastinate_register_worker_v1()"))
        job = connection.execute(
            text("SELECT id, args FROM procrastinate.procrastinate_fetch_job_v2(:queues, :worker)"),
            {"queues": queues, "worker": worker},
        ).one()
    return job.args["task_id"], job.id, worker


def begun(engine: Engine, task_id: str) -> Attempt:
    attempt = PostgresAttempts(engine).begin(task_id, job_of(engine, task_id), "host:1")
    assert attempt is not None
    return attempt


def test_a_task_waits_once_its_transaction_commits(engine: Engine) -> None:
    task_id = deferred(engine, actor="ada")
    record = PostgresTaskDesk(engine).get(task_id)
    assert (record.state, record.actor, record.queue, record.attempts) == (
        TaskState.QUEUED,
        "ada",
        "default",
        0,
    )
    assert record.arguments == {"message": 1}
    assert fetched(engine)[0] == task_id


def test_a_transaction_that_rolls_back_leaves_no_task(engine: Engine) -> None:
    with pytest.raises(RuntimeError), transaction(engine) as connection:
        QUEUE.defer(connection, "mail.send", {})
        raise RuntimeError("something else went wrong")
    assert PostgresTaskDesk(engine).find(TaskFilter()) == []
    with transaction(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate.procrastinate_jobs")) == 0


def test_of_many_deferrals_with_one_key_there_is_one_task(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        ids = set(threads.map(lambda _: deferred(engine, key="message 7"), range(12)))
    assert len(ids) == 1
    with transaction(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM procrastinate.procrastinate_jobs")) == 1
    assert deferred(engine, key="message 8") not in ids


REFUSED: list[tuple[str, dict[str, Any], type[Exception]]] = [
    ("mail.unknown", {}, NotFoundError),  # no card has it
    ("mail.send", {"at": LATER}, InvalidInputError),  # no JSON
    ("mail.send", {"share": float("nan")}, InvalidInputError),  # no JSON that others read
    ("mail.send", {"text": "x" * 20_000}, InvalidInputError),  # contents, where an id would do
]


@pytest.mark.parametrize(("name", "arguments", "error"), REFUSED)
def test_what_cannot_be_deferred_is_refused(
    engine: Engine, name: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error), transaction(engine) as connection:
        QUEUE.defer(connection, name, arguments)


def test_an_effect_commits_with_the_success_and_no_attempt_follows(engine: Engine) -> None:
    attempts, task_id = PostgresAttempts(engine), deferred(engine)
    attempt = begun(engine, task_id)
    with attempts.effect(attempt, {"sent": 1}) as connection:
        connection.execute(text("CREATE TABLE sent ()"))
    record = PostgresTaskDesk(engine).get(task_id)
    assert (record.state, record.result) == (TaskState.SUCCEEDED, {"sent": 1})
    # the process was killed before it could tell the queue
    assert attempts.begin(task_id, job_of(engine, task_id), "host:2") is None


def test_an_effect_that_fails_leaves_the_task_running(engine: Engine) -> None:
    attempts, task_id = PostgresAttempts(engine), deferred(engine)
    attempt = begun(engine, task_id)
    with pytest.raises(RuntimeError), attempts.effect(attempt, None):
        raise RuntimeError("half done")
    assert PostgresTaskDesk(engine).get(task_id).state is TaskState.RUNNING


def test_an_attempt_that_was_given_up_changes_nothing(engine: Engine) -> None:
    attempts, task_id = PostgresAttempts(engine), deferred(engine)
    first, second = begun(engine, task_id), begun(engine, task_id)
    with pytest.raises(AttemptEndedError), attempts.effect(first, None) as connection:
        connection.execute(text("CREATE TABLE too_late ()"))
    assert not attempts.beat(first, TaskProgress("send", 1, 2, "message"))
    attempts.fail(first, TaskFailure("tests.late", "Too late."))
    with attempts.effect(second, None):
        pass
    record = PostgresTaskDesk(engine).get(task_id)
    assert (record.state, record.attempts, record.failure) == (TaskState.SUCCEEDED, 2, None)
    with transaction(engine) as connection:
        assert connection.scalar(text("SELECT to_regclass('too_late')")) is None


def test_of_two_attempts_that_end_together_one_changes_the_database(engine: Engine) -> None:
    """Both have done their statements when the first commits."""
    attempts, task_id = PostgresAttempts(engine), deferred(engine)
    attempt = begun(engine, task_id)
    with transaction(engine) as connection:
        connection.execute(text("CREATE TABLE lines (line int)"))
    both_inside = threading.Barrier(2)

    def end(_: int) -> bool:
        try:
            with attempts.effect(attempt, None) as connection:
                connection.execute(text("INSERT INTO lines VALUES (1)"))
                both_inside.wait(10)
        except AttemptEndedError:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(end, range(2))) == [False, True]
    with transaction(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM lines")) == 1


def test_a_queued_task_is_cancelled_at_once_and_can_be_tried_again(engine: Engine) -> None:
    desk, task_id = PostgresTaskDesk(engine), deferred(engine)
    assert desk.cancel(task_id).state is TaskState.CANCELLED
    with pytest.raises(ConflictError, match="cancelled already"):
        desk.cancel(task_id)
    record = desk.retry(task_id)
    assert (record.state, record.cancel_requested) == (TaskState.QUEUED, False)
    assert fetched(engine)[0] == task_id
    with pytest.raises(ConflictError, match="is queued"):
        desk.retry(task_id)


def test_a_running_task_is_told_to_end(engine: Engine) -> None:
    desk, attempts, task_id = PostgresTaskDesk(engine), PostgresAttempts(engine), deferred(engine)
    fetched(engine)
    attempt = begun(engine, task_id)
    assert desk.cancel(task_id).cancel_requested
    assert not attempts.beat(attempt, TaskProgress())
    with pytest.raises(AttemptEndedError), attempts.effect(attempt, None):
        pass
    attempts.drop(attempt)
    assert desk.get(task_id).state is TaskState.CANCELLED


def test_a_failure_waits_for_its_time_and_a_last_one_ends(engine: Engine) -> None:
    desk, attempts, task_id = PostgresTaskDesk(engine), PostgresAttempts(engine), deferred(engine)
    attempts.postpone(begun(engine, task_id), TaskFailure("mail.away", "No server."), 60.0)
    record = desk.get(task_id)
    assert record.state is TaskState.QUEUED and record.failure == TaskFailure("mail.away", "No server.")
    assert record.due_at - record.created_at > timedelta(seconds=50)
    depth = desk.depths()[0]
    assert (depth.queue, depth.queued, depth.scheduled, depth.running) == ("default", 0, 1, 0)
    attempts.fail(begun(engine, task_id), TaskFailure("mail.refused", "No such person."))
    assert desk.get(task_id).state is TaskState.FAILED


def test_tasks_are_listed_newest_first_by_state_and_name(engine: Engine) -> None:
    desk = PostgresTaskDesk(engine)
    mail, training, later = (
        deferred(engine),
        deferred(engine, "model.train"),
        deferred(engine, at=LATER),
    )
    attempt = begun(engine, mail)
    PostgresAttempts(engine).succeed(attempt, {"sent": True})

    def ids(chosen: TaskFilter) -> list[str]:
        return [record.task_id for record in desk.find(chosen)]

    assert ids(TaskFilter()) == [later, training, mail]
    assert ids(TaskFilter(most=2)) == [later, training]
    assert ids(TaskFilter(before=training)) == [mail]
    assert ids(TaskFilter(state=TaskState.SUCCEEDED)) == [mail]
    assert ids(TaskFilter(name="model.train")) == [training]
    with pytest.raises(NotFoundError):
        desk.get("no id at all")


def test_tasks_of_one_lock_are_done_one_after_another(engine: Engine) -> None:
    first, second = deferred(engine, lock="webhook 1"), deferred(engine, lock="webhook 1")
    assert fetched(engine)[0] == first
    with transaction(engine) as connection:
        waiting = text("SELECT id FROM procrastinate.procrastinate_fetch_job_v2('{default}', NULL)")
        assert connection.execute(waiting).scalar() is None
    assert PostgresTaskDesk(engine).get(second).state is TaskState.QUEUED


def test_a_lost_process_gives_its_tasks_back_at_once(engine: Engine) -> None:
    task_id = deferred(engine)
    _, _, worker = fetched(engine)
    begun(engine, task_id)
    lost, survivor = PostgresTaskWorkers(engine), PostgresTaskWorkers(engine)
    lost.report(worker, ["default"], 1)
    with transaction(engine) as connection:  # no process has this number
        connection.execute(text("UPDATE drivetrain.task_workers SET pid = 4194304"))
    assert survivor.sweep() == 1
    record = PostgresTaskDesk(engine).get(task_id)
    assert record.state is TaskState.QUEUED and record.failure is not None
    assert record.failure.code == "tasks.worker_lost"
    assert fetched(engine)[0] == task_id and begun(engine, task_id).number == 2


def test_a_process_that_lives_keeps_its_tasks(engine: Engine) -> None:
    deferred(engine)
    _, _, worker = fetched(engine)
    workers = PostgresTaskWorkers(engine)
    workers.report(worker, ["default"], 1)
    assert workers.sweep() == 0
    assert [(state.running, list(state.queues)) for state in PostgresTaskDesk(engine).workers()] == [
        (1, ["default"])
    ]
    workers.leave()
    assert PostgresTaskDesk(engine).workers() == []


def test_a_silent_process_of_another_host_loses_its_tasks(engine: Engine) -> None:
    task_id = deferred(engine)
    _, _, worker = fetched(engine)
    begun(engine, task_id)
    PostgresTaskWorkers(engine).report(worker, ["default"], 1)
    with transaction(engine) as connection:
        connection.execute(text("UPDATE drivetrain.task_workers SET host = 'other'"))
    survivor = PostgresTaskWorkers(engine)
    assert survivor.sweep() == 0
    with transaction(engine) as connection:
        connection.execute(text("UPDATE drivetrain.task_workers SET seen_at = now() - interval '1 minute'"))
    assert survivor.sweep() == 1


def test_a_task_whose_job_is_gone_is_queued_again(engine: Engine) -> None:
    """A process that was given up came back and ended the job that another one had been given."""
    task_id = deferred(engine)
    with transaction(engine) as connection:
        connection.execute(text("DELETE FROM procrastinate.procrastinate_jobs"))
    assert PostgresTaskWorkers(engine).sweep() == 1
    assert fetched(engine)[0] == task_id


def test_a_cancelled_task_of_a_lost_process_ends(engine: Engine) -> None:
    desk, task_id = PostgresTaskDesk(engine), deferred(engine)
    fetched(engine)
    begun(engine, task_id)
    desk.cancel(task_id)
    with transaction(engine) as connection:
        connection.execute(text("DELETE FROM procrastinate.procrastinate_workers"))
    PostgresTaskWorkers(engine).sweep()
    assert desk.get(task_id).state is TaskState.CANCELLED


def test_records_are_removed_a_week_after_success(engine: Engine) -> None:
    desk, workers = PostgresTaskDesk(engine), PostgresTaskWorkers(engine)
    done, waiting = deferred(engine), deferred(engine)
    PostgresAttempts(engine).succeed(begun(engine, done), None)
    assert workers.clean() == 0
    with transaction(engine) as connection:
        connection.execute(
            text("UPDATE drivetrain.tasks SET finished_at = finished_at - CAST(:kept AS interval)"),
            {"kept": KEPT_AFTER_SUCCESS + timedelta(hours=1)},
        )
    assert workers.clean() == 1
    assert [record.task_id for record in desk.find(TaskFilter())] == [waiting]
