"""Which tasks there are, and which queues a process serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivetrain.adapters.postgres.database import open_engine
from drivetrain.bootstrap.tasks import BackgroundTasks, chosen_queues, installed_tasks, known_tasks
from drivetrain.core.errors import ConflictError, InvalidInputError, NotFoundError
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.kit.tasks import Task
from drivetrain.settings import Settings


def task(name: str, queue: str = "", *, in_child: bool = False) -> Task:
    return Task(name, "", lambda ports, arguments, progress: None, queue=queue, in_child=in_child)


TASKS = known_tasks(
    [
        task("mail"),
        task("webhook", "hooks"),
        task("train", in_child=True),
        task("table", "jobs", in_child=True),
    ]
)


def test_all_queues_are_served_unless_some_are_named() -> None:
    assert chosen_queues(TASKS, []) == (["default", "hooks"], ["heavy", "jobs"])
    assert chosen_queues(TASKS, ["jobs", "hooks"]) == (["hooks"], ["jobs"])
    with pytest.raises(NotFoundError, match=r"'mails'.*default, heavy, hooks, jobs"):
        chosen_queues(TASKS, ["mails"])


def test_a_name_stands_for_one_task_and_a_queue_for_one_kind() -> None:
    with pytest.raises(ConflictError, match="'mail'"):
        known_tasks([task("mail"), task("mail")])
    with pytest.raises(ConflictError, match="'heavy'"):
        known_tasks([task("mail", "heavy"), task("train", in_child=True)])


def test_the_clock_retrains_only_where_it_is_set() -> None:
    assert installed_tasks(Settings())["models.retrain"].cron is None
    assert installed_tasks(Settings(retraining_cron="0 3 * * 1"))["models.retrain"].cron == "0 3 * * 1"


def test_backups_are_made_by_the_clock_only_where_a_folder_is_set(tmp_path: Path) -> None:
    assert installed_tasks(Settings(backup_folder=None))["backups.make"].cron is None
    assert installed_tasks(Settings(backup_folder=tmp_path))["backups.make"].cron == "0 3 * * *"


@pytest.mark.parametrize(
    ("model", "settings", "code"),
    [
        ("rental-price", {"tree": 3}, "train.unknown_setting"),
        ("used-car-price-au", {"trees": -3}, "train.setting_out_of_range"),
        ("trip-duration", {"seed": "x"}, "train.bad_setting"),
    ],
)
def test_a_training_that_cannot_be_is_refused_before_it_is_deferred(
    model: str, settings: dict[str, object], code: str
) -> None:
    nowhere = open_engine("postgresql://127.0.0.1:1/none", pool_size=1)
    tasks = BackgroundTasks(nowhere, installed_tasks(Settings()), SystemClock())
    with pytest.raises(InvalidInputError) as refused:
        tasks.train(model, settings, "tests")
    assert [(error.code, error.pointer) for error in refused.value.errors] == [
        (code, f"/settings/{next(iter(settings))}")
    ]
