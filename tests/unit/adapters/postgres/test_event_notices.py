"""A notice that fails must not fail the events that it is about: they are committed by then."""

from __future__ import annotations

from sqlalchemy import create_engine, event

from drivetrain.adapters.postgres.event_notices import PostgresEventNotifier


def test_a_notice_that_cannot_be_sent_is_left_out_and_not_tried_again_at_once() -> None:
    engine, attempts = create_engine("sqlite://"), list[str]()  # it knows no NOTIFY
    event.listen(engine, "before_cursor_execute", lambda *arguments: attempts.append(arguments[2]))
    notifier = PostgresEventNotifier(engine)
    notifier.notify()
    notifier.notify()
    assert attempts == ["NOTIFY drivetrain_events"]
