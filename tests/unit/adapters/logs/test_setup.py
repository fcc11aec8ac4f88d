"""Every log line is one JSON object, keeps secrets to itself, and never ends the work it tells of."""

from __future__ import annotations

import io
import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import pytest
import structlog

from drivetrain.adapters.logs import setup


class Written(io.TextIOWrapper):
    """Stands for standard error."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.buffer.getvalue().splitlines()]


@pytest.fixture
def written(monkeypatch):
    """What is logged, with the process-wide settings put back afterwards."""
    settings, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = Written()
    monkeypatch.setattr(sys, "stderr", stream)
    setup.configure_logs("INFO", process="api-0")
    yield stream
    structlog.contextvars.clear_contextvars()
    structlog.configure(**settings)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_names_event_process_level_and_time(written):
    structlog.get_logger("x").info("model swapped in", version="3")
    (line,) = written.lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "model swapped in", "process": "api-0", "level": "info", "version": "3"}


def test_lines_below_the_level_are_not_written(written):
    structlog.get_logger("x").debug("detail")
    logging.getLogger("library").info("chatter")
    assert written.lines() == []


@pytest.mark.parametrize(
    "name", ["api_key", "X-API-Key", "access_token", "Authorization", "password", "token_secret"]
)
def test_what_sounds_like_a_secret_is_hidden(written, name):
    structlog.get_logger("x").info("request", **{name: "hunter2", "status": 200})
    (line,) = written.lines()
    assert (line[name], line["status"]) == ("***", 200)


def test_a_traceback_stands_in_the_line_of_its_event(written):
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        structlog.get_logger("x").exception("request failed")
    (line,) = written.lines()
    assert "ZeroDivisionError: division by zero" in line["exception"]
    assert written.buffer.getvalue().count(b"\n") == 1


def test_a_line_break_in_a_value_does_not_forge_a_second_line(written):
    structlog.get_logger("x").info("request", path='/a\n{"event":"forged"}')
    assert [line["event"] for line in written.lines()] == ["request"]


def test_a_value_that_json_does_not_know_is_written_as_people_see_it(written):
    structlog.get_logger("x").info("odd", value=object, scopes={"predict"})
    (line,) = written.lines()
    assert (line["value"], line["scopes"]) == ("<class 'object'>", "{'predict'}")


@pytest.mark.parametrize("value", ["half a character \ud800", 2**70, {1: 2}])
def test_no_value_can_stop_the_one_who_logs_it(written, value):
    structlog.get_logger("x").info("odd", value=value)
    assert written.lines()[0]["event"] == "odd"


def test_a_file_is_appended_to_and_standard_error_left_alone(written, tmp_path):
    (tmp_path / "log").write_bytes(b'{"event": "before"}\n')
    setup.configure_logs("INFO", process="api-1", file=tmp_path / "log")
    structlog.get_logger("x").info("after")
    assert [json.loads(line)["event"] for line in (tmp_path / "log").read_bytes().splitlines()] == [
        "before",
        "after",
    ]
    assert written.lines() == []


class TestRequests:
    FIELDS: ClassVar = {
        "request_id": "r-1",
        "method": "GET",
        "handler": "/models/{name}",
        "status": 200,
        "ms": 0.42,
        "caller": "Citroën",
    }

    def test_their_lines_are_those_of_any_other_logger_but_for_the_time(self, written, tmp_path):
        log = setup.configure_logs("INFO", process="api-1", file=tmp_path / "log")
        structlog.get_logger("drivetrain.http").info("request", **self.FIELDS)
        log(*self.FIELDS.values())
        usual, ours = (json.loads(line) for line in (tmp_path / "log").read_bytes().splitlines())
        assert list(usual) == list(ours)
        for line in (usual, ours):
            assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
        assert usual == ours

    def test_times_follow_each_other(self, written, tmp_path):
        log = setup.configure_logs("INFO", process="api-1", file=tmp_path / "log")
        before = datetime.now(UTC)
        for _ in range(5):
            log(*self.FIELDS.values())
        times = [
            datetime.fromisoformat(json.loads(line)["timestamp"])
            for line in (tmp_path / "log").read_bytes().splitlines()
        ]
        in_order = [before, *times, datetime.now(UTC)]
        assert in_order == sorted(in_order)

    def test_where_requests_are_not_wanted_they_are_not_written(self, written, tmp_path):
        setup.configure_logs("WARNING", process="api-1", file=tmp_path / "log")(*self.FIELDS.values())
        assert (tmp_path / "log").read_bytes() == b""

    def test_no_caller_can_stop_them_or_forge_a_line(self, written, tmp_path):
        log = setup.configure_logs("INFO", process="api-1", file=tmp_path / "log")
        log("r-1", "GET", "/x", 200, 0.1, 'half a character \ud800\n{"event":"forged"}')
        (line,) = (tmp_path / "log").read_bytes().splitlines()
        assert json.loads(line)["event"] == "request"


class TestOtherLibraries:
    def test_their_warnings_go_the_same_way(self, written):
        logging.getLogger("library").warning("%d things are odd", 3, exc_info=ValueError("odd"))
        (line,) = written.lines()
        assert (line["event"], line["level"], line["exception"]) == (
            "3 things are odd",
            "warning",
            "ValueError: odd",
        )

    @pytest.mark.parametrize(("level", "name"), [(35, "warning"), (45, "error"), (99, "critical")])
    def test_levels_of_their_own_count_as_the_next_lower_one(self, written, level, name):
        logging.getLogger("library").log(level, "odd level")
        assert written.lines()[0]["level"] == name

    @pytest.mark.parametrize(
        ("text", "arguments"), [("%d things", ("three",)), ("%s and %s", ("one",)), ("%(name)s", ({},))]
    )
    def test_their_mistakes_in_a_message_do_not_raise(self, written, text, arguments):
        ours = next(
            handler for handler in logging.getLogger().handlers if type(handler).__module__ == setup.__name__
        )
        ours.handle(logging.LogRecord("library", logging.WARNING, "file.py", 1, text, arguments, None))
        assert written.lines()[0]["event"] == text


def test_a_full_disk_costs_lines_and_nothing_else(written, tmp_path):
    """`/dev/full` takes nothing, as a full disk does."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    setup.configure_logs("INFO", process="api-0", file=full)
    for number in range(2_000):  # more than a buffer holds
        structlog.get_logger("x").info("request", number=number)
    setup.configure_logs("INFO", process="api-0", file=tmp_path / "log.jsonl")
    structlog.get_logger("x").info("request", number=0)
    assert json.loads((tmp_path / "log.jsonl").read_bytes())["number"] == 0
