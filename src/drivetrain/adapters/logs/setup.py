"""Set up the logs of a process: JSON for machines, one line an event, on standard error."""

from __future__ import annotations

import json
import logging
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET_WORDS = ("key", "token", "secret", "password", "authorization")
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)


def configure_logs(level: str, *, process: str, file: Path | None = None) -> RequestLog:
    """Write events from ``level`` up as JSON lines; other libraries' warnings go the same way.

    Returns:
        The log of the requests of a process that answers some.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
        process: what this process is, for example ``api-0``.
        file: where the lines are appended, by all processes alike; standard error when None.
    """
    stream = _LossyStream(sys.stderr.buffer if file is None else file.open("ab"))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _naming(process),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _hide_secrets,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.BytesLoggerFactory(file=cast("BinaryIO", stream)),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
    return RequestLog(stream, process, is_wanted=logging.getLevelName(level) <= logging.INFO)


class RequestLog:
    """Writes one line a request, as the events of other loggers look, without their chain of processors.

    Its fields are always the same and none holds a secret, so there is nothing to hide, to merge or to format.
    """

    def __init__(self, stream: _LossyStream, process: str, *, is_wanted: bool) -> None:
        self._stream = stream
        self._process = process
        self._is_wanted = is_wanted
        self._second = 0
        self._second_text = ""

    def __call__(
        self, request_id: str, method: str, handler: str, status: int, ms: float, caller: str | None
    ) -> None:
        """Write the line of one request."""
        if not self._is_wanted:
            return
        line = _dumps(
            {
                "request_id": request_id,
                "method": method,
                "handler": handler,
                "status": status,
                "ms": ms,
                "caller": caller,
                "event": "request",
                "process": self._process,
                "level": "info",
                "timestamp": self._now(),
            }
        )
        self._stream.write(line + b"\n")
        self._stream.flush()

    def _now(self) -> str:
        """The time as other lines have it: ISO 8601 in UTC, to the microsecond."""
        second, ns = divmod(time.time_ns(), 1_000_000_000)
        if second != self._second:
            self._second_text = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
            self._second = second
        return f"{self._second_text}.{ns // 1000:06d}Z"


class _LossyStream:
    """Drops what cannot be written: a full disk never ends the work that a line tells of."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, line: bytes) -> None:
        """Take a line; as much of it as its stream has buffered is written once there is room again."""
        with suppress(OSError):
            self._stream.write(line)

    def flush(self) -> None:
        """Write what is buffered, where there is room."""
        with suppress(OSError):
            self._stream.flush()


def _naming(process: str) -> Processor:
    """Name the process in every line. Not a context variable: threads do not inherit those."""

    def name(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return name


def _dumps(event: EventDict, **_: object) -> bytes:
    try:
        return orjson.dumps(event, default=repr)
    # a lone surrogate or an integer beyond 64 bits: a log line never ends the work it tells of
    except TypeError:
        return json.dumps(event, default=repr).encode("ascii")


@cache
def _is_secret(name: str) -> bool:
    """By the name of a field; there are as many names as the code has, so all are remembered."""
    return any(word in name.lower() for word in _SECRET_WORDS)


def _hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for name in event:
        if _is_secret(name):
            event[name] = "***"
    return event


class _Forward(logging.Handler):
    """Sends other libraries' log records through the same pipe."""

    def emit(self, record: logging.LogRecord) -> None:
        """Forward one record."""
        log = structlog.get_logger(record.name)
        log.log(_known_level(record.levelno), _message(record), exc_info=record.exc_info)


def _known_level(number: int) -> int:
    """The standard level at or below ``number``; libraries invent levels of their own."""
    return max((level for level in _LEVELS if level <= number), default=logging.DEBUG)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, LookupError):  # the library's arguments do not fit its text
        return str(record.msg)
