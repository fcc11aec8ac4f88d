"""What waits for a decision and how many decisions a day brought, read from a real database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from tests.support.fakes import FixedClock
from tests.support.samples import decisions

from drivetrain.adapters.postgres import home_page
from drivetrain.adapters.postgres.batch_ledger import PostgresBatchDecisionLog
from drivetrain.adapters.postgres.home_page import DAYS, DecisionsByDay, failed_tasks, waiting_approvals
from drivetrain.lifecycle.serving.predictions import ModelRef

NOW = datetime(2026, 5, 14, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def write(url: str, at: datetime, count: int, product: str = "rental", model: str = "rental-price") -> None:
    with PostgresBatchDecisionLog(url).batch() as batch:
        batch.write(decisions(count, decided_at=at, product=product, model=ModelRef(model, "1")))


def by_product(figures: DecisionsByDay) -> dict[str, list[tuple[str, float]]]:
    return {
        figure.subject: [(day.isoformat(), value) for day, value in figure.days if value]
        for figure in figures.part().figures
    }


def test_decisions_are_counted_by_product_and_day_and_none_of_other_days(
    migrated_url, engine: Engine
) -> None:
    midnight = datetime(2026, 5, 14, tzinfo=UTC)
    write(migrated_url, midnight, 2)
    write(migrated_url, midnight - timedelta(microseconds=1), 3)
    write(migrated_url, midnight, 4, model="rental-buffer")  # another model of the same product
    write(migrated_url, NOW - 5 * DAY, 5, product="resale", model="resale-price")
    write(migrated_url, NOW - DAYS * DAY, 6)
    figures = DecisionsByDay(engine, FixedClock(NOW))
    figures.look()
    assert by_product(figures) == {
        "rental": [("2026-05-13", 3.0), ("2026-05-14", 6.0)],
        "resale": [("2026-05-09", 5.0)],
    }
    (rental, _) = figures.part().figures
    assert (rental.code, rental.unit, len(rental.days)) == ("decisions.by_day", "decisions", DAYS)


def test_the_present_day_is_counted_again_and_a_settled_one_is_not(migrated_url, engine: Engine) -> None:
    write(migrated_url, NOW, 1)
    write(migrated_url, NOW - DAY, 1)
    figures = DecisionsByDay(engine, FixedClock(NOW))
    figures.look()
    write(migrated_url, NOW, 1)
    write(migrated_url, NOW - DAY, 1)
    figures.look()
    assert by_product(figures) == {"rental": [("2026-05-13", 1.0), ("2026-05-14", 2.0)]}


def test_a_look_ends_after_its_time_and_the_next_one_goes_on(
    migrated_url, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_page, "BUDGET_S", 0.0)
    write(migrated_url, NOW, 1)
    figures = DecisionsByDay(engine, FixedClock(NOW))
    lengths = []
    for _ in range(3):
        figures.look()
        (rental,) = figures.part().figures
        lengths.append(len(rental.days))
    assert lengths == [2, 3, 4]  # the present day, and one of those that are missing


def test_without_decisions_there_is_no_figure(engine: Engine) -> None:
    figures = DecisionsByDay(engine, FixedClock(NOW))
    assert figures.part().figures == []
    figures.look()
    assert figures.part().figures == []


def test_failed_tasks_of_the_last_days_are_counted_by_name(engine: Engine) -> None:
    add = text("""
        INSERT INTO drivetrain.tasks (task_id, name, queue, arguments, actor, state, job_id, due_at, finished_at)
        VALUES (gen_random_uuid(), :name, 'q', '{}', 'a', :state, 1, now(), :at)
    """)
    rows: Sequence[tuple[str, str, datetime]] = [
        ("mail.send", "failed", NOW - DAY),
        ("mail.send", "failed", NOW - 2 * DAY),
        ("mail.send", "failed", NOW - 8 * DAY),  # nobody looks at it any more
        ("mail.send", "succeeded", NOW),
        ("models.train", "failed", NOW),
    ]
    with engine.begin() as connection:
        for name, state, at in rows:
            connection.execute(add, {"name": name, "state": state, "at": at})
    matters = failed_tasks(engine, NOW).matters
    assert [(each.code, each.subject, each.count, each.since) for each in matters] == [
        ("tasks.failed", "mail.send", 2, NOW - 2 * DAY),
        ("tasks.failed", "models.train", 1, NOW),
    ]


def test_an_approval_waits_for_others_until_the_champion_changes(engine: Engine) -> None:
    approve = text(
        "INSERT INTO drivetrain.model_approvals (model, version, actor, reason, at, after_release) "
        "VALUES ('rental-price', :version, :actor, 'r', :at, :after)"
    )
    register = text(
        "INSERT INTO drivetrain.model_versions VALUES "
        "('rental-price', :version, :at, 'l', 'm', '{}', '{}', '{}', false, 'r')"
    )
    with engine.begin() as connection:
        for version in ("4", "5"):
            connection.execute(register, {"version": version, "at": NOW})
        for version, actor, after in [("4", "ann", 0), ("4", "ann", 0), ("4", "bob", 0), ("5", "ann", 7)]:
            connection.execute(approve, {"version": version, "actor": actor, "at": NOW, "after": after})
    (matter,) = waiting_approvals(engine, 3).matters
    assert (matter.code, matter.subject, matter.count, matter.since) == (
        "models.approval_needed",
        "rental-price",
        1,
        NOW,
    )
    assert matter.detail == "Version 4 of rental-price is approved by 2 of 3."
    assert waiting_approvals(engine, 1).matters == ()
